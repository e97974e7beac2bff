// SoakFigures: what came of every request of a soak, by phase and tenant, in memory that its length does not
// move. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/soak/scenario.h"
#include "cli/soak/statistics.h"

namespace bailiwick::cli {

/// What became of one request, after its last attempt.
struct SoakOutcome {
  std::size_t phase = 0;
  std::size_t tenant = 0;
  std::chrono::nanoseconds due{0};        ///< from the start of its phase
  LatencyHistogram::Duration latency{0};  ///< since it was due, however late it was sent
  int status = 0;                         ///< of the answer; 0 when none came
  std::string_view error;  ///< `connect`, `timeout`, `broken`, `cut`, `unsent`; empty when none
  int retries = 0;

  bool good() const { return error.empty() && status >= 200 && status < 300; }
};

/// Requests that belong together. Of latency only answers that were wanted count, and those that never came:
/// a refusal is quick and would flatter.
struct Tally {
  std::uint64_t asked = 0;
  std::uint64_t good = 0;
  std::uint64_t retries = 0;
  LatencyHistogram latency;
  std::map<int, std::uint64_t> statuses;
  std::map<std::string, std::uint64_t, std::less<>> errors;

  void add(const SoakOutcome& outcome);
  void merge(const Tally& other);
  /// The share that did not end well; 0 when nothing was asked.
  double error_rate() const;
};

class SoakFigures {
 public:
  explicit SoakFigures(const Scenario& scenario);

  void begin_phase(std::size_t phase, double seconds) { begun_[phase] = seconds; }
  void record(const SoakOutcome& outcome);
  /// Requests whose end the run did not wait for.
  void unfinished(std::uint64_t count) { unfinished_ = count; }

  std::uint64_t unfinished() const { return unfinished_; }
  /// When it began, in seconds since the start of the run; nothing when it did not.
  std::optional<double> begun(std::size_t phase) const { return begun_[phase]; }
  const Tally& tally(std::size_t phase, std::size_t tenant) const { return tallies_[phase][tenant]; }
  Tally of_phase(std::size_t phase) const;
  Tally of_tenant(std::size_t tenant) const;
  /// Fairness among tenants: each one's share of good answers in what it asked for.
  std::optional<double> jain(std::size_t phase) const;
  /// Of the last recovery phase against the last steady phase before it.
  std::optional<std::uint64_t> recovery() const;

 private:
  const Scenario& scenario_;
  std::vector<std::vector<Tally>> tallies_;
  std::vector<std::optional<double>> begun_;
  std::map<std::size_t, std::vector<RecoverySecond>> recovery_;  ///< by phase
  std::uint64_t unfinished_ = 0;
};

}  // namespace bailiwick::cli
