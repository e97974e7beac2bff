#include "retrieval/evaluate.h"

namespace bailiwick::retrieval {
namespace {

constexpr std::size_t kDeepest = 100;

Result<Corpus> corpus_of(std::span<const CorpusRow> rows, const ChunkLimits& limits) {
  Corpus corpus(limits);
  for (const CorpusRow& row : rows) {
    if (row.title.empty() && row.text.empty()) continue;  // some published corpora hold empty rows
    TRY(DocumentPtr document,
        make_document("default", row.id, row.title, row.text, row.metadata, WallTime()));
    CHECK_OK(corpus.add(prepare(std::move(document), limits)));
  }
  return corpus;
}

}  // namespace

std::vector<std::string> ranked_documents(const Retriever& retriever, const QueryRow& query,
                                          const Bm25Parameters& ranking, std::size_t top_k) {
  Query wanted{.text = query.text,
               .top_k = top_k + 1,
               .collection = {},
               .filter = {},
               .grouping = Grouping::kDocument,
               .ranking = ranking,
               .trust = {},
               .now = {}};
  std::vector<std::string> ids;
  for (const Hit& hit : retriever.retrieve(wanted)) {
    if (hit.document->id != query.id && ids.size() < top_k) ids.push_back(hit.document->id);
  }
  return ids;
}

json::object to_json(const EvaluationReport& report) {
  return {{"ndcg@10", report.ndcg_at_10},
          {"recall@10", report.recall_at_10},
          {"recall@100", report.recall_at_100},
          {"mrr@10", report.mrr_at_10}};
}

Result<EvaluationReport> evaluate_beir(std::span<const CorpusRow> rows, std::span<const QueryRow> queries,
                                       const Qrels& qrels, const EvaluationSettings& settings) {
  TRY(Corpus corpus, corpus_of(rows, settings.chunking));
  EvaluationReport report{.documents = corpus.documents(), .chunks = corpus.chunks()};
  for (const QueryRow& query : queries) {
    auto judged = qrels.find(query.id);
    if (judged == qrels.end()) continue;
    std::vector<std::string> ranking = ranked_documents(corpus, query, settings.ranking, kDeepest);
    report.queries += 1;
    report.ndcg_at_10 += ndcg_at(10, ranking, judged->second);
    report.recall_at_10 += recall_at(10, ranking, judged->second);
    report.recall_at_100 += recall_at(100, ranking, judged->second);
    report.mrr_at_10 += reciprocal_rank_at(10, ranking, judged->second);
  }
  if (report.queries == 0) {
    return fail(ErrorCode::kInvalid, "beir.unjudged",
                "no query has a judgement; do queries and qrels belong together?");
  }
  auto count = static_cast<double>(report.queries);
  for (double* mean : {&report.ndcg_at_10, &report.recall_at_10, &report.recall_at_100, &report.mrr_at_10})
    *mean /= count;
  return report;
}

}  // namespace bailiwick::retrieval
