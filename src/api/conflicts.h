// /v1/tenants/{tenant}/conflicts: where a tenant's rules stand in each other's way, or in the platform's.
#pragma once

#include "bundles/registry.h"
#include "edge/route.h"

namespace bailiwick::api {
std::vector<edge::Route> conflict_routes(bundles::TenantRegistry& registry);
}  // namespace bailiwick::api
