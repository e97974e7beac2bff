// Sandbox: where stage 3 of a bundle runs: what it says is tried out before it is let near a tenant.
//
// A port. The program gives a child process that can do nothing else (process_sandbox.h); tests give their
// own process.
#pragma once

#include "bundles/flips.h"
#include "snapshot/bundle_format.h"

namespace bailiwick::bundles {

/// A bundle that is to be tried out. Stages 1 and 2 found nothing wrong with it.
struct Trial {
  std::string tenant;
  std::string place;  ///< stands before paths in problems
  snapshot::FileTexts files;
  snapshot::FileTexts guardrails;  ///< `*.cedar` of `_platform`
  Recorded recorded = {};          ///< decisions to be made again under it
};

/// It has nothing for stage 3 to run: no rules, no patterns, no tests, no decisions. Only settings, and those
/// were read where they are used.
bool is_settings_alone(const Trial& trial);

/// What the trial came to.
struct TrialReport {
  std::int64_t tests = 0;         ///< cases of the bundle's own that were decided
  std::vector<Problem> problems;  ///< none: it passed. Each at `place/path:line:column`
  Replay replay = {};             ///< of what passed
};

class Sandbox {
 public:
  virtual ~Sandbox() = default;
  /// Blocks. Errors: kInvalid `bundle.sandbox` when the trial came to no verdict: it took too long or too
  /// much memory, crashed, or tried what it may not; kUnavailable `bundle.sandbox` when it could not be
  /// begun. Either refuses the bundle.
  virtual Result<TrialReport> run(const Trial& trial) const = 0;
};

/// No sandbox: runs here, with all that this process may do. For tests, and for files that we made ourselves.
class InProcessSandbox final : public Sandbox {
 public:
  Result<TrialReport> run(const Trial& trial) const override;
};

}  // namespace bailiwick::bundles
