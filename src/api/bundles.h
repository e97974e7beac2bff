// /v1/bundles and /v1/tenants/{tenant}/bundles: the folder read again, and what became of it.
#pragma once

#include "bundles/registry.h"
#include "edge/route.h"

namespace bailiwick::api {
std::vector<edge::Route> bundle_routes(bundles::TenantRegistry& registry);
}  // namespace bailiwick::api
