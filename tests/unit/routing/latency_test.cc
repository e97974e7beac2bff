// The average follows peaks at once; the percentile is right to its buckets, and of late.
#include "routing/latency.h"

#include <gtest/gtest.h>

namespace bailiwick::routing {
namespace {

using namespace std::chrono_literals;
const MonoTime kStart{std::chrono::hours(1)};

TEST(LatencyAverage, RisesAtOnceAndFallsSlowly) {
  LatencyAverage average;
  EXPECT_EQ(average.value(), 0);
  average.add(10ms, kStart);
  average.add(100ms, kStart + 1ms);
  EXPECT_EQ(average.value(), 100'000);
  average.add(10ms, kStart + 101ms);
  EXPECT_GT(average.value(), 95'000);
  average.add(10ms, kStart + 40s);
  EXPECT_LT(average.value(), 12'000);
}

TEST(LatencyPercentile, IsTheUpperEdgeOfItsBucket) {
  for (auto took : {100us, 1'000us, 3'100us, 50'000us, 1'000'000us, 59'000'000us}) {
    LatencyPercentile latency;
    for (int i = 0; i < 100; ++i) latency.add(took, kStart);
    auto p95 = latency.p95(kStart);
    ASSERT_TRUE(p95);
    EXPECT_GE(*p95, took);
    EXPECT_LE(static_cast<double>(p95->count()), static_cast<double>(took.count()) * 1.26 + 64);
  }
}

TEST(LatencyPercentile, FiveOfAHundredMayBeSlower) {
  LatencyPercentile latency;
  for (int i = 0; i < 100; ++i) latency.add(i < 95 ? 10ms : 10s, kStart);
  EXPECT_LT(*latency.p95(kStart), 13ms);
  latency.add(10s, kStart);
  EXPECT_GE(*latency.p95(kStart), 10s);
}

TEST(LatencyPercentile, KnowsNothingOfFewCallsAndForgets) {
  LatencyPercentile latency;
  for (std::uint32_t i = 1; i < LatencyPercentile::kEnoughCalls; ++i) latency.add(1s, kStart);
  EXPECT_FALSE(latency.p95(kStart));
  latency.add(1s, kStart);
  EXPECT_TRUE(latency.p95(kStart));
  EXPECT_FALSE(latency.p95(kStart + 10s)) << "half of them are forgotten";
}

TEST(LatencyPercentile, TheSlowestOfAllFitsInTheLastBucket) {
  LatencyPercentile latency;
  for (int i = 0; i < 20; ++i) latency.add(std::chrono::hours(10), kStart);
  EXPECT_GT(*latency.p95(kStart), 10min);
}

}  // namespace
}  // namespace bailiwick::routing
