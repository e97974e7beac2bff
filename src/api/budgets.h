// Budgets: what a tenant, its programs and tokens may still spend, and more of it for a while.
//
//   GET  /v1/tenants/{tenant}/budgets
//   POST /v1/tenants/{tenant}/budgets/raise
#pragma once

#include "bundles/registry.h"
#include "edge/route.h"

namespace bailiwick::api {

/// The registry outlives the routes.
std::vector<edge::Route> budget_routes(bundles::TenantRegistry& registry);

}  // namespace bailiwick::api
