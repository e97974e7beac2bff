// /livez, /readyz, /metrics, /openapi.json: for machines that watch the server.
#pragma once

#include "edge/route.h"
#include "observe/readiness.h"

namespace bailiwick::api {

enum class MetricsAccess { kCredential, kOpen };

std::vector<edge::Route> health_routes(const observe::Readiness& readiness, Metrics& metrics,
                                       MetricsAccess access);
/// Serves the document made of `routes` and of itself.
edge::Route openapi_route(const std::vector<edge::Route>& routes);

}  // namespace bailiwick::api
