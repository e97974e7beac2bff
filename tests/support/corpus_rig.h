// CorpusRig: stores in a temporary folder, the corpora on top of them, and documents to put in.
#pragma once

#include <gtest/gtest.h>

#include "pipeline/corpus_service.h"
#include "storage/sqlite/sqlite_store.h"
#include "support/permit_maker.h"
#include "support/temp_folder.h"

namespace bailiwick::testing_support {

class CorpusRig {
 public:
  static constexpr std::string_view kCollection = pipeline::kDefaultCollection;

  explicit CorpusRig(const Clock& clock, std::size_t max_bytes = pipeline::TenantCorpora::kDefaultMaxBytes)
      : clock_(clock), max_bytes_(max_bytes) {
    restart();
  }

  /// As after the death of the process: what was in memory is gone.
  void restart() {
    service_.reset();
    corpora_.reset();
    store_ = storage::open_sqlite_tenant_store(
                 {.folder = folder_.path(), .migrations = pipeline::corpus_store::migrations()})
                 .value();
    auto activation = [](const tenancy::TenantId& tenant) {
      return permit<tenancy::Action::kCorpusRead>(tenant.view());
    };
    corpora_ = std::make_unique<pipeline::TenantCorpora>(*store_, activation, metrics_, max_bytes_);
    service_ = std::make_unique<pipeline::CorpusService>(*store_, *corpora_, clock_);
  }

  static std::shared_ptr<snapshot::TenantSnapshot> tenant(std::string_view id) {
    auto draft = std::make_shared<snapshot::TenantSnapshot>();
    draft->tenant.id = tenancy::TenantId::parse(id).value();
    return draft;
  }

  Result<std::vector<pipeline::Outcome>> add(const snapshot::TenantSnapshot& tenant,
                                             std::vector<pipeline::NewDocument> documents,
                                             std::string_view collection = kCollection) {
    return service_->add(permit<tenancy::Action::kCorpusWrite>(tenant.id().view()), tenant, collection,
                         documents);
  }
  Result<std::vector<pipeline::Outcome>> add(std::string_view tenant_id, std::string_view id,
                                             std::string_view text) {
    return add(*tenant(tenant_id), {{std::string(id), "", std::string(text), {}}});
  }
  Status remove(std::string_view tenant_id, std::string_view id) { return remove(*tenant(tenant_id), id); }
  Status remove(const snapshot::TenantSnapshot& tenant, std::string_view id) {
    return service_->remove(permit<tenancy::Action::kCorpusDelete>(tenant.id().view()), tenant,
                            {std::string(kCollection), std::string(id)});
  }

  /// Ids of what a tenant finds, best first; the corpus is loaded when it has to be.
  std::vector<std::string> find(std::string_view tenant_id, std::string_view text) {
    auto may_retrieve = permit<tenancy::Action::kRetrieve>(tenant_id);
    EXPECT_TRUE(corpora_->load(may_retrieve, {}));
    std::vector<std::string> ids;
    auto hits = corpora_->of(may_retrieve)->read({}, [&](const retrieval::Corpus& corpus) {
      return corpus.retrieve({.text = std::string(text)});
    });
    for (const retrieval::Hit& hit : hits.value()) ids.push_back(hit.document->id);
    return ids;
  }
  bool is_loaded(std::string_view tenant_id) {
    auto may_retrieve = permit<tenancy::Action::kRetrieve>(tenant_id);
    return corpora_->of(may_retrieve)->read({}, [](const retrieval::Corpus&) { return true; }).has_value();
  }

  pipeline::CorpusService& service() { return *service_; }
  pipeline::TenantCorpora& corpora() { return *corpora_; }

 private:
  TempFolder folder_;
  const Clock& clock_;
  const std::size_t max_bytes_;
  Metrics metrics_;
  std::unique_ptr<storage::TenantStore> store_;
  std::unique_ptr<pipeline::TenantCorpora> corpora_;
  std::unique_ptr<pipeline::CorpusService> service_;
};

}  // namespace bailiwick::testing_support
