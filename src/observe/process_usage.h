// What this process uses of the machine, under the names that Prometheus's own libraries have for it.
#pragma once

#include "base/metrics.h"

namespace bailiwick::observe {

/// Sets `process_resident_memory_bytes` and `process_cpu_seconds_total` to what holds now.
void report_process(Metrics& metrics);

}  // namespace bailiwick::observe
