// A breaker opens after failures in a row, lets one caller try per cool-down, and closes on a success.
#include "routing/circuit_breaker.h"

#include <gtest/gtest.h>

namespace bailiwick::routing {
namespace {

const MonoTime kStart{std::chrono::hours(1)};

void fail_often(CircuitBreaker& breaker) {
  for (int i = 0; i < CircuitBreaker::kThreshold; ++i) breaker.fail(kStart);
}

TEST(CircuitBreaker, FailuresInARowOpenItAndOneSuccessBetweenDoesNot) {
  CircuitBreaker breaker;
  for (int i = 0; i < 3 * CircuitBreaker::kThreshold; ++i) {
    breaker.fail(kStart);
    if (i % 2 == 1) breaker.succeed();
  }
  EXPECT_TRUE(breaker.allow(kStart));
  fail_often(breaker);
  EXPECT_FALSE(breaker.allow(kStart));
}

TEST(CircuitBreaker, OneTrialPerCoolDown) {
  CircuitBreaker breaker;
  fail_often(breaker);
  MonoTime later = kStart + CircuitBreaker::kCoolDown;
  EXPECT_TRUE(breaker.allow(later));
  EXPECT_FALSE(breaker.allow(later)) << "the trial is taken";
  EXPECT_TRUE(breaker.allow(later + CircuitBreaker::kCoolDown)) << "also when nobody said how it went";
  breaker.succeed();
  EXPECT_TRUE(breaker.allow(later));
  EXPECT_TRUE(breaker.allow(later));
}

}  // namespace
}  // namespace bailiwick::routing
