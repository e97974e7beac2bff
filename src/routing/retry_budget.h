// RetryBudget: lets a share of a tenant's calls be retried, so that retries cannot multiply a provider's
// trouble.
//
// Each call earns `share` of a retry, each retry costs one; at most kMost are saved up, which a tenant has at
// the start. Safe from any thread, without a lock.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace bailiwick::routing {

class RetryBudget {
 public:
  static constexpr std::int64_t kMost = 10;

  void earn(double share) {
    auto earned = static_cast<std::int64_t>(share * kOne);
    std::int64_t held = held_.load(std::memory_order_relaxed);
    while (held < kMost * kOne && !held_.compare_exchange_weak(held, std::min(held + earned, kMost * kOne),
                                                               std::memory_order_relaxed)) {
    }
  }
  /// False when nothing is left.
  bool spend() {
    std::int64_t held = held_.load(std::memory_order_relaxed);
    while (held >= kOne) {
      if (held_.compare_exchange_weak(held, held - kOne, std::memory_order_relaxed)) return true;
    }
    return false;
  }

 private:
  static constexpr std::int64_t kOne = 1000;
  std::atomic<std::int64_t> held_{kMost * kOne};
};

}  // namespace bailiwick::routing
