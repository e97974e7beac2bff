// What a target's calls teach of it.
#include "routing/route_memory.h"

#include <gtest/gtest.h>

namespace bailiwick::routing {
namespace {

using namespace std::chrono_literals;

TEST(TargetHealth, ACallThatWasGivenUpMakesNobodyQuicker) {
  TargetHealth health;
  MonoTime now{1'000s};
  health.learn(400ms, CallOutcome::kGood, now);
  double known = health.expected_wait();
  health.outlasted(5ms, now);
  EXPECT_EQ(health.expected_wait(), known);
  health.outlasted(900ms, now);
  EXPECT_GT(health.expected_wait(), known) << "it would have taken longer still";
}

TEST(TargetHealth, ACallThatWasGivenUpIsNeitherGoodNorBad) {
  TargetHealth health;
  MonoTime now{1'000s};
  for (int i = 0; i < 20; ++i) health.learn(10ms, CallOutcome::kFailed, now);
  for (int i = 0; i < 20; ++i) health.outlasted(5s, now);
  EXPECT_EQ(health.error_share(now), 1.0);
}

}  // namespace
}  // namespace bailiwick::routing
