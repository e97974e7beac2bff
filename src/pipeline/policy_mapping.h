// A tenant's retrieval policy in the words of the retrieval room.
#pragma once

#include "retrieval/answer.h"
#include "snapshot/policies.h"

namespace bailiwick::pipeline {

retrieval::ChunkLimits chunk_limits(const snapshot::RetrievalPolicy& policy);
retrieval::Bm25Parameters ranking(const snapshot::RetrievalPolicy& policy);
retrieval::AnswerRules answer_rules(const snapshot::RetrievalPolicy& policy);
retrieval::TrustRules trust_rules(const snapshot::RetrievalPolicy& policy);

}  // namespace bailiwick::pipeline
