// CircuitBreaker: stops calling an upstream that keeps failing, and lets one call try again after a while.
//
// It opens after kThreshold failures in a row, or when half of the last half minute's calls failed and there
// were enough of them to tell. Then one trial per cool-down, until one succeeds; each trial that fails
// doubles the cool-down. A breaker belongs to one tenant's provider, so that no tenant can open it for
// another. Safe from any thread, without a lock.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "routing/error_window.h"

namespace bailiwick::routing {

class CircuitBreaker {
 public:
  static constexpr int kThreshold = 5;
  static constexpr std::int64_t kEnoughCalls = 20;
  static constexpr double kFailingShare = 0.5;
  static constexpr std::chrono::seconds kCoolDown{10};
  static constexpr std::chrono::seconds kLongestCoolDown{320};

  /// May this call go out? While open, one caller per cool-down gets to try.
  bool allow(MonoTime now) {
    if (!open()) return true;
    std::int64_t until = open_until_.load(std::memory_order_relaxed);
    if (ticks(now) < until) return false;
    if (!open_until_.compare_exchange_strong(until, ticks(now + cool_down()), std::memory_order_relaxed))
      return false;
    trial_.store(true, std::memory_order_relaxed);
    return true;
  }
  void succeed(MonoTime now) {
    window_.add(CallOutcome::kGood, now);
    if (failures_.load(std::memory_order_relaxed) != 0) failures_.store(0, std::memory_order_relaxed);
    if (!open()) return;
    window_.clear();
    trial_.store(false, std::memory_order_relaxed);
    trips_.store(0, std::memory_order_relaxed);
  }
  void fail(MonoTime now) {
    window_.add(CallOutcome::kFailed, now);
    int in_a_row = failures_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (!open() && in_a_row < kThreshold && !mostly_fails(now)) return;
    // What was in flight when it opened says nothing new: only a trial that fails makes the rest longer.
    if (open() && !trial_.exchange(false, std::memory_order_relaxed)) return;
    trips_.fetch_add(1, std::memory_order_relaxed);
    open_until_.store(ticks(now + cool_down()), std::memory_order_relaxed);
  }

  bool open() const { return trips_.load(std::memory_order_relaxed) > 0; }
  /// When a call may go out again; long past when one may now.
  MonoTime ready_at() const {
    return open() ? MonoTime(MonoTime::duration(open_until_.load(std::memory_order_relaxed))) : MonoTime();
  }

 private:
  static std::int64_t ticks(MonoTime time) { return time.time_since_epoch().count(); }
  bool mostly_fails(MonoTime now) const {
    ErrorWindow::Counts counts = window_.counts(now);
    return counts.calls >= kEnoughCalls && counts.share() >= kFailingShare;
  }
  std::chrono::seconds cool_down() const {
    int doublings = std::clamp(trips_.load(std::memory_order_relaxed) - 1, 0, 5);
    return std::min(kCoolDown * (1 << doublings), kLongestCoolDown);
  }

  ErrorWindow window_;
  std::atomic<int> failures_{0};    ///< in a row
  std::atomic<int> trips_{0};       ///< 0 = closed; more = cool-downs without a success
  std::atomic<bool> trial_{false};  ///< one is out
  std::atomic<std::int64_t> open_until_{0};
};

}  // namespace bailiwick::routing
