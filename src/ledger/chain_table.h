// ChainTable: every chain's end and where its records stand. Chains are never removed.
//
// Each chain has a lock of its own, held while its next record is encoded and hashed, so that tenants do not
// wait for each other's hashing. It is taken before the journal's lock.
#pragma once

#include <array>
#include <functional>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/mutex.h"
#include "ledger/grown_chains.h"
#include "ledger/segment_index.h"
#include "ledger/usage_tally.h"
#include "tenancy/footprint.h"

namespace bailiwick::ledger {

struct Chain {
  explicit Chain(std::string_view chain_name) : name(chain_name) {}

  const std::string name;
  mutable Mutex mutex;
  ChainPoint head BW_GUARDED_BY(mutex);
  std::vector<Stretch> stretches BW_GUARDED_BY(mutex);  // in order of segments
  /// What the latest records used, until somebody counts it; null = of none.
  mutable std::unique_ptr<UsageTally> tally BW_GUARDED_BY(mutex);
  /// By how much it has grown since its record `taken`, as far as it stands in a queue for that.
  Growth growth BW_GUARDED_BY(mutex) = Growth::kNone;
  std::uint64_t taken BW_GUARDED_BY(mutex) = 0;

  /// Books a frame that was appended: it stands at `offset` of `segment` and makes `end` the head.
  void add(std::uint64_t segment, std::uint32_t offset, const ChainPoint& end, WallTime time)
      BW_REQUIRES(mutex);
  /// Adds up what `records` used, which were written behind `before` and end at the head.
  void tally_up(const ChainPoint& before, std::span<const Record> records, TallySpace& space) noexcept
      BW_REQUIRES(mutex);
  /// What the next record comes by.
  void note_in(tenancy::Footprint& footprint) const BW_REQUIRES(mutex);
};

/// Safe from any thread.
class ChainTable {
 public:
  /// Made on first use; the reference stays good.
  Chain& get(std::string_view name, tenancy::Footprint* footprint = nullptr);
  /// Null when nothing was ever written to it.
  const Chain* find(std::string_view name) const;
  ChainPoint head_of(std::string_view name) const;

  /// Adds the stretches of a segment that was read at start. Errors: kInternal `ledger.damaged` when one does
  /// not follow its chain.
  Status attach(SegmentIndex& index);
  /// Every chain, in no order.
  void each(const std::function<void(Chain&)>& visit);
  /// What the chains have of a segment to which nothing is appended any more, ordered by chain.
  std::vector<std::pair<std::string, Stretch>> stretches_of(std::uint64_t segment);
  /// The tables of a segment are in its index file now; memory lets go of them.
  void release_tables(const SegmentIndex& index);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
  };
  struct alignas(64) Shard {
    mutable Mutex mutex;
    boost::unordered_flat_map<std::string, std::unique_ptr<Chain>, Hash, std::equal_to<>> chains
        BW_GUARDED_BY(mutex);
  };
  static constexpr std::size_t kShards = 16;
  Shard& shard_of(std::string_view name) { return shards_[Hash()(name) % kShards]; }
  const Shard& shard_of(std::string_view name) const { return shards_[Hash()(name) % kShards]; }

  std::array<Shard, kShards> shards_;
};

}  // namespace bailiwick::ledger
