// GET /v1/models: what a tenant may name, in the shape that the caller's library expects.
#pragma once

#include "edge/route.h"
#include "routing/router.h"

namespace bailiwick::gateway {

edge::Route models_route(routing::Router& router);
json::object model_list_schema();

}  // namespace bailiwick::gateway
