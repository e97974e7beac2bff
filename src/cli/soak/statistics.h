// What figures of a soak are made into: fairness, growth, recovery. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cli/soak/latency_histogram.h"

namespace bailiwick::cli {

/// Jain's fairness index: 1 when all have the same, 1/n when one has all. Nothing of nobody, or when nobody
/// has any.
std::optional<double> jain_index(std::span<const double> shares);

/// The server's memory at one moment.
struct MemorySample {
  double seconds = 0;  ///< since the start
  double kib = 0;
  std::optional<double> anonymous_kib;  ///< of it, what no file stands behind: stack and heap
};
/// Nothing of nothing.
std::optional<double> median(std::vector<double> values);
/// Growth by least squares, in KiB a minute. Nothing of less than three samples, or of one moment.
std::optional<double> slope_per_minute(std::span<const MemorySample> samples);

/// One second of a recovery phase, by when its requests were due.
struct RecoverySecond {
  LatencyHistogram answered;
  std::uint64_t failed = 0;  ///< taken as slower than any answer
};
/// The first second whose p95 is below 1.5 times `steady_p95`, counted from 1. Seconds in which nothing was
/// asked say nothing. Nothing when there is none.
std::optional<std::uint64_t> seconds_to_recover(std::span<const RecoverySecond> seconds,
                                                LatencyHistogram::Duration steady_p95);

}  // namespace bailiwick::cli
