// Arrivals: when the requests of a phase are due. The times do not depend on how quickly anything is
// answered: that is what makes a load open, and its latencies true of callers who do not wait for each other.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "base/random.h"
#include "cli/soak/scenario.h"

namespace bailiwick::cli {

class Arrivals {
 public:
  /// The phase and the generator must outlive this.
  Arrivals(const SoakPhase& phase, Spacing spacing, Random& random)
      : phase_(phase), spacing_(spacing), random_(random) {}

  /// When the next one is due, from the start of the phase; nothing once the phase is over.
  std::optional<std::chrono::nanoseconds> next();

 private:
  struct Stretch {
    double rate;                     ///< requests a second
    std::chrono::nanoseconds until;  ///< from the start of the phase
  };
  /// The rate at a time, and for how long it stays so.
  Stretch stretch_at(std::chrono::nanoseconds at) const;

  const SoakPhase& phase_;
  const Spacing spacing_;
  Random& random_;
  std::chrono::nanoseconds at_{0};
};

/// Picks indices in proportion to weights.
class WeightedChoice {
 public:
  /// `weights` are positive and not empty.
  explicit WeightedChoice(std::span<const double> weights);
  std::size_t pick(Random& random) const;

 private:
  std::vector<double> sums_;
};

/// At least 0, less than 1.
double unit_interval(Random& random);

}  // namespace bailiwick::cli
