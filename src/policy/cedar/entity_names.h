// EntityNames: every entity's name once, and a number for each.
//
// What the policies and entities of one tenant share: names from one pool are the same memory when they are
// the same, so comparing them touches no text, and tables hold numbers. Filled while policies are compiled,
// then only read.
#pragma once

#include <memory>
#include <unordered_set>
#include <vector>

#include "policy/cedar/value.h"

namespace bailiwick::cedar {

/// Of a name in its pool; 0: it is not in there.
using Symbol = std::uint32_t;

class EntityNames {
 public:
  EntityNames() : slots_(16) {}

  Symbol intern(std::string_view type, std::string_view id);
  const Uid& name(Symbol symbol) const { return names_[symbol - 1]; }
  /// Compares texts only with a name that is this one, or whose hash is.
  Symbol find(const Uid& uid) const;
  /// Has the processor fetch what find() will look at.
  void prefetch(const Uid& uid) const { __builtin_prefetch(&slots_[slot_of(uid)]); }

  std::size_t footprint() const;

 private:
  /// Half of the hash beside the symbol, so that a slot of another name is passed over without looking at it.
  struct Slot {
    std::uint32_t print = 0;
    Symbol symbol = 0;
  };
  static std::uint32_t print_of(const Uid& uid) { return static_cast<std::uint32_t>(uid.hash >> 32); }
  std::size_t slot_of(const Uid& uid) const { return uid.hash & (slots_.size() - 1); }
  void grow();

  Arena arena_;
  std::unordered_set<std::string_view> types_;
  std::vector<Uid> names_;
  std::vector<Slot> slots_;  // open addressing, a power of two
};

using EntityNamesPtr = std::shared_ptr<EntityNames>;

}  // namespace bailiwick::cedar
