// Footprint: where in memory the requests of a tenant come by.
//
// With one tenant all of it lies in the processor's caches. With ten thousand none does, and a request that
// follows a pointer waits for memory at each step. So every room notes here what it touches on the way, and
// the next request of the tenant has it all fetched at once, as soon as its credential is known.
//
// A hint and nothing more: an address that is no longer good costs a little time. Safe from any thread.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>

namespace bailiwick::tenancy {

class Footprint {
 public:
  /// What lies together.
  enum class Part : std::uint8_t {
    kTenant,
    kMeter,
    kLevel,
    kDay,
    kMonth,
    kRoutes,
    kPlan,
    kTarget,
    kDeclared,
    kProvider,
    kKey,
    kBreaker,
    kHealth,
    kChainEntry,
    kChain,
    kStretch,
    kFrames,
    kTally,
    kSum,
  };

  /// `size` bytes from `begin` on; more than 63 lines are cut off.
  void note(Part part, const void* begin, std::size_t size) {
    auto at = reinterpret_cast<std::uintptr_t>(begin);
    std::uintptr_t first = at / kLine, last = size > 0 ? (at + size - 1) / kLine : first;
    std::uint64_t place = first * kLine | std::min<std::uint64_t>(last - first + 1, kMostLines);
    auto& known = places_[static_cast<std::size_t>(part)];
    if (known.load(std::memory_order_relaxed) != place) known.store(place, std::memory_order_relaxed);
  }
  template <class T>
  void note(Part part, const T& object) {
    note(part, &object, sizeof object);
  }
  /// How many lines of it are known.
  std::size_t lines(Part part) const {
    return places_[static_cast<std::size_t>(part)].load(std::memory_order_relaxed) & kMostLines;
  }

  /// In parts, for a processor waits for so many lines at a time and no more: each a little ahead of its use.
  void fetch(Part from, Part to) const {
    for (auto part = static_cast<std::size_t>(from); part <= static_cast<std::size_t>(to); ++part) {
      std::uint64_t place = places_[part].load(std::memory_order_relaxed);
      std::uint64_t line = place & ~kMostLines;
      for (std::uint64_t left = place & kMostLines; left > 0; --left, line += kLine)
        __builtin_prefetch(reinterpret_cast<const void*>(line), 1);
    }
  }

 private:
  static constexpr std::uint64_t kLine = 64, kMostLines = kLine - 1;
  std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Part::kSum) + 1> places_{};
};

}  // namespace bailiwick::tenancy
