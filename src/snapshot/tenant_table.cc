#include "snapshot/tenant_table.h"

namespace bailiwick::snapshot {
namespace {

bool is_in_motion(const TenantSnapshot& tenant) {
  return tenant.rollout != nullptr || tenant.lifecycle.status == TenantStatus::kTerminating;
}

}  // namespace

const TenantPlace* TenantTable::place_of(std::string_view id) const {
  auto places = shards_[shard_of(id)].load();
  if (!places) return nullptr;
  auto place = places->find(id);
  return place == places->end() ? nullptr : place->second.get();
}

SnapshotPtr TenantTable::find(std::string_view id) const {
  const TenantPlace* place = place_of(id);
  return place == nullptr ? nullptr : place->snapshot.load();
}

void TenantTable::put(SnapshotPtr next) {
  MutexLock lock(writers_);
  std::string id = next->id().str();
  Shard& shard = shards_[shard_of(id)];
  auto places = shard.load();
  if (is_in_motion(*next)) in_motion_.fetch_add(1, std::memory_order_relaxed);
  if (places) {
    if (auto place = places->find(id); place != places->end()) {
      const bool was_in_motion = is_in_motion(*place->second->snapshot.load());
      place->second->snapshot.store(std::move(next));
      if (was_in_motion) in_motion_.fetch_sub(1, std::memory_order_relaxed);
      return;
    }
  }
  auto grown = places ? std::make_shared<Places>(*places) : std::make_shared<Places>();
  auto place = std::make_shared<TenantPlace>();
  place->snapshot.store(std::move(next));
  grown->emplace(std::move(id), std::move(place));
  shard.store(std::move(grown));
  size_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace bailiwick::snapshot
