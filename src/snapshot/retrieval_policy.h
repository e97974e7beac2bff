// policies/retrieval.yaml: how documents are cut and ranked, how answers are made, which sources are trusted.
#pragma once

#include "snapshot/policy_header.h"

namespace bailiwick::snapshot {

struct ChunkingPolicy {
  std::int64_t max_words = 180;
  std::int64_t overlap_words = 30;

  friend bool operator==(const ChunkingPolicy&, const ChunkingPolicy&) = default;
};
template <class Visitor>
void describe(Visitor& v, ChunkingPolicy& chunking) {
  v.field("max_words", chunking.max_words, "Words of a chunk at most.", {.min = 20, .max = 2000});
  v.field("overlap_words", chunking.overlap_words, "Words that a chunk repeats of the one before.",
          {.min = 0, .max = 1000});
  v.require(chunking.overlap_words < chunking.max_words, "overlap_words must be less than max_words");
}

struct RankingPolicy {
  double k1 = 0.9;
  double b = 0.4;
  std::int64_t top_k = 10;
};
template <class Visitor>
void describe(Visitor& v, RankingPolicy& ranking) {
  v.field("k1", ranking.k1, "BM25: how soon repetition of a term stops counting.", {.min = 0, .max = 10});
  v.field("b", ranking.b, "BM25: how much long chunks are held back.", {.min = 0, .max = 1});
  v.field("top_k", ranking.top_k, "Results when a request does not say.", {.min = 1, .max = 1000});
}

struct AnswerPolicy {
  std::int64_t max_sentences = 3;
  std::int64_t context_chunks = 6;
  double min_support = 0.35;  ///< share of the question's terms that a sentence must cover; below it, abstain
};
template <class Visitor>
void describe(Visitor& v, AnswerPolicy& answer) {
  v.field("max_sentences", answer.max_sentences, "Sentences of an extractive answer at most.",
          {.min = 1, .max = 20});
  v.field("context_chunks", answer.context_chunks, "Chunks that a model is given.", {.min = 1, .max = 100});
  v.field("min_support", answer.min_support,
          "Share of the question's terms that a sentence must cover; below it there is no answer.",
          {.min = 0, .max = 1});
}

/// How much each sign of trust counts; the four add up to 1.
struct TrustWeights {
  double domain = 0.4;
  double signature = 0.3;
  double freshness = 0.2;
  double author = 0.1;
};
template <class Visitor>
void describe(Visitor& v, TrustWeights& weights) {
  v.field("domain", weights.domain, "The source's domain is on the allowlist.", {.min = 0, .max = 1});
  v.field("signature", weights.signature, "The document's signature was verified.", {.min = 0, .max = 1});
  v.field("freshness", weights.freshness, "The document is recent.", {.min = 0, .max = 1});
  v.field("author", weights.author, "The author is a trusted one.", {.min = 0, .max = 1});
  double sum = weights.domain + weights.signature + weights.freshness + weights.author;
  v.require(sum > 0.999 && sum < 1.001, "the four weights must add up to 1");
}

/// Which sources are trusted, and what no document may say.
struct TrustPolicy {
  std::vector<std::string> allowlist;           ///< domains of sources
  std::vector<std::string> trusted_authors;     ///< names of authors and teams
  std::vector<std::string> forbidden_patterns;  ///< words that keep a document out; case is ignored
  bool signature_required = false;
  double min_trust_score = 0;
  TrustWeights weights;
};
template <class Visitor>
void describe(Visitor& v, TrustPolicy& trust) {
  v.field("allowlist", trust.allowlist, "Domains of trusted sources.", {.max_length = 1000});
  v.field("trusted_authors", trust.trusted_authors, "Authors and teams that are trusted.",
          {.max_length = 1000});
  v.field("forbidden_patterns", trust.forbidden_patterns,
          "Words or phrases that keep a document out, whatever its source; case is ignored.",
          {.max_length = 1000});
  v.field("signature_required", trust.signature_required, "Unsigned documents stay out.");
  v.field("min_trust_score", trust.min_trust_score, "Chunks with less trust are not retrieved.",
          {.min = 0, .max = 1});
  v.field("weights", trust.weights, "How much each sign of trust counts.");
}

struct RetrievalPolicy : PolicyHeader {
  ChunkingPolicy chunking;
  RankingPolicy ranking;
  AnswerPolicy answer;
  TrustPolicy trust;
};
template <class Visitor>
void describe(Visitor& v, RetrievalPolicy& policy) {
  describe(v, static_cast<PolicyHeader&>(policy));
  v.field("chunking", policy.chunking, "How documents are cut.");
  v.field("ranking", policy.ranking, "How chunks are ranked.");
  v.field("answer", policy.answer, "How answers are made of chunks.");
  v.field("trust", policy.trust, "Which sources are trusted.");
}

}  // namespace bailiwick::snapshot
