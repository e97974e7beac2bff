#include "api/corpus.h"

#include <fmt/format.h>

#include "api/paging.h"
#include "net/blocking.h"
#include "retrieval/beir.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::Reply;
using tenancy::Action;

constexpr std::size_t kUploadLimit = 64 << 20;

struct OutcomeView {
  std::string document_id;
  pipeline::Outcome::Kind outcome = pipeline::Outcome::Kind::kAdded;
  std::string reason;
};
template <class Visitor>
void describe(Visitor& v, OutcomeView& view) {
  v.required("document_id", view.document_id, "The caller's id.");
  v.required("outcome", view.outcome, "What became of the document.");
  v.required("reason", view.reason, "Why it was quarantined; empty otherwise.");
}
struct UploadView {
  std::vector<OutcomeView> documents;
};
template <class Visitor>
void describe(Visitor& v, UploadView& view) {
  v.required("documents", view.documents, "One for each, in the order sent.");
}

struct FingerprintBody {
  std::string document_id;
  std::string sha256;
};
template <class Visitor>
void describe(Visitor& v, FingerprintBody& body) {
  v.required("document_id", body.document_id, "The caller's id.", {.max_length = 512, .min_length = 1});
  v.required("sha256", body.sha256, "Hex hash over title, text and metadata.",
             {.max_length = 64, .min_length = 64});
}
struct MissingBody {
  std::string collection{pipeline::kDefaultCollection};
  std::vector<FingerprintBody> documents;
};
template <class Visitor>
void describe(Visitor& v, MissingBody& body) {
  v.field("collection", body.collection, "Default: default.", {.max_length = 128});
  v.required("documents", body.documents, "What the caller holds.", {.max_length = 10'000});
}
struct MissingView {
  std::vector<std::string> missing;
};
template <class Visitor>
void describe(Visitor& v, MissingView& view) {
  v.required("missing", view.missing, "Ids that are absent or differ.");
}

struct SummaryView {
  std::string collection;
  std::string document_id;
  std::string title;
  std::string sha256;
};
template <class Visitor>
void describe(Visitor& v, SummaryView& view) {
  v.required("collection", view.collection, "Where it is.");
  v.required("document_id", view.document_id, "The caller's id.");
  v.required("title", view.title, "May be empty.");
  v.required("sha256", view.sha256, "Hex hash over title, text and metadata.");
}
struct DocumentList {
  std::vector<SummaryView> documents;
  std::string next_page_token;
};
template <class Visitor>
void describe(Visitor& v, DocumentList& list) {
  v.required("documents", list.documents, "By collection and id.");
  v.required("next_page_token", list.next_page_token, "Empty at the end.");
}
struct DocumentBody : SummaryView {
  std::string text;
  Json metadata;
};
template <class Visitor>
void describe(Visitor& v, DocumentBody& view) {
  describe(v, static_cast<SummaryView&>(view));
  v.required("text", view.text, "What start and end of citations count in, in bytes of UTF-8.");
  v.required("metadata", view.metadata, "As it was given.");
}

std::string collection_of(const net::RequestHead& head) {
  const std::string* named = head.query_value("collection");
  return named == nullptr || named->empty() ? std::string(pipeline::kDefaultCollection) : *named;
}

/// What the request is about; rules see the same that the use case works on.
pipeline::DocumentKey named_document(const net::RequestHead& head) {
  const std::string* id = head.query_value("id");
  return {.collection = collection_of(head), .document_id = id == nullptr ? "" : *id};
}

Result<pipeline::DocumentKey> key_of(const edge::CallBase& call) {
  pipeline::DocumentKey key = named_document(call.exchange.head());
  if (key.document_id.empty()) return fail(ErrorCode::kInvalid, "query.id", "say which document: ?id=…");
  return key;
}

std::string document_resource(const net::RequestHead& head, const edge::PathParameters&) {
  return pipeline::resource_name(named_document(head));
}
std::string collection_resource(const net::RequestHead& head, const edge::PathParameters&) {
  return "collection:" + collection_of(head);
}

SummaryView summary_of(const pipeline::DocumentSummary& summary) {
  return {.collection = summary.collection,
          .document_id = summary.document_id,
          .title = summary.title,
          .sha256 = summary.sha256};
}

/// Lines of {"_id", "title"?, "text", "metadata"?}.
Result<std::vector<pipeline::NewDocument>> documents_of(std::string_view lines) {
  std::vector<pipeline::NewDocument> documents;
  for (std::size_t number = 1; !lines.empty(); ++number) {
    std::size_t end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    TRY(retrieval::CorpusRow row, retrieval::parse_corpus_row(line, fmt::format("line {}", number)));
    documents.push_back(
        {std::move(row.id), std::move(row.title), std::move(row.text), std::move(row.metadata)});
  }
  if (documents.empty())
    return fail(ErrorCode::kInvalid, "corpus.empty", "send at least one document, a JSON object a line");
  return documents;
}

/// What an upload stored, for the record: how many documents, and the bytes of their texts.
json::object stored_of(const std::vector<pipeline::NewDocument>& documents,
                       const std::vector<pipeline::Outcome>& outcomes) {
  std::size_t count = 0, bytes = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].kind == pipeline::Outcome::Kind::kUnchanged) continue;
    ++count;
    bytes += documents[i].text.size();
  }
  if (count == 0) return {};
  return {{"bytes", bytes}, {"documents", count}};
}

struct CorpusApi {
  pipeline::CorpusService& corpus;

  static net::Task<Result<Reply>> add(CorpusApi self, Call<Action::kCorpusWrite>& call, edge::RawBody body) {
    std::string collection = collection_of(call.exchange.head());
    auto work = [&]() -> Result<std::vector<pipeline::Outcome>> {
      TRY(auto documents, documents_of(body.bytes));
      TRY(auto outcomes, self.corpus.add(call.permit, *call.snapshot, collection, documents));
      call.record.extra = stored_of(documents, outcomes);
      return outcomes;
    };
    CO_TRY(std::vector<pipeline::Outcome> outcomes, co_await call.loop().blocking.run(work));
    UploadView view;
    for (pipeline::Outcome& outcome : outcomes) {
      view.documents.push_back({std::move(outcome.document_id), outcome.kind, std::move(outcome.reason)});
    }
    co_return Reply::json(200, to_json_value(view));
  }

  static net::Task<Result<Reply>> missing(CorpusApi self, Call<Action::kCorpusWrite>& call,
                                          MissingBody body) {
    std::vector<pipeline::Fingerprint> held;
    held.reserve(body.documents.size());
    for (FingerprintBody& one : body.documents)
      held.push_back({std::move(one.document_id), std::move(one.sha256)});
    auto work = [&] { return self.corpus.missing(call.permit, body.collection, held); };
    MissingView view;
    CO_TRY(view.missing, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(view));
  }

  static net::Task<Result<Reply>> list(CorpusApi self, Call<Action::kCorpusRead>& call, edge::NoBody) {
    CO_TRY(Page page, page_of(call));
    std::string collection(call.query("collection"));
    auto work = [&] { return self.corpus.list(call.permit, collection, page.after, page.size); };
    CO_TRY(pipeline::DocumentPage found, co_await call.loop().blocking.run(work));
    DocumentList list{.documents = {}, .next_page_token = page_token(found.next)};
    for (const pipeline::DocumentSummary& summary : found.documents)
      list.documents.push_back(summary_of(summary));
    co_return Reply::json(200, to_json_value(list));
  }

  static net::Task<Result<Reply>> get(CorpusApi self, Call<Action::kCorpusRead>& call, edge::NoBody) {
    CO_TRY(pipeline::DocumentKey key, key_of(call));
    auto work = [&] { return self.corpus.get(call.permit, key); };
    CO_TRY(pipeline::DocumentView found, co_await call.loop().blocking.run(work));
    DocumentBody view;
    static_cast<SummaryView&>(view) = summary_of(found.summary);
    view.text = std::move(found.text);
    view.metadata = Json{std::move(found.metadata)};
    co_return Reply::json(200, to_json_value(view));
  }

  static net::Task<Result<Reply>> remove(CorpusApi self, Call<Action::kCorpusDelete>& call, edge::NoBody) {
    CO_TRY(pipeline::DocumentKey key, key_of(call));
    auto work = [&] { return self.corpus.remove(call.permit, *call.snapshot, key); };
    CO_CHECK_OK(co_await call.loop().blocking.run(work));
    Reply reply;
    reply.response.status = 204;
    co_return reply;
  }
};

}  // namespace

std::vector<edge::Route> corpus_routes(pipeline::CorpusService& corpus) {
  using edge::NoBody;
  CorpusApi self{corpus};
  constexpr std::pair<std::string_view, std::string_view> kCollection{"collection", "Default: default."};
  constexpr std::pair<std::string_view, std::string_view> kId{"id", "The caller's id of the document."};
  return {
      edge::route<Action::kCorpusWrite, edge::RawBody>(
          "POST", "/v1/corpus/documents",
          {.summary = "Add or replace documents, a JSON object {_id, title, text, metadata} a line",
           .tag = "corpus",
           .body_limit = kUploadLimit,
           .media_type = "application/x-ndjson",
           .answer = edge::schema_of<UploadView>,
           .query = {kCollection},
           .resource = collection_resource},
          std::bind_front(CorpusApi::add, self)),
      edge::route<Action::kCorpusWrite, MissingBody>(
          "POST", "/v1/corpus/missing",
          {.summary = "Which of these documents still have to be sent",
           .tag = "corpus",
           .body_limit = 4 << 20,
           .answer = edge::schema_of<MissingView>},
          std::bind_front(CorpusApi::missing, self)),
      edge::route<Action::kCorpusRead, NoBody>(
          "GET", "/v1/corpus/documents",
          {.summary = "List documents",
           .tag = "corpus",
           .answer = edge::schema_of<DocumentList>,
           .query = {kPageSizeQuery, kPageTokenQuery, {"collection", "Only this one; default all."}}},
          std::bind_front(CorpusApi::list, self)),
      edge::route<Action::kCorpusRead, NoBody>("GET", "/v1/corpus/document",
                                               {.summary = "Show a document",
                                                .tag = "corpus",
                                                .answer = edge::schema_of<DocumentBody>,
                                                .query = {kId, kCollection},
                                                .resource = document_resource},
                                               std::bind_front(CorpusApi::get, self)),
      edge::route<Action::kCorpusDelete, NoBody>("DELETE", "/v1/corpus/document",
                                                 {.summary = "Delete a document",
                                                  .tag = "corpus",
                                                  .success = 204,
                                                  .query = {kId, kCollection},
                                                  .resource = document_resource},
                                                 std::bind_front(CorpusApi::remove, self)),
  };
}

}  // namespace bailiwick::api
