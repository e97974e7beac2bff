// OpenAPI 3.1, made from the route table: a route cannot exist without being described.
#pragma once

#include "edge/edge.h"

namespace bailiwick::api {

json::object openapi_document(const std::vector<edge::Route>& routes);

}  // namespace bailiwick::api
