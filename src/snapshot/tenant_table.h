// TenantTable: every tenant's current snapshot. Readers take no lock and never wait for a change.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/published.h"
#include "snapshot/tenant_snapshot.h"
#include "tenancy/footprint.h"

namespace bailiwick::snapshot {

/// What stays the same through all snapshots of one tenant.
struct TenantPlace {
  Published<TenantSnapshot> snapshot;  ///< the current one; never null
  mutable tenancy::Footprint footprint;
};

class TenantTable {
 public:
  /// The tenant's snapshot, or null. Costs the same for one tenant and for a hundred thousand, and so does
  /// another tenant.
  SnapshotPtr find(std::string_view id) const;
  /// Where the tenant stands, or null. Good as long as the table, whatever becomes of the tenant.
  const TenantPlace* place_of(std::string_view id) const;
  /// All, ordered by id.
  std::vector<SnapshotPtr> all() const {
    return all_that([](const TenantSnapshot&) { return true; });
  }
  /// Those that `wanted` picks, ordered by id. Putting all in order takes longer than looking at each.
  template <class Wanted>
  std::vector<SnapshotPtr> all_that(Wanted wanted) const {
    std::vector<SnapshotPtr> out;
    for (const Shard& shard : shards_) {
      auto places = shard.load();
      if (!places) continue;
      for (const auto& [id, place] : *places) {
        SnapshotPtr tenant = place->snapshot.load();
        if (wanted(*tenant)) out.push_back(std::move(tenant));
      }
    }
    std::ranges::sort(out, {}, [](const SnapshotPtr& tenant) { return tenant->id().view(); });
    return out;
  }
  std::size_t size() const { return size_.load(std::memory_order_relaxed); }
  /// How many of them are on their way: their end is being carried out, or they roll something out. While
  /// none is, nobody needs to look for them among all.
  std::int64_t in_motion() const { return in_motion_.load(std::memory_order_relaxed); }
  /// Puts one snapshot in place, atomically. Serialised among writers.
  void put(SnapshotPtr next);

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Places = boost::unordered_flat_map<std::string, std::shared_ptr<TenantPlace>, Hash, std::equal_to<>>;
  using Shard = Published<Places>;  ///< copied when a tenant is added; null while it has none
  static constexpr std::size_t kShards = 1024;

  static std::size_t shard_of(std::string_view id) { return Hash()(id) % kShards; }

  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> size_ = 0;
  std::atomic<std::int64_t> in_motion_ = 0;
  Mutex writers_;
};

}  // namespace bailiwick::snapshot
