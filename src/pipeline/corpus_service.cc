#include "pipeline/corpus_service.h"

#include "identity/late_question.h"
#include "pipeline/upload.h"

namespace bailiwick::pipeline {
namespace {

using tenancy::Action;

std::unexpected<Error> not_found() {
  return fail(ErrorCode::kNotFound, "document.not_found", "there is no such document");
}

/// Collections hold no line break, so one separates the two halves of a place in the list.
std::string place_of(const DocumentSummary& document) {
  return document.collection + "\n" + document.document_id;
}

Result<DocumentKey> key_from(std::string_view place) {
  if (place.empty()) return DocumentKey{};
  std::size_t separator = place.find('\n');
  if (separator == std::string_view::npos)
    return fail(ErrorCode::kInvalid, "page.token", "page_token is not one of this list");
  return DocumentKey{std::string(place.substr(0, separator)), std::string(place.substr(separator + 1))};
}

}  // namespace

Result<std::vector<Outcome>> CorpusService::add(const tenancy::Permit<Action::kCorpusWrite>& permit,
                                                const snapshot::TenantSnapshot& snapshot,
                                                std::string_view collection,
                                                std::span<const NewDocument> documents) {
  TRY(auto session, store_.open(permit));
  Upload upload(*session, snapshot, clock_.wall());
  CHECK_OK(upload.parse(collection, documents));
  TenantCorpusPtr corpus = corpora_.of(permit);
  CHECK_OK(corpus->change([&] { return upload.write(); }));
  corpora_.make_room_beside(corpus.get());
  return upload.take_outcomes();
}

Result<std::vector<std::string>> CorpusService::missing(const tenancy::Permit<Action::kCorpusWrite>& permit,
                                                        std::string_view collection,
                                                        std::span<const Fingerprint> held) {
  TRY(auto session, store_.open(permit));
  std::vector<std::string> missing;
  for (const Fingerprint& fingerprint : held) {
    TRY(auto known, corpus_store::known(*session, {std::string(collection), fingerprint.document_id}));
    if (!known || known->sha256 != fingerprint.sha256) missing.push_back(fingerprint.document_id);
  }
  return missing;
}

Status CorpusService::remove(const tenancy::Permit<Action::kCorpusDelete>& permit,
                             const snapshot::TenantSnapshot& snapshot, const DocumentKey& key) {
  TRY(auto session, store_.open(permit));
  return corpora_.of(permit)->change([&]() -> Result<TenantCorpus::Change> {
    bool removed = false;
    CHECK_OK(session->transaction([&]() -> Status {
      // The door could not know how old the document is; inside the transaction it stays as old as it is.
      TRY(auto added_at, corpus_store::added_at(*session, key));
      if (!added_at) return {};
      CHECK_OK(check_age(permit, snapshot, key, *added_at));
      TRY(removed, corpus_store::remove(*session, key));
      return {};
    }));
    if (!removed) return not_found();
    return TenantCorpus::Change{.added = {}, .removed = {{key.collection, key.document_id}}};
  });
}

Status CorpusService::check_age(const tenancy::Permit<Action::kCorpusDelete>& permit,
                                const snapshot::TenantSnapshot& snapshot, const DocumentKey& key,
                                WallTime added_at) const {
  WallTime now = clock_.wall();
  policy::Facts facts{.data_type = "data",
                      .age = std::chrono::duration_cast<std::chrono::milliseconds>(now - added_at)};
  return identity::check_facts(identity::Permitted::by(permit), snapshot, resource_name(key), facts, now);
}

Result<DocumentView> CorpusService::get(const tenancy::Permit<Action::kCorpusRead>& permit,
                                        const DocumentKey& key) {
  TRY(auto session, store_.open(permit));
  TRY(auto stored, corpus_store::find(*session, key));
  if (!stored) return not_found();
  return DocumentView{.summary = std::move(stored->summary),
                      .text = stored->document->text,
                      .metadata = stored->document->metadata};
}

Result<DocumentPage> CorpusService::list(const tenancy::Permit<Action::kCorpusRead>& permit,
                                         std::string_view collection, std::string_view after,
                                         std::int64_t limit) {
  TRY(auto session, store_.open(permit));
  TRY(DocumentKey key, key_from(after));
  if (!collection.empty() && after.empty()) key.collection = collection;
  DocumentPage page;
  if (collection.empty()) {
    TRY(page.documents, corpus_store::page(*session, key, limit + 1));
  } else {
    TRY(page.documents, corpus_store::page_of_collection(*session, key, limit + 1));
  }
  if (static_cast<std::int64_t>(page.documents.size()) > limit) {
    page.documents.pop_back();
    page.next = place_of(page.documents.back());
  }
  return page;
}

}  // namespace bailiwick::pipeline
