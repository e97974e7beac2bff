// A breaker opens after failures in a row or too many of them, lets one caller try per cool-down, and closes
// on a success.
#include "routing/circuit_breaker.h"

#include <gtest/gtest.h>

namespace bailiwick::routing {
namespace {

using namespace std::chrono_literals;
const MonoTime kStart{std::chrono::hours(1)};

void fail_often(CircuitBreaker& breaker, MonoTime now = kStart) {
  for (int i = 0; i < CircuitBreaker::kThreshold; ++i) breaker.fail(now);
}

TEST(CircuitBreaker, FailuresInARowOpenItAndOneSuccessBetweenDoesNot) {
  CircuitBreaker breaker;
  for (int i = 0; i < 9; ++i) {
    breaker.fail(kStart);
    if (i % 2 == 1) breaker.succeed(kStart);
  }
  EXPECT_TRUE(breaker.allow(kStart));
  fail_often(breaker);
  EXPECT_FALSE(breaker.allow(kStart));
}

TEST(CircuitBreaker, HalfOfEnoughCallsFailingOpensItAlsoWhenNeverInARow) {
  CircuitBreaker breaker;
  MonoTime now = kStart;
  for (int i = 0; i < CircuitBreaker::kEnoughCalls; ++i) {
    EXPECT_TRUE(breaker.allow(now)) << i;
    i % 2 == 0 ? breaker.succeed(now) : breaker.fail(now);
    now += 500ms;
  }
  EXPECT_TRUE(breaker.open());
}

TEST(CircuitBreaker, OldFailuresAreForgotten) {
  CircuitBreaker breaker;
  MonoTime now = kStart;
  for (int i = 0; i < 10 * CircuitBreaker::kEnoughCalls; ++i) {
    i % 3 == 0 ? breaker.fail(now) : breaker.succeed(now);
    now += 250ms;
  }
  EXPECT_FALSE(breaker.open()) << "a third fails";
}

TEST(CircuitBreaker, OneTrialPerCoolDown) {
  CircuitBreaker breaker;
  fail_often(breaker);
  MonoTime later = kStart + CircuitBreaker::kCoolDown;
  EXPECT_EQ(breaker.ready_at(), later);
  EXPECT_TRUE(breaker.allow(later));
  EXPECT_FALSE(breaker.allow(later)) << "the trial is taken";
  EXPECT_TRUE(breaker.allow(later + CircuitBreaker::kCoolDown)) << "also when nobody said how it went";
  breaker.succeed(later);
  EXPECT_TRUE(breaker.allow(later));
  EXPECT_TRUE(breaker.allow(later));
  EXPECT_LT(breaker.ready_at(), later);
}

TEST(CircuitBreaker, EachFailedTrialDoublesTheRestAndASuccessEndsThat) {
  CircuitBreaker breaker;
  fail_often(breaker);
  for (auto rest : {20s, 40s, 80s, 160s, 320s, 320s}) {
    MonoTime trial = breaker.ready_at();
    ASSERT_TRUE(breaker.allow(trial));
    breaker.fail(trial);
    EXPECT_EQ(breaker.ready_at() - trial, rest);
  }
  MonoTime trial = breaker.ready_at();
  ASSERT_TRUE(breaker.allow(trial));
  breaker.succeed(trial);
  fail_often(breaker, trial);
  EXPECT_EQ(breaker.ready_at() - trial, CircuitBreaker::kCoolDown);
}

TEST(CircuitBreaker, WhatWasInFlightWhenItOpenedDoesNotMakeTheRestLonger) {
  CircuitBreaker breaker;
  for (int i = 0; i < 100; ++i) breaker.fail(kStart);
  EXPECT_EQ(breaker.ready_at(), kStart + CircuitBreaker::kCoolDown);
}

}  // namespace
}  // namespace bailiwick::routing
