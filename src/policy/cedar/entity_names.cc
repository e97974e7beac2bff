#include "policy/cedar/entity_names.h"

#include <utility>

namespace bailiwick::cedar {

Symbol EntityNames::find(const Uid& uid) const {
  for (std::size_t at = slot_of(uid);; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (slot.symbol == 0) return 0;
    if (slot.print == print_of(uid) && name(slot.symbol) == uid) return slot.symbol;
  }
}

Symbol EntityNames::intern(std::string_view type, std::string_view id) {
  Uid named(type, id);
  if (Symbol known = find(named)) return known;
  if (slots_.size() < 2 * (names_.size() + 1)) grow();
  auto kept = types_.find(type);
  if (kept == types_.end()) kept = types_.insert(arena_.copy(type)).first;
  named.type = *kept;
  named.id = arena_.copy(id);
  names_.push_back(named);
  auto symbol = static_cast<Symbol>(names_.size());
  std::size_t at = slot_of(named);
  while (slots_[at].symbol != 0) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {print_of(named), symbol};
  return symbol;
}

void EntityNames::grow() {
  std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.size() * 2));
  for (const Slot& slot : old) {
    if (slot.symbol == 0) continue;
    std::size_t at = slot_of(name(slot.symbol));
    while (slots_[at].symbol != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

std::size_t EntityNames::footprint() const {
  return arena_.footprint() + names_.capacity() * sizeof(Uid) + slots_.capacity() * sizeof(Slot);
}

}  // namespace bailiwick::cedar
