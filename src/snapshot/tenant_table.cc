#include "snapshot/tenant_table.h"

namespace bailiwick::snapshot {

SnapshotPtr TenantTable::find(std::string_view id) const {
  auto slots = slots_.load();
  auto slot = slots->find(id);
  return slot == slots->end() ? nullptr : slot->second->snapshot.load();
}

std::vector<SnapshotPtr> TenantTable::all() const {
  auto slots = slots_.load();
  std::vector<SnapshotPtr> out;
  out.reserve(slots->size());
  for (const auto& [id, slot] : *slots) out.push_back(slot->snapshot.load());
  return out;
}

std::size_t TenantTable::size() const {
  return slots_.load()->size();
}

void TenantTable::put(SnapshotPtr next) {
  MutexLock lock(writers_);
  auto slots = slots_.load();
  if (auto slot = slots->find(next->id().view()); slot != slots->end()) {
    slot->second->snapshot.store(std::move(next));
    return;
  }
  auto grown = std::make_shared<Slots>(*slots);
  auto slot = std::make_shared<Slot>();
  std::string id = next->id().str();
  slot->snapshot.store(std::move(next));
  grown->emplace(std::move(id), std::move(slot));
  slots_.store(std::move(grown));
}

}  // namespace bailiwick::snapshot
