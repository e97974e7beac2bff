// LoadGenerator: plays a scenario against a server, on one thread and one event loop.
//
// Requests are sent when they are due, answered or not what went before; each counts from when it was due.
// Ends with the last phase and what is still in flight then, or at SIGINT or SIGTERM.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/soak/figures.h"
#include "cli/soak/server_usage.h"

namespace bailiwick::cli {

/// Where the load goes, and who sends it.
struct SoakTarget {
  std::string url;
  std::string ca_file;
  std::vector<std::string> tokens;  ///< in the order of the scenario's tenants
  std::optional<pid_t> pid;         ///< of the server, when it is known
  std::string metrics_token;        ///< for /metrics, when the process is not known
};

/// What was seen beside the answers.
struct SoakRun {
  double seconds = 0;
  bool interrupted = false;
  LatencyHistogram lateness;  ///< from when a request was due until we began to send it: our own fault
  std::uint64_t most_in_flight = 0;
  std::vector<MemorySample> memory;  ///< once a second
  std::optional<ServerUsage> before, after;
};

class LoadGenerator {
 public:
  /// What is given must outlive it.
  LoadGenerator(const Scenario& scenario, const SoakTarget& target, SoakFigures& figures,
                const Context& context);
  ~LoadGenerator();
  LoadGenerator(const LoadGenerator&) = delete;
  LoadGenerator& operator=(const LoadGenerator&) = delete;

  /// Blocks until the end. Errors: kInvalid for a bad address, and `usage.pid` when the scenario bounds the
  /// server's memory and it cannot be seen.
  Result<SoakRun> run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bailiwick::cli
