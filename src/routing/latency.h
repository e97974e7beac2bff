// Latency: how long a target's calls take of late: a quick average to choose by, and a 95th percentile to
// judge by. Safe from any thread, without a lock; a lost update between threads costs nothing but a little of
// the past.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace bailiwick::routing {

/// Peak-sensitive moving average: a slow call counts at once, quick ones win it back over ten seconds.
class LatencyAverage {
 public:
  void add(std::chrono::microseconds took, MonoTime now) {
    auto seen = static_cast<double>(took.count());
    double known = average_.load(std::memory_order_relaxed);
    std::int64_t at = now.time_since_epoch().count();
    std::int64_t before = updated_.exchange(at, std::memory_order_relaxed);
    double kept = std::exp(-static_cast<double>(std::max<std::int64_t>(at - before, 0)) / kMemoryNs);
    average_.store(seen >= known ? seen : known * kept + seen * (1 - kept), std::memory_order_relaxed);
  }
  /// In microseconds; 0 before the first call.
  double value() const { return average_.load(std::memory_order_relaxed); }

 private:
  static constexpr double kMemoryNs = 10e9;
  std::atomic<double> average_{0};
  std::atomic<std::int64_t> updated_{0};
};

/// Counts by size, four buckets to a doubling, halved every ten seconds: what it says is right to 19 % and of
/// the last half minute.
class LatencyPercentile {
 public:
  static constexpr std::uint32_t kEnoughCalls = 20;

  void add(std::chrono::microseconds took, MonoTime now) {
    age(now);
    buckets_[index_of(took)].fetch_add(1, std::memory_order_relaxed);
  }

  /// The upper edge of the bucket in which the 95th of 100 calls lies. Empty when too few calls are known.
  std::optional<std::chrono::microseconds> p95(MonoTime now) {
    age(now);
    std::array<std::uint32_t, kBuckets> seen;
    std::uint32_t all = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) all += seen[i] = buckets_[i].load(std::memory_order_relaxed);
    if (all < kEnoughCalls) return std::nullopt;
    std::uint32_t slower = all / 20;
    std::size_t i = kBuckets - 1;
    while (i > 0 && seen[i] <= slower) slower -= seen[i--];
    return upper_edge(i);
  }

 private:
  static constexpr std::size_t kBuckets = 96;  ///< up to 2^24 × 64 µs = 18 minutes
  static constexpr std::int64_t kUnit = 64;    ///< µs of the first bucket
  static constexpr std::chrono::seconds kHalfLife{10};

  static std::size_t index_of(std::chrono::microseconds took) {
    auto units = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0) / kUnit + 1);
    int octave = std::bit_width(units) - 1;
    std::uint64_t quarter = octave >= 2 ? units >> (octave - 2) & 3 : units << (2 - octave) & 3;
    return std::min(static_cast<std::size_t>(octave) * 4 + quarter, kBuckets - 1);
  }
  static std::chrono::microseconds upper_edge(std::size_t index) {
    double units = std::ldexp(1.0 + static_cast<double>(index % 4 + 1) / 4, static_cast<int>(index / 4));
    return std::chrono::microseconds((static_cast<std::int64_t>(std::ceil(units)) - 1) * kUnit);
  }

  void age(MonoTime now) {
    std::int64_t period = now.time_since_epoch() / kHalfLife;
    std::int64_t known = period_.load(std::memory_order_relaxed);
    if (period <= known || !period_.compare_exchange_strong(known, period, std::memory_order_relaxed)) return;
    int halvings = static_cast<int>(std::min<std::int64_t>(period - known, 31));
    for (auto& bucket : buckets_)
      bucket.store(bucket.load(std::memory_order_relaxed) >> halvings, std::memory_order_relaxed);
  }

  std::atomic<std::int64_t> period_{0};
  std::array<std::atomic<std::uint32_t>, kBuckets> buckets_{};
};

}  // namespace bailiwick::routing
