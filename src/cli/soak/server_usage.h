// What a server uses of its machine: from /proc when its process is known, else from its own metrics.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include <sys/types.h>

#include "base/result.h"

namespace bailiwick::cli {

struct ServerUsage {
  double resident_kib = 0;
  std::optional<double> anonymous_kib;  ///< of it, without pages of files; /proc alone tells
  double cpu_seconds = 0;               ///< of all threads since its start
};

/// Errors: kNotFound `process.gone` naming the process.
Result<ServerUsage> usage_of_process(pid_t pid);
/// From `process_resident_memory_bytes` and `process_cpu_seconds_total`; nothing when the first is not there.
std::optional<ServerUsage> usage_in_metrics(std::string_view exposition);
/// The value of a metric that has no labels.
std::optional<double> metric_value(std::string_view exposition, std::string_view name);

/// Bytes that were written below `folder`: each file up to its last byte that is not zero, for journals
/// allocate their blocks ahead.
std::uint64_t written_bytes(const std::filesystem::path& folder);

}  // namespace bailiwick::cli
