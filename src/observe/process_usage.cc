#include "observe/process_usage.h"

#include <ctime>
#include <fstream>

#include <unistd.h>

namespace bailiwick::observe {
namespace {

/// By the kernel's count of pages; 0 when it does not say.
double resident_bytes() {
  std::ifstream pages("/proc/self/statm");
  double all = 0, resident = 0;
  pages >> all >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Of all threads, user's and kernel's.
double cpu_seconds() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

}  // namespace

void report_process(Metrics& metrics) {
  metrics.gauge("process_resident_memory_bytes", "Memory of the process that is not swapped out.")
      .set(resident_bytes());
  Counter cpu = metrics.counter("process_cpu_seconds_total", "Processor time of the process.");
  cpu.add(cpu_seconds() - cpu.value());
}

}  // namespace bailiwick::observe
