// Memory and processor time are the process's own, and time only grows.
#include "observe/process_usage.h"

#include <vector>

#include <gtest/gtest.h>

namespace bailiwick::observe {
namespace {

TEST(ProcessUsage, FollowsWhatTheProcessUses) {
  Metrics metrics;
  report_process(metrics);
  double memory = metrics.gauge("process_resident_memory_bytes", "").value();
  double cpu = metrics.counter("process_cpu_seconds_total", "").value();
  EXPECT_GT(memory, 1e6);
  EXPECT_GT(cpu, 0);
  std::vector<char> used(64 << 20, 'x');
  while (metrics.counter("process_cpu_seconds_total", "").value() <= cpu) report_process(metrics);
  EXPECT_GT(metrics.gauge("process_resident_memory_bytes", "").value(), memory + (32 << 20));
  EXPECT_EQ(used.back(), 'x');
}

}  // namespace
}  // namespace bailiwick::observe
