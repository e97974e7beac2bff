// ProcessSandbox: a sandbox of its own process for each trial.
//
// The program starts itself again with an empty environment and one descriptor, as a fork server
// (sandbox_fork_server.h) that forks a child for each trial; the child has one descriptor, a socket whose
// other end is here. It confines itself before it reads; what it may not do ends it. Here it is watched: at
// the deadline, or past its memory, it is killed; its report is read as a stranger's. Anything but a whole
// report and a quiet end is no verdict.
#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "bundles/fork_server_process.h"
#include "bundles/sandbox.h"

namespace bailiwick::bundles {

class ProcessSandbox final : public Sandbox {
 public:
  struct Options {
    std::string program = "/proc/self/exe";
    std::string verb = kForkServerVerb;
    std::chrono::milliseconds deadline{30'000};
    std::size_t memory_bytes = 768 << 20;  ///< resident; the child bounds its address space itself
  };
  /// `clock` outlives it.
  explicit ProcessSandbox(const Clock& clock) : ProcessSandbox(clock, Options()) {}
  ProcessSandbox(const Clock& clock, Options options);
  ~ProcessSandbox() override;

  /// Takes as long as the trial, at most the deadline. Safe from any thread.
  Result<TrialReport> run(const Trial& trial) const override;

 private:
  Result<ForkServerProcess> take_fork_server() const;
  void give_back(ForkServerProcess fork_server) const;
  Result<TrialReport> run_in(ForkServerProcess& fork_server, const Trial& trial,
                             std::string_view bytes) const;

  const Clock& clock_;
  const Options options_;
  mutable Mutex mutex_;
  mutable std::vector<ForkServerProcess> idle_ BW_GUARDED_BY(mutex_);
};

}  // namespace bailiwick::bundles
