// Scratch: what a thread's decisions write to. Kept from one to the next, so that they stop allocating.
#pragma once

#include <vector>

#include "policy/cedar/value.h"

namespace bailiwick::cedar {

class Scratch {
 public:
  /// Before each decision: forgets what the last one left.
  void begin() {
    arena_.clear();
    ++decision_;
  }
  Arena& arena() { return arena_; }

  /// What a shared part of the policies gave in this decision; null when it has not been asked yet.
  const Value* recall(std::uint32_t slot) const {
    return slot < memory_.size() && memory_[slot].decision == decision_ ? &memory_[slot].value : nullptr;
  }
  void remember(std::uint32_t slot, const Value& value) {
    if (slot >= memory_.size()) memory_.resize(slot + 64);
    memory_[slot] = {decision_, value};
  }

 private:
  struct Memory {
    std::uint64_t decision = 0;
    Value value;
  };

  Arena arena_;
  std::vector<Memory> memory_;
  std::uint64_t decision_ = 1;
};

}  // namespace bailiwick::cedar
