// TenantCorpora: the corpora that are in memory, one per tenant, each made from the tenant's store when it is
// first needed and dropped again, least recently used first, when memory runs short.
//
// A corpus is found by a permit (or, for the built-in model, by the scope of the permit that let its caller
// in), so a question can only ever reach its own tenant's documents. Safe from any thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "base/metrics.h"
#include "base/mutex.h"
#include "retrieval/corpus.h"
#include "storage/tenant_store.h"

namespace bailiwick::pipeline {

/// One tenant's corpus. Searches run side by side; a change waits for them and they for it, for as long as it
/// takes to update the index of what changed.
class TenantCorpus {
 public:
  /// Runs `read(const retrieval::Corpus&)` and gives what it returns; nothing when the corpus is not in
  /// memory, or was cut by other limits.
  template <class Read>
  auto read(const retrieval::ChunkLimits& limits, Read&& read) const
      -> std::optional<std::invoke_result_t<Read, const retrieval::Corpus&>>;

  /// Makes one change at a time: `store` writes it down; once that has succeeded, the index follows with
  /// `removed` and `added`. Before the corpus is in memory there is no index to follow. Blocking.
  struct Change {
    std::vector<retrieval::DocumentPtr> added;                 ///< take the place of equally named ones
    std::vector<std::pair<std::string, std::string>> removed;  ///< collection and id
  };
  Status change(const std::function<Result<Change>()>& store);

 private:
  friend class TenantCorpora;
  /// Reads the store, unless that has just been done. Blocking.
  Status load(const std::function<Result<std::unique_ptr<storage::TenantSession>>()>& open,
              const retrieval::ChunkLimits& limits);
  void drop();
  bool is_loaded() const { return bytes_.load(std::memory_order_relaxed) > 0; }

  Mutex changes_;  // held across store and index, so that both tell the same story
  mutable SharedMutex mutex_;
  std::unique_ptr<retrieval::Corpus> corpus_ BW_GUARDED_BY(mutex_);
  std::atomic<std::size_t> bytes_{0};  ///< 0 = not in memory
  mutable std::atomic<std::uint64_t> last_used_{0};
};
using TenantCorpusPtr = std::shared_ptr<TenantCorpus>;

class TenantCorpora {
 public:
  /// Makes the permit with which a tenant's documents are read into memory: a task of the installation.
  using ActivationPermit =
      std::function<tenancy::Permit<tenancy::Action::kCorpusRead>(const tenancy::TenantId&)>;
  static constexpr std::size_t kDefaultMaxBytes = std::size_t{2} << 30;

  TenantCorpora(storage::TenantStore& store, ActivationPermit activation, Metrics& metrics,
                std::size_t max_bytes = kDefaultMaxBytes);

  template <tenancy::Action A>
    requires(tenancy::reach_of(A) == tenancy::Reach::kContent)
  TenantCorpusPtr of(const tenancy::Permit<A>& permit) {
    return of_scope(permit.scope());
  }
  /// Puts the corpus in memory. Blocking: reads every document of the tenant.
  template <tenancy::Action A>
    requires(tenancy::reach_of(A) == tenancy::Reach::kContent)
  Status load(const tenancy::Permit<A>& permit, const retrieval::ChunkLimits& limits) {
    return load_scope(permit.scope(), limits);
  }
  /// After a change: makes room if memory ran short.
  void make_room_beside(const TenantCorpus* kept);

 private:
  friend class LocalAnswerer;
  TenantCorpusPtr of_scope(const tenancy::TenantScope& scope);
  Status load_scope(const tenancy::TenantScope& scope, const retrieval::ChunkLimits& limits);

  storage::TenantStore& store_;
  const ActivationPermit activation_;
  const std::size_t max_bytes_;
  Gauge bytes_in_memory_;
  Gauge tenants_in_memory_;
  std::atomic<std::uint64_t> uses_{0};  ///< a clock that ticks with every use

  mutable SharedMutex mutex_;
  std::map<tenancy::TenantId, TenantCorpusPtr> corpora_ BW_GUARDED_BY(mutex_);
};

template <class Read>
auto TenantCorpus::read(const retrieval::ChunkLimits& limits, Read&& read) const
    -> std::optional<std::invoke_result_t<Read, const retrieval::Corpus&>> {
  ReadLock lock(mutex_);
  if (corpus_ == nullptr || corpus_->limits() != limits) return std::nullopt;
  return read(std::as_const(*corpus_));
}

}  // namespace bailiwick::pipeline
