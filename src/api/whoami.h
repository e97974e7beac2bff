// /v1/whoami and /v1/roles: what a credential is and may do.
#pragma once

#include "edge/route.h"

namespace bailiwick::api {

std::vector<edge::Route> whoami_routes();

}  // namespace bailiwick::api
