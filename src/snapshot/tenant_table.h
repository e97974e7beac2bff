// TenantTable: every tenant's current snapshot. Readers take no lock and never wait for a change.
#pragma once

#include <map>

#include "base/published.h"
#include "snapshot/tenant_snapshot.h"

namespace bailiwick::snapshot {

class TenantTable {
 public:
  /// The tenant's snapshot, or null. Costs the same for one tenant and for a hundred thousand.
  SnapshotPtr find(std::string_view id) const;
  /// All, ordered by id.
  std::vector<SnapshotPtr> all() const;
  std::size_t size() const;
  /// Puts one snapshot in place, atomically. Serialised among writers.
  void put(SnapshotPtr next);

 private:
  struct Slot {
    Published<TenantSnapshot> snapshot;
  };
  using Slots = std::map<std::string, std::shared_ptr<Slot>, std::less<>>;
  Published<Slots> slots_{std::make_shared<const Slots>()};
  Mutex writers_;
};

}  // namespace bailiwick::snapshot
