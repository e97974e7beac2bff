// CircuitBreaker: stops calling an upstream that keeps failing, and lets one call try again after a while.
//
// Closed until kThreshold failures in a row; then open for kCoolDown; then one trial per kCoolDown until one
// succeeds. A breaker belongs to one tenant's provider, so that no tenant can open it for another. Safe from
// any thread, without a lock.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace bailiwick::routing {

class CircuitBreaker {
 public:
  static constexpr int kThreshold = 5;
  static constexpr std::chrono::seconds kCoolDown{10};

  /// May this call go out? While open, one caller per cool-down gets to try.
  bool allow(MonoTime now) {
    if (failures_.load(std::memory_order_relaxed) < kThreshold) return true;
    std::int64_t until = open_until_.load(std::memory_order_relaxed);
    if (ticks(now) < until) return false;
    return open_until_.compare_exchange_strong(until, ticks(now + kCoolDown), std::memory_order_relaxed);
  }
  void succeed() {
    if (failures_.load(std::memory_order_relaxed) != 0) failures_.store(0, std::memory_order_relaxed);
  }
  void fail(MonoTime now) {
    if (failures_.fetch_add(1, std::memory_order_relaxed) + 1 >= kThreshold) {
      open_until_.store(ticks(now + kCoolDown), std::memory_order_relaxed);
    }
  }
  bool open() const { return failures_.load(std::memory_order_relaxed) >= kThreshold; }

 private:
  static std::int64_t ticks(MonoTime time) { return time.time_since_epoch().count(); }
  std::atomic<int> failures_{0};
  std::atomic<std::int64_t> open_until_{0};
};

}  // namespace bailiwick::routing
