// Model routes: how the providers of a tenant's routes are doing, and the answers that are kept of them.
//
//   GET    /v1/tenants/{tenant}/routes
//   DELETE /v1/tenants/{tenant}/cache
#pragma once

#include "edge/route.h"
#include "routing/router.h"

namespace bailiwick::api {

/// The router outlives the routes.
std::vector<edge::Route> model_routes(routing::Router& router);

}  // namespace bailiwick::api
