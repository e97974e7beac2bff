#include "pipeline/upload.h"

#include <set>

#include <fmt/format.h>

#include "base/ascii.h"

namespace bailiwick::pipeline {
namespace {

constexpr double kBytesPerGigabyte = 1e9;

Status check_collection(std::string_view name) {
  auto allowed = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; };
  if (!name.empty() && name.size() <= 63 && std::ranges::all_of(name, allowed)) return {};
  return fail(ErrorCode::kInvalid, "collection.invalid",
              "a collection is named with 1 to 63 letters, digits, '-', '_' or '.'");
}

}  // namespace

Upload::Upload(storage::TenantSession& session, const snapshot::TenantSnapshot& snapshot, WallTime now)
    : session_(session),
      snapshot_(snapshot),
      now_(now),
      forbidden_(snapshot.settings().retrieval.trust.forbidden_patterns) {}

Status Upload::parse(std::string_view collection, std::span<const NewDocument> documents) {
  CHECK_OK(check_collection(collection));
  if (documents.size() > kMostDocumentsPerUpload) {
    return fail(ErrorCode::kTooLarge, "corpus.too_many", "send at most 1000 documents at a time");
  }
  std::vector<Problem> problems;
  std::set<std::string_view> ids;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const NewDocument& given = documents[i];
    std::string where = fmt::format("/documents/{}", i);
    if (!ids.insert(given.document_id).second)
      problems.push_back({where, "its id stands twice in this upload"});
    auto document = retrieval::make_document(collection, given.document_id, given.title, given.text,
                                             given.metadata, now_);
    if (document)
      documents_.push_back(std::move(*document));
    else
      problems.push_back({std::move(where), document.error().message});
  }
  if (problems.empty()) return {};
  Error error(ErrorCode::kInvalid, "corpus.invalid", problems.front().message);
  error.problems = std::move(problems);
  return std::unexpected(std::move(error));
}

Result<TenantCorpus::Change> Upload::write() {
  CHECK_OK(session_.transaction([&]() -> Status {
    for (const retrieval::DocumentPtr& document : documents_) CHECK_OK(write_one(document));
    return check_quota();
  }));
  return std::move(change_);
}

std::string Upload::refusal(const retrieval::Document& document) const {
  if (std::string pattern = forbidden_.find_in(document.text); !pattern.empty())
    return "forbidden: " + pattern;
  bool is_signed = document.provenance.signature == retrieval::Signature::kVerified;
  return snapshot_.settings().retrieval.trust.signature_required && !is_signed ? "signature.required" : "";
}

Status Upload::write_one(const retrieval::DocumentPtr& document) {
  Outcome outcome{.document_id = document->id, .kind = Outcome::Kind::kAdded, .reason = refusal(*document)};
  TRY(auto known, corpus_store::known(session_, {document->collection, document->id}));
  DocumentStatus status = outcome.reason.empty() ? DocumentStatus::kActive : DocumentStatus::kQuarantined;
  bool same = known && known->sha256 == document->sha256 && known->status == status &&
              known->status_reason == outcome.reason;
  if (!same) CHECK_OK(corpus_store::put(session_, *document, now_, status, outcome.reason));
  if (status == DocumentStatus::kQuarantined) {
    outcome.kind = Outcome::Kind::kQuarantined;
    if (known && !same) change_.removed.emplace_back(document->collection, document->id);
  } else {
    outcome.kind = same ? Outcome::Kind::kUnchanged : known ? Outcome::Kind::kUpdated : Outcome::Kind::kAdded;
    if (!same) change_.added.push_back(document);
  }
  outcomes_.push_back(std::move(outcome));
  return {};
}

Status Upload::check_quota() {
  const std::optional<double>& limit = snapshot_.tenant.quotas.max_storage_gb;
  if (!limit || (change_.added.empty() && change_.removed.empty())) return {};
  TRY(std::int64_t bytes, corpus_store::total_bytes(session_));
  if (static_cast<double>(bytes) <= *limit * kBytesPerGigabyte) return {};
  return fail(
      ErrorCode::kTooLarge, "quota.storage",
      fmt::format(
          "the corpus would need {} bytes and max_storage_gb allows {:.0f}; remove documents or raise it",
          bytes, *limit * kBytesPerGigabyte));
}

}  // namespace bailiwick::pipeline
