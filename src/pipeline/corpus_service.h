// CorpusService: a tenant's documents added, listed, read and removed. Store and search index change
// together.
//
// Every function is blocking: call it on the blocking pool. Safe from any thread.
#pragma once

#include <span>

#include "pipeline/corpus_store.h"
#include "pipeline/tenant_corpora.h"
#include "snapshot/tenant_snapshot.h"

namespace bailiwick::pipeline {

struct NewDocument {
  std::string document_id;
  std::string title;
  std::string text;
  json::object metadata;
};

/// What became of one document of an upload.
struct Outcome {
  enum class Kind { kAdded, kUpdated, kUnchanged, kQuarantined };
  std::string document_id;
  Kind kind = Kind::kAdded;
  std::string reason;  ///< of a quarantine: `forbidden: malware`, `signature.required`
};
constexpr std::array<std::pair<std::string_view, Outcome::Kind>, 4> enum_table(Outcome::Kind) {
  return {{{"added", Outcome::Kind::kAdded},
           {"updated", Outcome::Kind::kUpdated},
           {"unchanged", Outcome::Kind::kUnchanged},
           {"quarantined", Outcome::Kind::kQuarantined}}};
}

/// What a caller holds and asks about before it uploads.
struct Fingerprint {
  std::string document_id;
  std::string sha256;  ///< as retrieval::make_document computes it
};

struct DocumentPage {
  std::vector<DocumentSummary> documents;
  /// Give it back to continue; empty at the end.
  std::string next;
};

struct DocumentView {
  DocumentSummary summary;
  std::string text;  ///< what `start` and `end` of citations count in
  json::object metadata;
};

inline constexpr std::string_view kDefaultCollection = "default";
inline constexpr std::size_t kMostDocumentsPerUpload = 1000;

class CorpusService {
 public:
  CorpusService(storage::TenantStore& store, TenantCorpora& corpora, const Clock& clock)
      : store_(store), corpora_(corpora), clock_(clock) {}

  /// All of them or, when one is malformed or they do not fit, none. The same bytes again change nothing.
  /// Documents that the policy's guard refuses are kept aside, never searched, and reported. In the order
  /// given. Errors: kInvalid `corpus.invalid` with `/documents/<n>` of every fault, `collection.invalid`;
  /// kTooLarge `quota.storage` past the tenant's storage.
  Result<std::vector<Outcome>> add(const tenancy::Permit<tenancy::Action::kCorpusWrite>& permit,
                                   const snapshot::TenantSnapshot& snapshot, std::string_view collection,
                                   std::span<const NewDocument> documents);
  /// The ids of those that are absent or differ: what an interrupted upload still has to send.
  Result<std::vector<std::string>> missing(const tenancy::Permit<tenancy::Action::kCorpusWrite>& permit,
                                           std::string_view collection, std::span<const Fingerprint> held);
  /// Errors: kNotFound `document.not_found`, the same for absent and for another tenant's; kForbidden when a
  /// rule denies that a document of this age is deleted, such as `sovereignty.retention`.
  Status remove(const tenancy::Permit<tenancy::Action::kCorpusDelete>& permit,
                const snapshot::TenantSnapshot& snapshot, const DocumentKey& key);
  Result<DocumentView> get(const tenancy::Permit<tenancy::Action::kCorpusRead>& permit,
                           const DocumentKey& key);
  /// By collection and id; `collection` empty = all. `after` is `next` of the page before, or empty.
  /// Errors: kInvalid `page.token`.
  Result<DocumentPage> list(const tenancy::Permit<tenancy::Action::kCorpusRead>& permit,
                            std::string_view collection, std::string_view after, std::int64_t limit);

 private:
  Status check_age(const tenancy::Permit<tenancy::Action::kCorpusDelete>& permit,
                   const snapshot::TenantSnapshot& snapshot, const DocumentKey& key, WallTime added_at) const;

  storage::TenantStore& store_;
  TenantCorpora& corpora_;
  const Clock& clock_;
};

}  // namespace bailiwick::pipeline
