#include "pipeline/tenant_corpora.h"

#include <algorithm>

#include "base/log.h"
#include "pipeline/corpus_store.h"

namespace bailiwick::pipeline {

Status TenantCorpus::load(const std::function<Result<std::unique_ptr<storage::TenantSession>>()>& open,
                          const retrieval::ChunkLimits& limits) {
  MutexLock changes(changes_);
  if (read(limits, [](const retrieval::Corpus&) { return true; })) return {};
  auto corpus = std::make_unique<retrieval::Corpus>(limits);
  TRY(auto session, open());
  CHECK_OK(corpus_store::each_active(*session, [&](retrieval::DocumentPtr document) {
    return corpus->add(retrieval::prepare(std::move(document), limits));
  }));
  WriteLock lock(mutex_);
  corpus_ = std::move(corpus);
  bytes_ = corpus_->bytes() + 1;
  return {};
}

Status TenantCorpus::change(const std::function<Result<Change>()>& store) {
  MutexLock changes(changes_);
  TRY(Change change, store());
  std::optional<retrieval::ChunkLimits> limits;
  {
    ReadLock lock(mutex_);
    if (corpus_ != nullptr) limits = corpus_->limits();
  }
  if (!limits) return {};
  std::vector<retrieval::PreparedDocument> prepared;  // the costly part, while searches go on
  prepared.reserve(change.added.size());
  for (retrieval::DocumentPtr& document : change.added)
    prepared.push_back(retrieval::prepare(std::move(document), *limits));

  WriteLock lock(mutex_);
  if (corpus_ == nullptr) return {};
  for (const auto& [collection, id] : change.removed) corpus_->remove(collection, id);
  for (const retrieval::PreparedDocument& document : prepared) {
    if (Status added = corpus_->add(document); !added) {
      corpus_ = nullptr;  // the store has it; reading it afresh will tell what is wrong
      bytes_ = 0;
      return added;
    }
  }
  bytes_ = corpus_->bytes() + 1;
  return {};
}

void TenantCorpus::drop() {
  WriteLock lock(mutex_);
  corpus_ = nullptr;
  bytes_ = 0;
}

TenantCorpora::TenantCorpora(storage::TenantStore& store, ActivationPermit activation, Metrics& metrics,
                             std::size_t max_bytes)
    : store_(store),
      activation_(std::move(activation)),
      max_bytes_(max_bytes),
      bytes_in_memory_(
          metrics.gauge("bailiwick_corpus_bytes", "Memory held by the corpora that are loaded.")),
      tenants_in_memory_(metrics.gauge("bailiwick_corpus_tenants", "Tenants whose corpus is loaded.")) {}

TenantCorpusPtr TenantCorpora::of_scope(const tenancy::TenantScope& scope) {
  TenantCorpusPtr corpus;
  {
    ReadLock lock(mutex_);
    if (auto found = corpora_.find(scope.tenant()); found != corpora_.end()) corpus = found->second;
  }
  if (corpus == nullptr) {
    WriteLock lock(mutex_);
    TenantCorpusPtr& place = corpora_[scope.tenant()];
    if (place == nullptr) place = std::make_shared<TenantCorpus>();
    corpus = place;
  }
  corpus->last_used_.store(uses_.fetch_add(1, std::memory_order_relaxed), std::memory_order_relaxed);
  return corpus;
}

Status TenantCorpora::load_scope(const tenancy::TenantScope& scope, const retrieval::ChunkLimits& limits) {
  TenantCorpusPtr corpus = of_scope(scope);
  auto open = [&] { return store_.open(activation_(scope.tenant())); };
  if (Status loaded = corpus->load(open, limits); !loaded) {
    log_error("corpus.load_failed", {{"tenant", scope.tenant().view()},
                                     {"reason", loaded.error().reason},
                                     {"detail", loaded.error().detail}});
    return loaded;
  }
  log_info("corpus.loaded", {{"tenant", scope.tenant().view()}, {"bytes", corpus->bytes_.load()}});
  make_room_beside(corpus.get());
  return {};
}

void TenantCorpora::make_room_beside(const TenantCorpus* kept) {
  std::vector<TenantCorpusPtr> loaded;
  {
    ReadLock lock(mutex_);
    for (const auto& [tenant, corpus] : corpora_) {
      if (corpus->is_loaded()) loaded.push_back(corpus);
    }
  }
  std::size_t bytes = 0, count = loaded.size();
  for (const TenantCorpusPtr& corpus : loaded) bytes += corpus->bytes_;
  std::ranges::sort(loaded, {}, [](const TenantCorpusPtr& corpus) { return corpus->last_used_.load(); });
  for (const TenantCorpusPtr& corpus : loaded) {
    if (bytes <= max_bytes_) break;
    if (corpus.get() == kept) continue;
    bytes -= std::min<std::size_t>(bytes, corpus->bytes_);
    --count;
    corpus->drop();
  }
  bytes_in_memory_.set(static_cast<double>(bytes));
  tenants_in_memory_.set(static_cast<double>(count));
}

}  // namespace bailiwick::pipeline
