#include "pipeline/corpus_store.h"

#include "base/binding.h"

namespace bailiwick::pipeline::corpus_store {
namespace {

// Sizes and digests have an index of their own, so that neither a quota nor a listing reads through the
// texts.
constexpr std::string_view kSchema = R"sql(
CREATE TABLE corpus_documents (
  tenant TEXT NOT NULL,
  collection TEXT NOT NULL,
  document_id TEXT NOT NULL,
  title TEXT NOT NULL,
  source TEXT NOT NULL,
  sha256 TEXT NOT NULL,            -- hex, over title, text and metadata
  bytes INTEGER NOT NULL,          -- of text and metadata
  added_at INTEGER NOT NULL,       -- microseconds since 1970, UTC
  status TEXT NOT NULL CHECK (status IN ('active', 'quarantined')),
  status_reason TEXT NOT NULL,
  metadata TEXT NOT NULL,          -- a JSON object
  title_bytes INTEGER NOT NULL,    -- of the title line that stands before the text
  text TEXT NOT NULL,
  PRIMARY KEY (tenant, collection, document_id)
) STRICT;
CREATE INDEX corpus_documents_by_size ON corpus_documents (tenant, bytes);
)sql";

std::int64_t micros(WallTime time) {
  return time.time_since_epoch().count();
}
WallTime from_micros(std::int64_t us) {
  return WallTime(std::chrono::microseconds(us));
}

DocumentStatus status_of(std::string_view word) {
  return enum_from<DocumentStatus>(word).value_or(DocumentStatus::kQuarantined);
}

#define SUMMARY_COLUMNS \
  "collection, document_id, title, source, sha256, bytes, added_at, status, status_reason"
constexpr std::size_t kSummaryColumns = 9;

DocumentSummary summary_from(const storage::Row& row) {
  return {.collection = row.text(0),
          .document_id = row.text(1),
          .title = row.text(2),
          .source = row.text(3),
          .sha256 = row.text(4),
          .bytes = row.integer(5),
          .added_at = from_micros(row.integer(6)),
          .status = status_of(row.text(7)),
          .status_reason = row.text(8)};
}

/// A row of the summary's columns, then metadata, title_bytes, text.
Result<Stored> stored_from(const storage::Row& row) {
  Stored stored{.summary = summary_from(row), .document = nullptr};
  TRY(json::object metadata, parse_json_object(row.text(kSummaryColumns)));
  retrieval::Document document{.collection = stored.summary.collection,
                               .id = stored.summary.document_id,
                               .title = stored.summary.title,
                               .text = row.text(kSummaryColumns + 2),
                               .title_bytes = static_cast<std::size_t>(row.integer(kSummaryColumns + 1)),
                               .metadata = std::move(metadata),
                               .sha256 = stored.summary.sha256,
                               .provenance = {}};
  stored.document = retrieval::restore_document(std::move(document), stored.summary.added_at);
  return stored;
}

std::vector<DocumentSummary> summaries_from(const std::vector<storage::Row>& rows) {
  std::vector<DocumentSummary> summaries;
  summaries.reserve(rows.size());
  for (const storage::Row& row : rows) summaries.push_back(summary_from(row));
  return summaries;
}

}  // namespace

std::vector<storage::Migration> migrations() {
  return {{"corpus", 1, kSchema}};
}

Result<std::optional<Known>> known(storage::TenantSession& session, const DocumentKey& key) {
  TRY(auto rows,
      session.query(
          "SELECT sha256, bytes, status, status_reason FROM corpus_documents WHERE tenant = :tenant "
          "AND collection = :collection AND document_id = :id",
          {{":collection", key.collection}, {":id", key.document_id}}));
  if (rows.empty()) return std::nullopt;
  const storage::Row& row = rows.front();
  return Known{row.text(0), row.integer(1), status_of(row.text(2)), row.text(3)};
}

Status put(storage::TenantSession& session, const retrieval::Document& document, WallTime added_at,
           DocumentStatus status, std::string_view reason) {
  std::string metadata = json::serialize(document.metadata);
  CHECK_OK(
      session.execute("INSERT OR REPLACE INTO corpus_documents (tenant, collection, document_id, title, "
                      "source, sha256, bytes, added_at, "
                      "status, status_reason, metadata, title_bytes, text) VALUES (:tenant, :collection, "
                      ":id, :title, :source, :sha256, "
                      ":bytes, :added_at, :status, :reason, :metadata, :title_bytes, :text)",
                      {{":collection", document.collection},
                       {":id", document.id},
                       {":title", document.title},
                       {":source", document.provenance.source},
                       {":sha256", document.sha256},
                       {":bytes", static_cast<std::int64_t>(document.text.size() + metadata.size())},
                       {":added_at", micros(added_at)},
                       {":status", name_of(status)},
                       {":reason", reason},
                       {":metadata", metadata},
                       {":title_bytes", static_cast<std::int64_t>(document.title_bytes)},
                       {":text", document.text}}));
  return {};
}

Result<std::optional<WallTime>> added_at(storage::TenantSession& session, const DocumentKey& key) {
  TRY(auto rows, session.query("SELECT added_at FROM corpus_documents WHERE tenant = :tenant AND "
                               "collection = :collection AND document_id = :id",
                               {{":collection", key.collection}, {":id", key.document_id}}));
  if (rows.empty()) return std::nullopt;
  return from_micros(rows.front().integer(0));
}

Result<bool> remove(storage::TenantSession& session, const DocumentKey& key) {
  TRY(std::int64_t removed, session.execute("DELETE FROM corpus_documents WHERE tenant = :tenant AND "
                                            "collection = :collection AND document_id = :id",
                                            {{":collection", key.collection}, {":id", key.document_id}}));
  return removed > 0;
}

Result<std::optional<Stored>> find(storage::TenantSession& session, const DocumentKey& key) {
  TRY(auto rows,
      session.query("SELECT " SUMMARY_COLUMNS ", metadata, title_bytes, text FROM corpus_documents "
                    "WHERE tenant = :tenant AND collection = :collection AND document_id = :id",
                    {{":collection", key.collection}, {":id", key.document_id}}));
  if (rows.empty()) return std::nullopt;
  TRY(Stored stored, stored_from(rows.front()));
  return stored;
}

Result<std::int64_t> total_bytes(storage::TenantSession& session) {
  TRY(auto rows,
      session.query("SELECT coalesce(sum(bytes), 0) FROM corpus_documents WHERE tenant = :tenant"));
  return rows.front().integer(0);
}

Result<std::vector<DocumentSummary>> page(storage::TenantSession& session, const DocumentKey& after,
                                          std::int64_t limit) {
  TRY(auto rows,
      session.query("SELECT " SUMMARY_COLUMNS " FROM corpus_documents WHERE tenant = :tenant AND "
                    "(collection, document_id) > (:collection, :id) ORDER BY collection, document_id "
                    "LIMIT :limit",
                    {{":collection", after.collection}, {":id", after.document_id}, {":limit", limit}}));
  return summaries_from(rows);
}

Result<std::vector<DocumentSummary>> page_of_collection(storage::TenantSession& session,
                                                        const DocumentKey& after, std::int64_t limit) {
  TRY(auto rows,
      session.query("SELECT " SUMMARY_COLUMNS " FROM corpus_documents WHERE tenant = :tenant AND "
                    "collection = :collection AND document_id > :id ORDER BY document_id LIMIT :limit",
                    {{":collection", after.collection}, {":id", after.document_id}, {":limit", limit}}));
  return summaries_from(rows);
}

Status each_active(storage::TenantSession& session,
                   const std::function<Status(retrieval::DocumentPtr)>& visit) {
  Status outcome;
  using Next = storage::TenantSession::Next;
  auto read = [&](const storage::Row& row) {
    auto stored = stored_from(row);
    if (stored)
      outcome = visit(std::move(stored->document));
    else
      outcome = std::unexpected(stored.error());
    return outcome ? Next::kContinue : Next::kStop;
  };
  CHECK_OK(session.each("SELECT " SUMMARY_COLUMNS ", metadata, title_bytes, text FROM corpus_documents "
                        "WHERE tenant = :tenant AND status = 'active' ORDER BY collection, document_id",
                        {}, read));
  return outcome;
}

}  // namespace bailiwick::pipeline::corpus_store
