// Upload: one batch of documents on its way into a tenant's store. Used by CorpusService alone.
#pragma once

#include "pipeline/corpus_service.h"
#include "retrieval/guard.h"

namespace bailiwick::pipeline {

class Upload {
 public:
  Upload(storage::TenantSession& session, const snapshot::TenantSnapshot& snapshot, WallTime now);

  /// Checks every document, all faults at once. Nothing is written.
  Status parse(std::string_view collection, std::span<const NewDocument> documents);
  /// Writes what differs, in one transaction. Once.
  Result<TenantCorpus::Change> write();
  std::vector<Outcome> take_outcomes() { return std::move(outcomes_); }

 private:
  /// Why the document must stay out of the search; empty when it need not.
  std::string refusal(const retrieval::Document& document) const;
  Status write_one(const retrieval::DocumentPtr& document);
  Status check_quota();

  storage::TenantSession& session_;
  const snapshot::TenantSnapshot& snapshot_;
  const WallTime now_;
  const retrieval::ForbiddenWords forbidden_;
  std::vector<retrieval::DocumentPtr> documents_;
  std::vector<Outcome> outcomes_;
  TenantCorpus::Change change_;
};

}  // namespace bailiwick::pipeline
