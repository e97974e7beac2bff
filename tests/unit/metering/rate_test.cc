// Rates: a full burst, then evenly, and over any stretch of time never more than the burst and what time
// brought back.
#include "metering/rate.h"

#include <thread>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::metering {
namespace {

using namespace std::chrono_literals;

const MonoTime kStart{1h};

/// A rate with a limit from the start.
struct Limited : Rate {
  Limited(std::int64_t limit, std::chrono::nanoseconds period) : Rate(period) { set_limit(limit, kStart); }
};

TEST(Rate, TakesExactlyTheLimitAtOnceAndThenOnePerInterval) {
  Limited rate(5, 1s);
  for (int i = 0; i < 5; ++i) ASSERT_EQ(rate.take(1, kStart), 0ns) << i;
  EXPECT_EQ(rate.take(1, kStart), 200ms);
  EXPECT_EQ(rate.remaining(kStart), 0);
  EXPECT_EQ(rate.reset(kStart), 1s);
  EXPECT_EQ(rate.take(1, kStart + 199ms), 1ms);
  EXPECT_EQ(rate.take(1, kStart + 200ms), 0ns);
}

TEST(Rate, ALimitThatDoesNotDivideThePeriodStillHasItsWholeBurst) {
  Limited rate(7, 1min);
  EXPECT_GT(rate.take(8, kStart), 0ns);
  EXPECT_EQ(rate.take(6, kStart), 0ns);
  EXPECT_EQ(rate.remaining(kStart), 1);
}

TEST(Rate, ZeroAdmitsNothing) {
  Limited rate(0, 1s);
  EXPECT_GT(rate.take(1, kStart), 0ns);
  EXPECT_EQ(rate.remaining(kStart), 0);
}

TEST(Rate, WithoutALimitEverythingFits) {
  Rate rate(1s);
  EXPECT_EQ(rate.take(INT64_MAX, kStart), 0ns);
  EXPECT_EQ(rate.limit(), std::nullopt);
  rate.set_limit(1, kStart);
  EXPECT_EQ(rate.take(1, kStart), 0ns);
}

TEST(Rate, GivingBackAtOnceGivesAllBack) {
  Limited rate(10, 1s);
  rate.take(10, kStart);
  rate.give_back(4, {10, kStart}, kStart);
  EXPECT_EQ(rate.remaining(kStart), 4);
}

TEST(Rate, WhatTimeGaveBackAlreadyIsNotGivenTwice) {
  Limited rate(10, 1s);
  rate.take(10, kStart);
  MonoTime later = kStart + 10s;
  EXPECT_EQ(rate.take(10, later), 0ns) << "another's";
  rate.give_back(9, {10, kStart}, later);
  EXPECT_GT(rate.take(1, later), 0ns) << "nothing of the other's is given away";
}

TEST(Rate, HalfOfItBackByTimeLeavesHalfToGiveBack) {
  Limited rate(10, 1s);
  rate.take(10, kStart);
  MonoTime later = kStart + 500ms;
  rate.give_back(10, {10, kStart}, later);
  EXPECT_EQ(rate.remaining(later), 10);
}

TEST(Rate, WhatWasNeverCountedIsNotGivenBack) {
  Rate rate(1min);
  EXPECT_EQ(rate.take(10, kStart), 0ns);
  rate.set_limit(10, kStart + 1s);
  rate.take(10, kStart + 1s);
  rate.give_back(10, {10, kStart}, kStart + 1s);
  EXPECT_EQ(rate.remaining(kStart + 1s), 0);
}

TEST(Rate, ANewLimitKeepsWhatWasCounted) {
  Limited rate(10, 1min);
  rate.take(8, kStart);
  rate.set_limit(20, kStart);
  EXPECT_EQ(rate.remaining(kStart), 12);
  rate.set_limit(4, kStart);
  EXPECT_EQ(rate.remaining(kStart), 0);
}

TEST(Rate, HugeNumbersDoNotWrapAround) {
  Limited rate(1, 1h);
  rate.charge(INT64_MAX, kStart);
  EXPECT_GT(rate.take(1, kStart), 0ns);
  EXPECT_EQ(rate.take(1, kStart + 2h), 0ns) << "nobody is locked for longer than two periods";
}

RC_GTEST_PROP(Rate, NeverOverBurstPlusRefill, ()) {
  const auto limit = *rc::gen::inRange<std::int64_t>(1, 5000);
  Limited rate(limit, 1s);
  MonoTime now = kStart;
  std::int64_t admitted = 0;
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 50'000), rc::gen::inRange(1, 40)));
  for (auto [pause_us, units] : steps) {
    now += std::chrono::microseconds(pause_us);
    if (rate.take(units, now) > 0ns) continue;
    admitted += units;
    RC_ASSERT(admitted <= limit + (now - kStart) * limit / 1s);
  }
}

/// Takes that are given back, in part and late, in any order: what stays taken never passes burst and refill.
RC_GTEST_PROP(Rate, RefundsNeverMakeRoomForMore, ()) {
  const auto limit = *rc::gen::inRange<std::int64_t>(1, 200);
  Limited rate(limit, 1s);
  MonoTime now = kStart;
  std::vector<Rate::Taken> open;
  std::int64_t used = 0, held = 0;
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
      rc::gen::tuple(rc::gen::inRange(0, 600), rc::gen::inRange(1, 60), rc::gen::inRange(0, 101)));
  for (auto [pause_ms, units, percent] : steps) {
    now += std::chrono::milliseconds(pause_ms);
    if (percent % 2 == 0 || open.empty()) {
      if (rate.take(units, now) > 0ns) continue;
      open.push_back({units, now});
      held += units;
    } else {
      Rate::Taken taken = open.front();
      open.erase(open.begin());
      std::int64_t unused = taken.units * percent / 100;
      rate.give_back(unused, taken, now);
      held -= taken.units;
      used += taken.units - unused;
    }
    RC_ASSERT(used + held <= limit + (now - kStart) * limit / 1s + 1);
  }
}

RC_GTEST_PROP(Rate, WaitingAsLongAsSaidIsEnoughAndAMomentLessIsNot, ()) {
  const auto limit = *rc::gen::inRange<std::int64_t>(1, 5000);
  const auto taken = *rc::gen::inRange<std::int64_t>(1, 10'000);
  const auto units = *rc::gen::inRange<std::int64_t>(1, limit + 1);
  Limited rate(limit, 1min);
  rate.charge(taken, kStart);
  auto wait = rate.take(units, kStart);
  RC_PRE(wait > 0ns);
  RC_ASSERT(rate.take(units, kStart + wait - 1ns) > 0ns);
  RC_ASSERT(rate.take(units, kStart + wait) == 0ns);
}

TEST(Rate, ManyThreadsTakeTheLimitExactly) {
  constexpr std::int64_t kLimit = 10'000;
  Limited rate(kLimit, 1h);
  std::atomic<std::int64_t> taken{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kLimit; ++i) taken += rate.take(1, kStart) == 0ns ? 1 : 0;
    });
  }
  threads.clear();
  EXPECT_EQ(taken, kLimit);
}

}  // namespace
}  // namespace bailiwick::metering
