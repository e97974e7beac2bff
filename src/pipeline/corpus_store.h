// The corpus in a tenant's database: documents as rows. Blocking; every function works through a session that
// a permit opened, so none can reach another tenant.
#pragma once

#include <optional>
#include <vector>

#include "retrieval/document.h"
#include "storage/tenant_store.h"

namespace bailiwick::pipeline {

enum class DocumentStatus {
  kActive,       ///< searched
  kQuarantined,  ///< kept, but never searched; the reason says why
};
constexpr std::array<std::pair<std::string_view, DocumentStatus>, 2> enum_table(DocumentStatus) {
  return {{{"active", DocumentStatus::kActive}, {"quarantined", DocumentStatus::kQuarantined}}};
}

/// Everything about a document but its text.
struct DocumentSummary {
  std::string collection;
  std::string document_id;
  std::string title;
  std::string source;
  std::string sha256;
  std::int64_t bytes = 0;
  WallTime added_at{};
  DocumentStatus status = DocumentStatus::kActive;
  std::string status_reason;
};

/// A document by name.
struct DocumentKey {
  std::string collection;
  std::string document_id;
};
/// As rules and records call it: `document:COLLECTION/ID`.
inline std::string resource_name(const DocumentKey& key) {
  return "document:" + key.collection + "/" + key.document_id;
}

namespace corpus_store {

/// For the tenant databases.
std::vector<storage::Migration> migrations();

/// What decides whether an upload changes anything; nothing when there is no such document.
struct Known {
  std::string sha256;
  std::int64_t bytes = 0;
  DocumentStatus status = DocumentStatus::kActive;
  std::string status_reason;
};
Result<std::optional<Known>> known(storage::TenantSession& session, const DocumentKey& key);

/// Inserts or replaces.
Status put(storage::TenantSession& session, const retrieval::Document& document, WallTime added_at,
           DocumentStatus status, std::string_view reason);
/// When its bytes were stored; nothing when there is no such document.
Result<std::optional<WallTime>> added_at(storage::TenantSession& session, const DocumentKey& key);
/// False when there was none.
Result<bool> remove(storage::TenantSession& session, const DocumentKey& key);

struct Stored {
  DocumentSummary summary;
  retrieval::DocumentPtr document;
};
Result<std::optional<Stored>> find(storage::TenantSession& session, const DocumentKey& key);

/// Bytes of all documents together, quarantined ones included.
Result<std::int64_t> total_bytes(storage::TenantSession& session);

/// By collection and id, those after `after`, at most `limit`.
Result<std::vector<DocumentSummary>> page(storage::TenantSession& session, const DocumentKey& after,
                                          std::int64_t limit);
/// The same within `after.collection`.
Result<std::vector<DocumentSummary>> page_of_collection(storage::TenantSession& session,
                                                        const DocumentKey& after, std::int64_t limit);

/// Every document that is searched, in order of collection and id.
Status each_active(storage::TenantSession& session,
                   const std::function<Status(retrieval::DocumentPtr)>& visit);

}  // namespace corpus_store
}  // namespace bailiwick::pipeline
