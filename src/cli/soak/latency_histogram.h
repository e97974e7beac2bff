// LatencyHistogram: how long many things took, in memory that does not grow with their number.
//
// Buckets are log-linear: one to each microsecond below 64 µs, then 32 to each doubling. So a quantile is
// never too small, and too large by at most one part in 32. At most 7 KiB. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace bailiwick::cli {

class LatencyHistogram {
 public:
  using Duration = std::chrono::microseconds;
  /// What takes longer is kept as this: 71 minutes.
  static constexpr Duration kLongest{(std::int64_t{1} << 32) - 1};

  /// Less than nothing counts as nothing.
  void record(Duration duration);
  void merge(const LatencyHistogram& other);

  std::uint64_t count() const { return count_; }
  /// The longest one, exactly; zero when there is none.
  Duration max() const { return max_; }
  /// What the share `q` (0 to 1) of all did not exceed; nothing when there is none.
  std::optional<Duration> quantile(double q) const;
  /// What the `rank` shortest (from 1) did not exceed; nothing when there are fewer.
  std::optional<Duration> at_rank(std::uint64_t rank) const;
  std::size_t buckets() const { return counts_.size(); }

 private:
  std::vector<std::uint64_t> counts_;  ///< up to the highest bucket that holds something
  std::uint64_t count_ = 0;
  Duration max_{0};
};

/// The rank, from 1, that the share `q` of `count` ends at.
std::uint64_t rank_of(double q, std::uint64_t count);

}  // namespace bailiwick::cli
