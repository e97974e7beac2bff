// ErrorWindow: how many of the calls of the last half minute failed. Safe from any thread, without a lock.
//
// Six buckets of five seconds, each one word: its time, and what was counted then. A bucket whose time is
// over is begun anew by whoever counts first, so nothing has to be swept.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace bailiwick::routing {

/// How a call of an upstream went.
enum class CallOutcome { kGood, kFailed };

class ErrorWindow {
 public:
  static constexpr std::chrono::seconds kBucket{5};
  static constexpr std::int64_t kBuckets = 6;

  struct Counts {
    std::int64_t calls = 0;
    std::int64_t failed = 0;
    double share() const { return calls == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(calls); }
  };

  void add(CallOutcome outcome, MonoTime now) {
    std::uint64_t time = time_of(now);
    std::atomic<std::uint64_t>& bucket = buckets_[time % kBuckets];
    std::uint64_t one = outcome == CallOutcome::kFailed ? kFailure + kCall : kCall;
    std::uint64_t word = bucket.load(std::memory_order_relaxed);
    while (true) {
      std::uint64_t next = word >> kTimeShift == time ? word + one : (time << kTimeShift) + one;
      if (word >> kTimeShift == time && (word & kCountMask) == kCountMask)
        return;  // full: the share is known
      if (bucket.compare_exchange_weak(word, next, std::memory_order_relaxed)) return;
    }
  }

  Counts counts(MonoTime now) const {
    Counts out;
    std::uint64_t time = time_of(now);
    for (const auto& bucket : buckets_) {
      std::uint64_t word = bucket.load(std::memory_order_relaxed);
      if (time - (word >> kTimeShift) >= kBuckets) continue;
      out.calls += static_cast<std::int64_t>(word & kCountMask);
      out.failed += static_cast<std::int64_t>(word >> kFailedShift & kCountMask);
    }
    return out;
  }

  void clear() {
    for (auto& bucket : buckets_) bucket.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr int kFailedShift = 16;
  static constexpr int kTimeShift = 32;
  static constexpr std::uint64_t kCountMask = (1 << kFailedShift) - 1;
  static constexpr std::uint64_t kCall = 1;
  static constexpr std::uint64_t kFailure = std::uint64_t{1} << kFailedShift;

  /// In buckets; never one of the first, so that an empty word is of no time that counts.
  static std::uint64_t time_of(MonoTime now) {
    return static_cast<std::uint64_t>(now.time_since_epoch() / kBucket) + kBuckets;
  }

  std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
};

}  // namespace bailiwick::routing
