// /v1/tenants/{tenant}/tokens: made, listed, rotated, revoked.
#pragma once

#include "edge/route.h"
#include "identity/token_service.h"

namespace bailiwick::api {

std::vector<edge::Route> token_routes(identity::TokenService& tokens);

}  // namespace bailiwick::api
