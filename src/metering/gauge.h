// Gauge: so many at one moment. Lock-free; never past its limit, whoever asks at the same time.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

namespace bailiwick::metering {

class Gauge {
 public:
  /// Absent = unlimited. What is held stays held, also above a new limit.
  void set_limit(std::optional<std::int64_t> limit) {
    limit_.store(limit.value_or(kUnlimited), std::memory_order_relaxed);
  }

  /// One more, or false: the limit is reached. Also counts without a limit, so that one set later knows.
  bool take() {
    std::int64_t held = held_.load(std::memory_order_relaxed);
    do {
      if (held >= limit_.load(std::memory_order_relaxed)) return false;
    } while (!held_.compare_exchange_weak(held, held + 1, std::memory_order_acq_rel));
    return true;
  }
  void give_back() { held_.fetch_sub(1, std::memory_order_acq_rel); }

  std::int64_t held() const { return held_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::int64_t kUnlimited = INT64_MAX;
  std::atomic<std::int64_t> held_{0};
  std::atomic<std::int64_t> limit_{kUnlimited};
};

}  // namespace bailiwick::metering
