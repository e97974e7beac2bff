#include "cli/soak/arrivals.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace bailiwick::cli {

using std::chrono::nanoseconds;

Arrivals::Stretch Arrivals::stretch_at(nanoseconds at) const {
  nanoseconds end = phase_.duration;
  if (phase_.kind != PhaseKind::kBurst) return {phase_.rate, end};
  nanoseconds every = phase_.burst_every, peak_begin = at / every * every,
              peak_end = peak_begin + nanoseconds(phase_.burst_length);
  if (at < peak_end) return {phase_.burst_rate, std::min(end, peak_end)};
  return {phase_.rate, std::min(end, peak_begin + every)};
}

std::optional<nanoseconds> Arrivals::next() {
  // Requests that have to pass until the next one: one of them when they come evenly, and one on average
  // else.
  double ahead = spacing_ == Spacing::kEven ? 1.0 : -std::log1p(-unit_interval(random_));
  while (at_ < phase_.duration) {
    Stretch stretch = stretch_at(at_);
    double fit = std::chrono::duration<double>(stretch.until - at_).count() * stretch.rate;
    if (ahead < fit) {
      at_ += nanoseconds(std::llround(ahead / stretch.rate * 1e9));
      return at_;
    }
    ahead -= fit;
    at_ = stretch.until;
  }
  return std::nullopt;
}

WeightedChoice::WeightedChoice(std::span<const double> weights) : sums_(weights.size()) {
  std::partial_sum(weights.begin(), weights.end(), sums_.begin());
}

std::size_t WeightedChoice::pick(Random& random) const {
  double at = unit_interval(random) * sums_.back();
  auto found = std::ranges::upper_bound(sums_, at);
  return std::min<std::size_t>(static_cast<std::size_t>(found - sums_.begin()), sums_.size() - 1);
}

double unit_interval(Random& random) {
  return static_cast<double>(random.next64() >> 11) * 0x1p-53;
}

}  // namespace bailiwick::cli
