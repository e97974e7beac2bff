// What is printed is read as it was meant: durations come back, and whole numbers look whole.
#include "base/printing.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick {
namespace {

using std::chrono::milliseconds;

RC_GTEST_PROP(Printing, DurationsComeBack, ()) {
  milliseconds duration(*rc::gen::inRange<std::int64_t>(0, 36500LL * 86'400'000));
  RC_ASSERT(parse_duration(format_duration(duration)).value() == duration);
}

TEST(Printing, DurationsAreShort) {
  EXPECT_EQ(format_duration(milliseconds(0)), "0ms");
  EXPECT_EQ(format_duration(milliseconds(60'000)), "1m");
  EXPECT_EQ(format_duration(milliseconds(90'000)), "90s");
  EXPECT_EQ(format_duration(milliseconds(1'500)), "1500ms");
  EXPECT_EQ(format_duration(milliseconds(86'400'000)), "1d");
}

TEST(Printing, WholeNumbersLookWhole) {
  EXPECT_EQ(json::serialize(to_json_value(100.0)), "100");
  EXPECT_EQ(json::serialize(to_json_value(-4.0)), "-4");
  EXPECT_TRUE(to_json_value(0.5).is_double());
  EXPECT_TRUE(to_json_value(1e300).is_double());
}

}  // namespace
}  // namespace bailiwick
