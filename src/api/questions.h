// /v1/retrieve and /v1/ask: a tenant's questions to its own documents.
#pragma once

#include "edge/route.h"
#include "pipeline/question_service.h"

namespace bailiwick::api {

std::vector<edge::Route> question_routes(pipeline::QuestionService& questions);

}  // namespace bailiwick::api
