// A tenant's retrieval policy in the words of the retrieval room.
#pragma once

#include "retrieval/answer.h"
#include "snapshot/tenant_snapshot.h"
#include "tenancy/permit.h"

namespace bailiwick::pipeline {

/// The program's policy where the scope names one that overrides it, else the tenant's.
const snapshot::RetrievalPolicy& policy_in(const snapshot::TenantSnapshot& snapshot,
                                           const tenancy::TenantScope& scope);
/// Of the tenant, whatever the program: a document is cut once for all who may read it.
retrieval::ChunkLimits chunk_limits(const snapshot::TenantSnapshot& snapshot);
retrieval::Bm25Parameters ranking(const snapshot::RetrievalPolicy& policy);
retrieval::AnswerRules answer_rules(const snapshot::RetrievalPolicy& policy);
retrieval::TrustRules trust_rules(const snapshot::RetrievalPolicy& policy);

}  // namespace bailiwick::pipeline
