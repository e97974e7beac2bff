// /v1/bundles/watch: the watchdog, and the end of a freeze.
#pragma once

#include "bundles/registry.h"
#include "edge/route.h"

namespace bailiwick::api {
std::vector<edge::Route> bundle_watch_routes(bundles::TenantRegistry& registry, bundles::OnTampering action);
}  // namespace bailiwick::api
