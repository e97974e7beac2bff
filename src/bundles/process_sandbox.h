// ProcessSandbox: a sandbox of its own process for each trial.
//
// The program starts itself again (sandbox_child.h) with an empty environment and one descriptor, a socket
// whose other end is here. The child confines itself before it reads; what it may not do ends it. Here it is
// watched: at the deadline, or past its memory, it is killed; its report is read as a stranger's. Anything
// but a whole report and a quiet end is no verdict.
#pragma once

#include "base/clock.h"
#include "bundles/sandbox.h"

namespace bailiwick::bundles {

class ProcessSandbox final : public Sandbox {
 public:
  struct Options {
    std::string program = "/proc/self/exe";
    std::string verb = "sandbox-child";
    std::chrono::milliseconds deadline{30'000};
    std::size_t memory_bytes = 768 << 20;  ///< resident; the child bounds its address space itself
  };
  /// `clock` outlives it.
  explicit ProcessSandbox(const Clock& clock) : clock_(clock) {}
  ProcessSandbox(const Clock& clock, Options options) : clock_(clock), options_(std::move(options)) {}

  /// Takes as long as the trial, at most the deadline. Safe from any thread.
  Result<TrialReport> run(const Trial& trial) const override;

 private:
  const Clock& clock_;
  const Options options_;
};

}  // namespace bailiwick::bundles
