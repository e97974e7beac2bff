// policies/{retrieval,evaluation,governance}.yaml: how a tenant's documents are searched, judged and governed.
#pragma once

#include "base/binding.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

/// What every policy file may say about itself.
struct PolicyHeader {
  std::optional<tenancy::TenantId> tenant_id;
  std::string domain;   ///< classification for lineage, e.g. healthcare
  std::string usecase;  ///< e.g. patient-qa
  std::string policy_semver = "0.0.0";
  std::string author;
};

struct ChunkingPolicy {
  std::int64_t max_words = 180;
  std::int64_t overlap_words = 30;
};

struct RankingPolicy {
  double k1 = 0.9;
  double b = 0.4;
  std::int64_t top_k = 10;
};

struct AnswerPolicy {
  std::int64_t max_sentences = 3;
  std::int64_t context_chunks = 6;
  double min_support = 0.35;  ///< share of the question's terms that a sentence must cover; below it, abstain
};

/// Document 2 §2.3: which sources are trusted. Enforced where a number says so; the rest feeds the trust score.
struct TrustPolicy {
  std::vector<std::string> allowlist;           ///< domains of sources
  std::vector<std::string> forbidden_patterns;  ///< RE2-syntax words that keep a document out
  bool signature_required = false;
  double min_trust_score = 0;
};

struct RetrievalPolicy : PolicyHeader {
  ChunkingPolicy chunking;
  RankingPolicy ranking;
  AnswerPolicy answer;
  TrustPolicy trust;
};

}  // namespace bailiwick::snapshot
