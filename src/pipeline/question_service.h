// QuestionService: a tenant's questions: passages for /v1/retrieve, answers for /v1/ask.
//
//   find passages → answer by the tenant's model, or by the built-in answerer → lineage of what was used
//
// Runs on the caller's loop. What waits for a disk goes to the blocking pool, and so does a search through
// very many passages. Safe from any loop.
#pragma once

#include "base/random.h"
#include "pipeline/lineage_records.h"
#include "pipeline/tenant_corpora.h"
#include "retrieval/answer.h"
#include "routing/router.h"

namespace bailiwick::pipeline {

/// What both kinds of question say about where to look.
struct Search {
  std::string text;
  std::optional<std::int64_t> top_k;      ///< absent = the policy's
  std::optional<std::string> collection;  ///< absent = all
  retrieval::Filter filter;
  retrieval::Grouping grouping = retrieval::Grouping::kChunk;
};

struct Retrieved {
  std::vector<retrieval::Hit> hits;     ///< best first
  std::string lineage_id;               ///< UUID version 7; `query_id` of the lineage records
  std::vector<ledger::Record> lineage;  ///< to be journalled together with the request's record
};

struct Asked {
  retrieval::Answer answer;
  PicoDollars cost;
  std::string lineage_id;
  std::vector<ledger::Record> lineage;
};

class QuestionService {
 public:
  QuestionService(TenantCorpora& corpora, routing::Router& router, const Clock& clock, Random& random)
      : corpora_(corpora), router_(router), clock_(clock), random_(random) {}

  /// `record` is the request's own; it gets the query id. A question without a word that can be searched
  /// finds nothing. Errors: kUnavailable when the store cannot be read.
  net::Task<Result<Retrieved>> retrieve(const tenancy::Permit<tenancy::Action::kRetrieve>& permit,
                                        const snapshot::SnapshotPtr& snapshot, net::Loop& loop, Search search,
                                        ledger::Record& record);

  /// The tenant's route says who answers; a question that finds no passage is not put to a model. `record`
  /// also gets provider, model, tokens and cost. Errors: of `retrieve`, and of routing::Router::generate.
  net::Task<Result<Asked>> ask(const tenancy::Permit<tenancy::Action::kAsk>& permit,
                               const snapshot::SnapshotPtr& snapshot, net::Loop& loop, Search search,
                               ledger::Record& record);

 private:
  retrieval::Query query_of(const snapshot::RetrievalPolicy& policy, const Search& search) const;

  TenantCorpora& corpora_;
  routing::Router& router_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace bailiwick::pipeline
