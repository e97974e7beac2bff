#include "cli/soak/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace bailiwick::cli {
namespace {

constexpr unsigned kStepBits = 5;  // 32 buckets to each doubling
constexpr std::uint64_t kSteps = 1u << kStepBits;
constexpr std::uint64_t kExact = 2 * kSteps;  // below, a bucket is one microsecond

std::size_t bucket_of(std::uint64_t value) {
  if (value < kExact) return value;
  unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kStepBits - 1;
  return kExact + (shift - 1) * kSteps + ((value >> shift) - kSteps);
}

std::uint64_t upper_edge(std::size_t bucket) {
  if (bucket < kExact) return bucket;
  std::uint64_t shift = (bucket - kExact) / kSteps + 1, step = (bucket - kExact) % kSteps + kSteps;
  return ((step + 1) << shift) - 1;
}

}  // namespace

void LatencyHistogram::record(Duration duration) {
  Duration kept = std::clamp(duration, Duration(0), kLongest);
  std::size_t bucket = bucket_of(static_cast<std::uint64_t>(kept.count()));
  if (bucket >= counts_.size()) counts_.resize(bucket + 1);
  ++counts_[bucket];
  ++count_;
  max_ = std::max(max_, kept);
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

std::optional<LatencyHistogram::Duration> LatencyHistogram::at_rank(std::uint64_t rank) const {
  std::uint64_t passed = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    passed += counts_[i];
    if (passed >= rank) return std::min(max_, Duration(static_cast<std::int64_t>(upper_edge(i))));
  }
  return std::nullopt;
}

std::optional<LatencyHistogram::Duration> LatencyHistogram::quantile(double q) const {
  if (count_ == 0) return std::nullopt;
  return at_rank(rank_of(q, count_));
}

std::uint64_t rank_of(double q, std::uint64_t count) {
  double rank = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count));
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(rank), 1, std::max<std::uint64_t>(count, 1));
}

}  // namespace bailiwick::cli
