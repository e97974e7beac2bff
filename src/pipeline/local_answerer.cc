#include "pipeline/local_answerer.h"

#include <fmt/format.h>

#include "pipeline/corpus_reading.h"
#include "pipeline/policy_mapping.h"

namespace bailiwick::pipeline {
namespace {

/// The answer, and under it which document each number names.
std::string with_sources(const retrieval::Answer& answer) {
  std::string text = answer.text;
  if (!answer.citations.empty()) text += "\n";
  for (std::size_t i = 0; i < answer.citations.size(); ++i) {
    const retrieval::Citation& citation = answer.citations[i];
    text += fmt::format("\n[{}] {} ({}, bytes {} to {})", i + 1, citation.hit.document->id, citation.hit.id(),
                        citation.span.start, citation.span.end);
  }
  return text;
}

}  // namespace

net::Task<Result<std::string>> LocalAnswerer::answer(const routing::LocalQuestion& question) {
  const snapshot::RetrievalPolicy& policy = policy_in(question.snapshot, question.scope);
  retrieval::Query query{.text = std::string(question.last_user_text()),
                         .top_k = static_cast<std::size_t>(policy.answer.context_chunks),
                         .collection = {},
                         .filter = {},
                         .grouping = retrieval::Grouping::kChunk,
                         .ranking = ranking(policy),
                         .trust = trust_rules(policy),
                         .now = clock_.wall()};
  retrieval::ChunkLimits limits = chunk_limits(question.snapshot);
  retrieval::AnswerRules rules = answer_rules(policy);
  auto load = [&] { return corpora_.load_scope(question.scope, limits); };
  auto read = [&](const retrieval::Corpus& corpus) {
    return with_sources(retrieval::extract_answer(query.text, corpus.retrieve(query), corpus, {}, rules));
  };
  co_return co_await read_corpus(corpora_.of_scope(question.scope), limits, question.loop, load, read);
}

}  // namespace bailiwick::pipeline
