#include "snapshot/tenant_table.h"

namespace bailiwick::snapshot {

SnapshotPtr TenantTable::find(std::string_view id) const {
  auto slots = shards_[shard_of(id)].load();
  if (!slots) return nullptr;
  auto slot = slots->find(id);
  return slot == slots->end() ? nullptr : slot->second->snapshot.load();
}

void TenantTable::put(SnapshotPtr next) {
  MutexLock lock(writers_);
  std::string id = next->id().str();
  Shard& shard = shards_[shard_of(id)];
  auto slots = shard.load();
  if (slots) {
    if (auto slot = slots->find(id); slot != slots->end()) {
      slot->second->snapshot.store(std::move(next));
      return;
    }
  }
  auto grown = slots ? std::make_shared<Slots>(*slots) : std::make_shared<Slots>();
  auto slot = std::make_shared<Slot>();
  slot->snapshot.store(std::move(next));
  grown->emplace(std::move(id), std::move(slot));
  shard.store(std::move(grown));
  size_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace bailiwick::snapshot
