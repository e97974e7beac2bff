// Requests are due at the rate that the phase says, whatever becomes of them, and at the same times for one
// seed.
#include "cli/soak/arrivals.h"

#include <gtest/gtest.h>

namespace bailiwick::cli {
namespace {

using namespace std::chrono_literals;

std::vector<std::chrono::nanoseconds> all(const SoakPhase& phase, Spacing spacing, std::uint64_t seed = 1) {
  SeededRandom random(seed);
  Arrivals arrivals(phase, spacing, random);
  std::vector<std::chrono::nanoseconds> times;
  while (auto at = arrivals.next()) times.push_back(*at);
  return times;
}

TEST(Arrivals, ComeEvenly) {
  SoakPhase phase{.duration = 1000ms, .rate = 4};
  EXPECT_EQ(all(phase, Spacing::kEven), (std::vector<std::chrono::nanoseconds>{250ms, 500ms, 750ms}));
}

TEST(Arrivals, ComeAsOftenAsTheRateSays) {
  SoakPhase phase{.duration = 100'000ms, .rate = 100};
  auto times = all(phase, Spacing::kPoisson);
  EXPECT_NEAR(static_cast<double>(times.size()), 10'000, 400);  // four standard deviations
  EXPECT_TRUE(std::ranges::is_sorted(times));
  EXPECT_LT(times.back(), phase.duration);
  EXPECT_GE(times.front(), 0ns);
}

TEST(Arrivals, AreTheSameForASeed) {
  SoakPhase phase{.duration = 1000ms, .rate = 50};
  EXPECT_EQ(all(phase, Spacing::kPoisson, 7), all(phase, Spacing::kPoisson, 7));
  EXPECT_NE(all(phase, Spacing::kPoisson, 7), all(phase, Spacing::kPoisson, 8));
}

TEST(Arrivals, HavePeaksInABurst) {
  SoakPhase phase{.kind = PhaseKind::kBurst,
                  .duration = 10'500ms,
                  .rate = 10,
                  .burst_rate = 1000,
                  .burst_every = 5000ms,
                  .burst_length = 1000ms};
  auto times = all(phase, Spacing::kEven);
  auto within = [&](std::chrono::nanoseconds from, std::chrono::nanoseconds until) {
    return std::ranges::count_if(times, [&](auto at) { return at >= from && at < until; });
  };
  EXPECT_NEAR(static_cast<double>(within(0s, 1s)), 1000, 2);
  EXPECT_NEAR(static_cast<double>(within(1s, 5s)), 40, 2);
  EXPECT_NEAR(static_cast<double>(within(5s, 6s)), 1000, 2);
  EXPECT_NEAR(static_cast<double>(within(10s, 11s)), 500, 2);
}

TEST(Arrivals, EndWithThePhaseHoweverRare) {
  EXPECT_TRUE(all({.duration = 10ms, .rate = 0.01}, Spacing::kEven).empty());
}

TEST(WeightedChoice, IsInProportion) {
  SeededRandom random(3);
  WeightedChoice choice(std::vector<double>{1, 3, 0.5});
  std::array<int, 3> picked{};
  for (int i = 0; i < 45'000; ++i) ++picked[choice.pick(random)];
  EXPECT_NEAR(picked[0], 10'000, 500);
  EXPECT_NEAR(picked[1], 30'000, 500);
  EXPECT_NEAR(picked[2], 5'000, 400);
}

}  // namespace
}  // namespace bailiwick::cli
