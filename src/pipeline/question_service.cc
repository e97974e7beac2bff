#include "pipeline/question_service.h"

#include "pipeline/corpus_reading.h"
#include "pipeline/policy_mapping.h"
#include "pipeline/prompt.h"

namespace bailiwick::pipeline {
namespace {

using retrieval::Answer;
using retrieval::Hit;
using tenancy::Action;

constexpr std::string_view kRetrieverAgent = "retriever/bm25";
constexpr std::string_view kExtractiveAgent = "local/extractive";

/// Says what the built-in answerer has found already, when a route comes to `local`.
class FoundAlready final : public routing::LocalModel {
 public:
  explicit FoundAlready(std::string_view text) : text_(text) {}
  net::Task<Result<std::string>> answer(const routing::LocalQuestion&) override {
    co_return std::string(text_);
  }

 private:
  std::string_view text_;
};

struct Found {
  std::vector<Hit> hits;
  Answer extract;
};

std::vector<Hit> cited(const Answer& answer) {
  std::vector<Hit> hits;
  auto same = [](const Hit& a, const Hit& b) { return a.document == b.document && a.span == b.span; };
  for (const retrieval::Citation& citation : answer.citations) {
    if (std::ranges::none_of(hits, [&](const Hit& hit) { return same(hit, citation.hit); }))
      hits.push_back(citation.hit);
  }
  return hits;
}

}  // namespace

retrieval::Query QuestionService::query_of(const snapshot::RetrievalPolicy& policy,
                                           const Search& search) const {
  return {.text = search.text,
          .top_k = static_cast<std::size_t>(search.top_k.value_or(policy.ranking.top_k)),
          .collection = search.collection,
          .filter = search.filter,
          .grouping = search.grouping,
          .ranking = ranking(policy),
          .trust = trust_rules(policy),
          .now = clock_.wall()};
}

net::Task<Result<Retrieved>> QuestionService::retrieve(const tenancy::Permit<Action::kRetrieve>& permit,
                                                       const snapshot::SnapshotPtr& snapshot, net::Loop& loop,
                                                       Search search, ledger::Record& record) {
  Retrieved out{.hits = {}, .lineage_id = uuid_v7(clock_, random_), .lineage = {}};
  record.query_id = out.lineage_id;
  const snapshot::RetrievalPolicy& policy = policy_in(*snapshot, permit.scope());
  retrieval::Query query = query_of(policy, search);
  retrieval::ChunkLimits limits = chunk_limits(*snapshot);
  auto load = [&] { return corpora_.load(permit, limits); };
  auto read = [&](const retrieval::Corpus& corpus) { return corpus.retrieve(query); };
  CO_TRY(out.hits, co_await read_corpus(corpora_.of(permit), limits, loop, load, read));
  Use use{.tenant = permit.tenant(),
          .policy = policy,
          .request = record,
          .query_id = out.lineage_id,
          .agent_id = std::string(kRetrieverAgent),
          .time = clock_.wall()};
  out.lineage = lineage_records(use, out.hits);
  co_return out;
}

net::Task<Result<Asked>> QuestionService::ask(const tenancy::Permit<Action::kAsk>& permit,
                                              const snapshot::SnapshotPtr& snapshot, net::Loop& loop,
                                              Search search, ledger::Record& record) {
  Asked out{.answer = {}, .cost = {}, .lineage_id = uuid_v7(clock_, random_), .lineage = {}};
  record.query_id = out.lineage_id;
  const snapshot::RetrievalPolicy& policy = policy_in(*snapshot, permit.scope());
  if (!search.top_k) search.top_k = policy.answer.context_chunks;
  retrieval::Query query = query_of(policy, search);
  retrieval::ChunkLimits limits = chunk_limits(*snapshot);
  retrieval::AnswerRules rules = answer_rules(policy);
  auto load = [&] { return corpora_.load(permit, limits); };
  auto read = [&](const retrieval::Corpus& corpus) {
    std::vector<Hit> hits = corpus.retrieve(query);
    Answer extract = retrieval::extract_answer(query.text, hits, corpus, query.collection, rules);
    return Found{std::move(hits), std::move(extract)};
  };
  CO_TRY(Found found, co_await read_corpus(corpora_.of(permit), limits, loop, load, read));
  out.answer = std::move(found.extract);
  if (found.hits.empty()) co_return out;

  FoundAlready local(out.answer.text);
  routing::Prompt prompt = prompt_for(search.text, found.hits, out.lineage_id);
  CO_TRY(routing::Generated said, co_await router_.generate(permit, snapshot, loop, std::move(prompt), record,
                                                            routing::Counting::kWithinRequest, &local));
  out.cost = said.cost;
  Use use{.tenant = permit.tenant(),
          .policy = policy,
          .request = record,
          .query_id = out.lineage_id,
          .agent_id = std::string(kExtractiveAgent),
          .time = clock_.wall()};
  if (said.provider == "local") {
    out.lineage = lineage_records(use, cited(out.answer));
  } else {
    use.agent_id = said.provider + "/" + said.model;
    out.answer = answer_from(said.text, found.hits);
    out.lineage = lineage_records(use, found.hits);  // a model has read all of them, whatever it cites
  }
  co_return out;
}

}  // namespace bailiwick::pipeline
