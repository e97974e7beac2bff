#include "cli/soak/statistics.h"

#include <algorithm>

namespace bailiwick::cli {

std::optional<double> jain_index(std::span<const double> shares) {
  double sum = 0, squares = 0;
  for (double share : shares) sum += share, squares += share * share;
  if (squares <= 0) return std::nullopt;
  return sum * sum / (static_cast<double>(shares.size()) * squares);
}

std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

std::optional<double> slope_per_minute(std::span<const MemorySample> samples) {
  if (samples.size() < 3) return std::nullopt;
  double n = static_cast<double>(samples.size()), time = 0, size = 0;
  for (const MemorySample& sample : samples) time += sample.seconds / n, size += sample.kib / n;
  double together = 0, spread = 0;
  for (const MemorySample& sample : samples) {
    together += (sample.seconds - time) * (sample.kib - size);
    spread += (sample.seconds - time) * (sample.seconds - time);
  }
  if (spread <= 0) return std::nullopt;
  return together / spread * 60;
}

std::optional<std::uint64_t> seconds_to_recover(std::span<const RecoverySecond> seconds,
                                                LatencyHistogram::Duration steady_p95) {
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    const RecoverySecond& second = seconds[i];
    std::uint64_t asked = second.answered.count() + second.failed;
    if (asked == 0) continue;
    auto p95 = second.answered.at_rank(rank_of(0.95, asked));
    if (p95 && 2 * *p95 < 3 * steady_p95) return i + 1;
  }
  return std::nullopt;
}

}  // namespace bailiwick::cli
