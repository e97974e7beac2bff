// GrownChains: the tenants' chains that have grown since somebody last took them, so that who counts their
// records looks at those and not at every tenant there is.
//
// Those that have grown by much come first; the others come in the order in which they began to grow. A chain
// that was taken comes again with its next record. Safe from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "base/mutex.h"

namespace bailiwick::ledger {

struct Chain;

/// By how much a chain has grown.
enum class Growth : std::uint8_t { kNone, kLittle, kMuch };

struct GrownChain {
  std::string_view tenant;  ///< good as long as the ledger
  std::uint64_t head = 0;   ///< its last record
  Chain* chain = nullptr;   ///< the ledger's own
};

class GrownChains {
 public:
  /// Records from which on it is much.
  static constexpr std::uint64_t kMuch = 10'000;

  /// `chain` has `records` more now. The caller holds its lock.
  void note(Chain& chain, std::uint64_t records) noexcept;
  /// The first of those that have grown by `growth`. Nothing: there is none.
  std::optional<GrownChain> take(Growth growth);
  /// It was dealt with up to its record `done` alone: when there are more, it comes again, after the others.
  void put_back(const GrownChain& taken, std::uint64_t done);

  /// How many there are at most.
  std::size_t size(Growth growth) const;
  /// All records of tenants' chains.
  std::uint64_t records() const { return records_.load(std::memory_order_relaxed); }

 private:
  /// Puts it where it belongs by what its head is ahead of what was taken.
  void queue(Chain& chain);

  /// Those that come wait apart from those that are taken, for who takes may be slow, and who writes a record
  /// must not wait for it.
  class Line {
   public:
    void push(Chain* chain);
    /// Null: there is none.
    Chain* pop();
    std::size_t size() const;

   private:
    mutable Mutex taking_;  // before `coming_`
    mutable Mutex coming_;
    std::deque<Chain*> first_ BW_GUARDED_BY(taking_);
    std::deque<Chain*> then_ BW_GUARDED_BY(coming_);
  };
  Line& line_of(Growth growth) { return growth == Growth::kMuch ? much_ : little_; }

  std::atomic<std::uint64_t> records_ = 0;
  Line little_, much_;
};

}  // namespace bailiwick::ledger
