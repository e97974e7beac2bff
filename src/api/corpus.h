// /v1/corpus: a tenant's documents. Uploads are JSON lines, idempotent, and resumable through
// /v1/corpus/missing.
#pragma once

#include "edge/route.h"
#include "pipeline/corpus_service.h"

namespace bailiwick::api {

std::vector<edge::Route> corpus_routes(pipeline::CorpusService& corpus);

}  // namespace bailiwick::api
