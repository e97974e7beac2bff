// Rates: a full burst, then evenly, and over any stretch of time never more than the burst and what time
// brought back.
#include "metering/rate.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::metering {
namespace {

using namespace std::chrono_literals;

const MonoTime kStart{1h};

TEST(RateLimit, TakesExactlyTheLimitAtOnceAndThenOnePerInterval) {
  RateLimit rate(5, 1s);
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(rate.wait(1, kStart), 0ns) << i;
    rate.take(1, kStart);
  }
  EXPECT_EQ(rate.wait(1, kStart), 200ms);
  EXPECT_EQ(rate.remaining(kStart), 0);
  EXPECT_EQ(rate.reset(kStart), 1s);
  EXPECT_EQ(rate.wait(1, kStart + 199ms), 1ms);
  EXPECT_EQ(rate.wait(1, kStart + 200ms), 0ns);
}

TEST(RateLimit, ALimitThatDoesNotDivideThePeriodStillHasItsWholeBurst) {
  RateLimit rate(7, 1min);
  EXPECT_EQ(rate.wait(7, kStart), 0ns);
  EXPECT_GT(rate.wait(8, kStart), 0ns);
  rate.take(6, kStart);
  EXPECT_EQ(rate.remaining(kStart), 1);
}

TEST(RateLimit, ZeroAdmitsNothing) {
  RateLimit rate(0, 1s);
  EXPECT_GT(rate.wait(1, kStart), 0ns);
  EXPECT_EQ(rate.remaining(kStart), 0);
}

TEST(RateLimit, GivingBackWhatTimeGaveBackAlreadyGivesNothingTwice) {
  RateLimit rate(10, 1s);
  rate.take(10, kStart);
  MonoTime later = kStart + 2s;
  rate.give_back(10);
  EXPECT_EQ(rate.remaining(later), 10);
  EXPECT_GT(rate.wait(11, later), 0ns);
}

TEST(RateLimit, ANewLimitKeepsWhatWasCounted) {
  RateLimit rate(10, 1min);
  rate.take(8, kStart);
  EXPECT_EQ(rate.with_limit(20, kStart).remaining(kStart), 12);
  EXPECT_EQ(rate.with_limit(4, kStart).remaining(kStart), 0);
}

TEST(RateLimit, HugeNumbersDoNotWrapAround) {
  RateLimit rate(1, 1h);
  rate.take(INT64_MAX, kStart);
  EXPECT_GT(rate.wait(1, kStart + 24h), 0ns);
}

RC_GTEST_PROP(RateLimit, NeverOverBurstPlusRefill, ()) {
  const auto limit = *rc::gen::inRange<std::int64_t>(1, 5000);
  RateLimit rate(limit, 1s);
  MonoTime now = kStart;
  std::int64_t admitted = 0;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 50'000), rc::gen::inRange(1, 40)));
  for (auto [pause_us, units] : steps) {
    now += std::chrono::microseconds(pause_us);
    if (rate.wait(units, now) > 0ns) continue;
    rate.take(units, now);
    admitted += units;
    RC_ASSERT(admitted <= limit + (now - kStart) * limit / 1s);
  }
}

RC_GTEST_PROP(RateLimit, WaitingAsLongAsSaidIsEnoughAndAMomentLessIsNot, ()) {
  const auto limit = *rc::gen::inRange<std::int64_t>(1, 5000);
  const auto taken = *rc::gen::inRange<std::int64_t>(1, 10'000);
  const auto units = *rc::gen::inRange<std::int64_t>(1, limit + 1);
  RateLimit rate(limit, 1min);
  rate.take(taken, kStart);
  auto wait = rate.wait(units, kStart);
  RC_ASSERT(rate.wait(units, kStart + wait) == 0ns);
  if (wait > 0ns) RC_ASSERT(rate.wait(units, kStart + wait - 1ns) > 0ns);
}

}  // namespace
}  // namespace bailiwick::metering
