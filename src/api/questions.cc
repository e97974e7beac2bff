#include "api/questions.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::Reply;
using tenancy::Action;

constexpr Rule kText{.max_length = 8000, .min_length = 1};
constexpr Rule kTopK{.min = 1, .max = 200};

enum class GroupBy { kChunk, kDocument };
constexpr std::array<std::pair<std::string_view, GroupBy>, 2> enum_table(GroupBy) {
  return {{{"chunk", GroupBy::kChunk}, {"document", GroupBy::kDocument}}};
}

/// What narrows a search, however it is asked.
struct SearchOptions {
  std::optional<std::int64_t> top_k;
  std::optional<std::string> collection;
  std::map<std::string, Json> filter;
};
template <class Visitor>
void describe_options(Visitor& v, SearchOptions& options) {
  v.field("top_k", options.top_k, "How many passages; default: the tenant's policy.", kTopK);
  v.field("collection", options.collection, "Only this collection; default all.", {.max_length = 128});
  v.field("filter", options.filter, "{key: value | [values]} over documents' metadata; all must match.",
          {.max_length = 32});
}

struct RetrieveBody : SearchOptions {
  std::string query;
  GroupBy group_by = GroupBy::kChunk;
};
template <class Visitor>
void describe(Visitor& v, RetrieveBody& body) {
  v.required("query", body.query, "What to look for.", kText);
  describe_options(v, body);
  v.field("group_by", body.group_by, "document keeps the best passage of each.");
}

struct AskBody : SearchOptions {
  std::string question;
};
template <class Visitor>
void describe(Visitor& v, AskBody& body) {
  v.required("question", body.question, "The question.", kText);
  describe_options(v, body);
}

struct HitView {
  std::string document_id, chunk_id;
  double score = 0, trust = 0;
  std::string text;
  std::int64_t start = 0, end = 0;
};
template <class Visitor>
void describe(Visitor& v, HitView& view) {
  v.required("document_id", view.document_id, "The caller's id.");
  v.required("chunk_id", view.chunk_id, "Stable as long as the document does not change.");
  v.required("score", view.score, "BM25; higher is better.");
  v.required("trust", view.trust, "0 to 1, by the tenant's trust policy.");
  v.required("text", view.text, "The passage.");
  v.required("start", view.start, "First byte in the stored document.");
  v.required("end", view.end, "Byte after the last.");
}
struct RetrieveView {
  std::vector<HitView> results;
  std::string lineage_id;
};
template <class Visitor>
void describe(Visitor& v, RetrieveView& view) {
  v.required("results", view.results, "Best first.");
  v.required("lineage_id", view.lineage_id, "query_id of the lineage records in the ledger.");
}

struct CitationView {
  std::string document_id, chunk_id;
  std::int64_t start = 0, end = 0;
  std::string quote;
};
template <class Visitor>
void describe(Visitor& v, CitationView& view) {
  v.required("document_id", view.document_id, "The caller's id.");
  v.required("chunk_id", view.chunk_id, "Of the passage.");
  v.required("start", view.start, "First byte of the quote in the stored document.");
  v.required("end", view.end, "Byte after the last.");
  v.required("quote", view.quote, "Exactly these bytes.");
}
struct AskView {
  std::string answer;
  bool abstained = false;
  std::vector<CitationView> citations;
  PicoDollars cost_usd;
  std::string lineage_id;
};
template <class Visitor>
void describe(Visitor& v, AskView& view) {
  v.required("answer", view.answer, "With citations as [1], [2], …");
  v.required("abstained", view.abstained, "The documents do not support an answer.");
  v.required("citations", view.citations, "In the order of their numbers.");
  v.required("cost_usd", view.cost_usd, "What the answer cost.");
  v.required("lineage_id", view.lineage_id, "query_id of the lineage records in the ledger.");
}

Result<pipeline::Search> search_of(std::string text, SearchOptions& options, GroupBy group_by) {
  pipeline::Search search{.text = std::move(text),
                          .top_k = options.top_k,
                          .collection = std::move(options.collection),
                          .filter = {},
                          .grouping = group_by == GroupBy::kDocument ? retrieval::Grouping::kDocument
                                                                     : retrieval::Grouping::kChunk};
  json::object filter;
  for (auto& [key, value] : options.filter) filter.emplace(key, std::move(value.value));
  TRY(search.filter, retrieval::Filter::parse(filter));
  return search;
}

struct Questions {
  pipeline::QuestionService& service;

  static net::Task<Result<Reply>> retrieve(Questions self, Call<Action::kRetrieve>& call, RetrieveBody body) {
    CO_TRY(pipeline::Search search, search_of(std::move(body.query), body, body.group_by));
    CO_TRY(pipeline::Retrieved found, co_await self.service.retrieve(call.permit, call.snapshot, call.loop(),
                                                                     std::move(search), call.record));
    call.lineage = std::move(found.lineage);
    RetrieveView view{.results = {}, .lineage_id = std::move(found.lineage_id)};
    for (const retrieval::Hit& hit : found.hits) {
      view.results.push_back({.document_id = hit.document->id,
                              .chunk_id = hit.id(),
                              .score = hit.score,
                              .trust = hit.trust,
                              .text = std::string(hit.text()),
                              .start = static_cast<std::int64_t>(hit.span.start),
                              .end = static_cast<std::int64_t>(hit.span.end)});
    }
    co_return Reply::json(200, to_json_value(view));
  }

  static net::Task<Result<Reply>> ask(Questions self, Call<Action::kAsk>& call, AskBody body) {
    CO_TRY(pipeline::Search search, search_of(std::move(body.question), body, GroupBy::kChunk));
    CO_TRY(pipeline::Asked asked, co_await self.service.ask(call.permit, call.snapshot, call.loop(),
                                                            std::move(search), call.record));
    call.lineage = std::move(asked.lineage);
    AskView view{.answer = std::move(asked.answer.text),
                 .abstained = asked.answer.abstained,
                 .citations = {},
                 .cost_usd = asked.cost,
                 .lineage_id = std::move(asked.lineage_id)};
    for (const retrieval::Citation& citation : asked.answer.citations) {
      view.citations.push_back({.document_id = citation.hit.document->id,
                                .chunk_id = citation.hit.id(),
                                .start = static_cast<std::int64_t>(citation.span.start),
                                .end = static_cast<std::int64_t>(citation.span.end),
                                .quote = std::string(citation.quote())});
    }
    co_return Reply::json(200, to_json_value(view));
  }
};

}  // namespace

std::vector<edge::Route> question_routes(pipeline::QuestionService& questions) {
  Questions self{questions};
  return {
      edge::route<Action::kRetrieve, RetrieveBody>("POST", "/v1/retrieve",
                                                   {.summary = "Find passages in the tenant's documents",
                                                    .tag = "questions",
                                                    .answer = edge::schema_of<RetrieveView>},
                                                   std::bind_front(Questions::retrieve, self)),
      edge::route<Action::kAsk, AskBody>(
          "POST", "/v1/ask",
          {.summary = "Answer a question from the tenant's documents, with citations",
           .tag = "questions",
           .answer = edge::schema_of<AskView>},
          std::bind_front(Questions::ask, self)),
  };
}

}  // namespace bailiwick::api
