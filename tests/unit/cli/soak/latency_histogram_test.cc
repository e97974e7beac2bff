// Quantiles that are never too small and hardly too large, in memory that does not grow.
#include "cli/soak/latency_histogram.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::cli {
namespace {

using std::chrono::microseconds;

TEST(LatencyHistogram, KnowsNothingOfNothing) {
  LatencyHistogram empty;
  EXPECT_EQ(empty.quantile(0.5), std::nullopt);
  EXPECT_EQ(empty.at_rank(1), std::nullopt);
  EXPECT_EQ(empty.max(), microseconds(0));
}

TEST(LatencyHistogram, IsExactWhereBucketsAreSingleMicroseconds) {
  LatencyHistogram histogram;
  for (int i = 1; i <= 50; ++i) histogram.record(microseconds(i));
  EXPECT_EQ(histogram.quantile(0.5), microseconds(25));
  EXPECT_EQ(histogram.quantile(0.98), microseconds(49));
  EXPECT_EQ(histogram.quantile(1), microseconds(50));
  EXPECT_EQ(histogram.quantile(0), microseconds(1));
}

// Whatever is recorded, each quantile lies between the true one and 1/32 above it.
RC_GTEST_PROP(LatencyHistogram, IsCloseToTheTruth, ()) {
  auto raw =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint32_t>>(rc::gen::arbitrary<std::uint32_t>()));
  LatencyHistogram histogram;
  for (std::uint32_t value : raw) histogram.record(microseconds(value));
  std::ranges::sort(raw);
  for (double q : {0.0, 0.5, 0.95, 0.99, 1.0}) {
    double truth = raw[rank_of(q, raw.size()) - 1];
    auto got = static_cast<double>(histogram.quantile(q)->count());
    RC_ASSERT(got >= truth);
    RC_ASSERT(got <= truth * (1 + 1.0 / 32) + 1);
  }
  RC_ASSERT(histogram.max().count() == raw.back());
}

TEST(LatencyHistogram, StaysSmall) {
  LatencyHistogram histogram;
  histogram.record(std::chrono::hours(1000));
  histogram.record(microseconds(-5));
  for (std::int64_t i = 1; i < (std::int64_t{1} << 32); i *= 3) histogram.record(microseconds(i));
  EXPECT_LE(histogram.buckets(), 1000u);
  EXPECT_EQ(histogram.max(), LatencyHistogram::kLongest);
  EXPECT_EQ(histogram.at_rank(1), microseconds(0));
}

TEST(LatencyHistogram, TwoTogetherAreOne) {
  LatencyHistogram one, other, both;
  for (int i = 0; i < 1000; ++i) {
    microseconds value(i * i);
    (i % 3 == 0 ? one : other).record(value);
    both.record(value);
  }
  one.merge(other);
  EXPECT_EQ(one.count(), 1000u);
  for (double q : {0.1, 0.5, 0.9, 0.999}) EXPECT_EQ(one.quantile(q), both.quantile(q));
  EXPECT_EQ(one.max(), both.max());
}

TEST(LatencyHistogram, RanksBeginWithOne) {
  EXPECT_EQ(rank_of(0, 10), 1u);
  EXPECT_EQ(rank_of(0.95, 20), 19u);
  EXPECT_EQ(rank_of(0.95, 1), 1u);
  EXPECT_EQ(rank_of(2, 10), 10u);
}

}  // namespace
}  // namespace bailiwick::cli
