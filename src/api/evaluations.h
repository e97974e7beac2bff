// /v1/evaluations/judge: the scores of an evaluation, held to a tenant's thresholds and rules.
#pragma once

#include "base/metrics.h"
#include "edge/route.h"

namespace bailiwick::api {

std::vector<edge::Route> evaluation_routes(Metrics& metrics);

}  // namespace bailiwick::api
