// /v1/tenants: the life of tenants, their bundles, and what they have used.
#pragma once

#include "bundles/registry.h"
#include "edge/route.h"

namespace bailiwick::api {

std::vector<edge::Route> tenant_routes(bundles::TenantRegistry& registry);

}  // namespace bailiwick::api
