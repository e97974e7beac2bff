// Evaluation of retrieval: how well a corpus answers judged queries, by the best passage of each document.
#pragma once

#include "retrieval/beir.h"
#include "retrieval/corpus.h"

namespace bailiwick::retrieval {

struct EvaluationSettings {
  ChunkLimits chunking;
  Bm25Parameters ranking;
};

/// Means over the queries that have judgements. A document whose id is the query's own is left out, as BEIR
/// does.
struct EvaluationReport {
  double ndcg_at_10 = 0;
  double recall_at_10 = 0;
  double recall_at_100 = 0;
  double mrr_at_10 = 0;
  std::size_t queries = 0;
  std::size_t documents = 0;
  std::size_t chunks = 0;
};

/// Document ids, best first, each once; at most `top_k`.
std::vector<std::string> ranked_documents(const Retriever& retriever, const QueryRow& query,
                                          const Bm25Parameters& ranking, std::size_t top_k);

/// The part called `metrics`: {"ndcg@10", "recall@10", "recall@100", "mrr@10"}.
json::object to_json(const EvaluationReport& report);

/// Errors: kInvalid for a row that is no document; kInvalid `beir.unjudged` when no query has judgements.
Result<EvaluationReport> evaluate_beir(std::span<const CorpusRow> corpus, std::span<const QueryRow> queries,
                                       const Qrels& qrels, const EvaluationSettings& settings);

}  // namespace bailiwick::retrieval
