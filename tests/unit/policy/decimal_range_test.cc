#include "policy/decimal_range.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::policy {
namespace {

/// `floor ceiling`, or `-`.
std::string around(double number) {
  auto range = decimals_around(number);
  return range ? fmt::format("{} {}", range->floor, range->ceiling) : "-";
}

// A number is what its shortest text says, so one that is written with four digits is one of the decimals.
TEST(DecimalRange, ANumberIsBetweenItsNeighbours) {
  EXPECT_EQ(around(0.85), "8500 8500") << "the double is a little less";
  EXPECT_EQ(around(1), "10000 10000");
  EXPECT_EQ(around(-0.0), "0 0");
  EXPECT_EQ(around(0.84995), "8499 8500");
  EXPECT_EQ(around(-0.84995), "-8500 -8499");
  EXPECT_EQ(around(0.1 + 0.2), "3000 3001") << "0.30000000000000004";
  EXPECT_EQ(around(5e-324), "0 1");
  EXPECT_EQ(around(-5e-324), "-1 0");
}

TEST(DecimalRange, WhatDecimalsDoNotHoldIsNone) {
  EXPECT_EQ(around(922337203685477), "9223372036854770000 9223372036854770000");
  EXPECT_EQ(around(-922337203685477), "-9223372036854770000 -9223372036854770000");
  EXPECT_EQ(around(922337203685478), "-");
  EXPECT_EQ(around(-1e300), "-");
  EXPECT_EQ(around(std::numeric_limits<double>::infinity()), "-");
  EXPECT_EQ(around(std::numeric_limits<double>::quiet_NaN()), "-");
}

// Comparing by floor and ceiling is comparing the numbers, here in millionths.
RC_GTEST_PROP(DecimalRangeProperty, ComparesAsTheNumbersDo, ()) {
  auto millionths = *rc::gen::inRange<std::int64_t>(-3'000'000, 3'000'000);
  auto bound = *rc::gen::inRange<std::int64_t>(-30'000, 30'000);
  double number = std::stod(fmt::format("{}e-6", millionths));
  auto range = decimals_around(number);
  RC_ASSERT(range.has_value());
  RC_ASSERT((range->floor < bound) == (millionths < bound * 100));
  RC_ASSERT((range->ceiling > bound) == (millionths > bound * 100));
}

}  // namespace
}  // namespace bailiwick::policy
