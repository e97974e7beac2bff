// /v1/tenants/{tenant}/rollout: how far the rules of the active revision reach.
#pragma once

#include "bundles/registry.h"
#include "edge/route.h"

namespace bailiwick::api {
std::vector<edge::Route> rollout_routes(bundles::TenantRegistry& registry);
}  // namespace bailiwick::api
