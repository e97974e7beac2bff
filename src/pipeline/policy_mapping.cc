#include "pipeline/policy_mapping.h"

namespace bailiwick::pipeline {

const snapshot::RetrievalPolicy& policy_in(const snapshot::TenantSnapshot& snapshot,
                                           const tenancy::TenantScope& scope) {
  return scope.program() ? snapshot.files->settings_of(scope.program()->view()).retrieval
                         : snapshot.settings().retrieval;
}

retrieval::ChunkLimits chunk_limits(const snapshot::TenantSnapshot& snapshot) {
  const snapshot::ChunkingPolicy& chunking = snapshot.settings().retrieval.chunking;
  return {.max_words = static_cast<std::size_t>(chunking.max_words),
          .overlap_words = static_cast<std::size_t>(chunking.overlap_words)};
}

retrieval::Bm25Parameters ranking(const snapshot::RetrievalPolicy& policy) {
  return {.k1 = policy.ranking.k1, .b = policy.ranking.b};
}

retrieval::AnswerRules answer_rules(const snapshot::RetrievalPolicy& policy) {
  return {.max_sentences = static_cast<std::size_t>(policy.answer.max_sentences),
          .min_support = policy.answer.min_support};
}

retrieval::TrustRules trust_rules(const snapshot::RetrievalPolicy& policy) {
  const snapshot::TrustPolicy& trust = policy.trust;
  return {.allowlist = trust.allowlist,
          .trusted_authors = trust.trusted_authors,
          .min_score = trust.min_trust_score,
          .signature_required = trust.signature_required,
          .weights = {.domain = trust.weights.domain,
                      .signature = trust.weights.signature,
                      .freshness = trust.weights.freshness,
                      .author = trust.weights.author}};
}

}  // namespace bailiwick::pipeline
