#include "policy/cedar/extension_values.h"

#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::cedar {
namespace {

TEST(DecimalTest, HasFourDigitsBehindThePoint) {
  EXPECT_EQ(parse_decimal("1.5"), 15'000);
  EXPECT_EQ(parse_decimal("-0.0001"), -1);
  EXPECT_EQ(parse_decimal("922337203685477.5807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_decimal("-922337203685477.5808"), std::numeric_limits<std::int64_t>::min());
  for (std::string_view text : {"", "1", "1.", ".1", "1.23456", "1.2.3", "+1.0", "a.b",
                                "922337203685477.5808", "--1.0", "1.-2", " 1.0"}) {
    EXPECT_FALSE(parse_decimal(text)) << text;
  }
}

RC_GTEST_PROP(DecimalTest, IsReadBack, (std::int64_t value)) {
  RC_ASSERT(parse_decimal(decimal_to_string(value)) == value);
}

TEST(DatetimeTest, DatesTimesAndOffsets) {
  EXPECT_EQ(parse_datetime("1970-01-01"), 0);
  EXPECT_EQ(parse_datetime("1970-01-02T00:00:00Z"), 86'400'000);
  EXPECT_EQ(parse_datetime("1970-01-01T00:00:00.123Z"), 123);
  EXPECT_EQ(parse_datetime("1970-01-01T01:00:00+0100"), 0);
  EXPECT_EQ(parse_datetime("1969-12-31T23:00:00.000-0100"), 0);
  EXPECT_EQ(parse_datetime("2024-02-29"), 1'709'164'800'000);
  for (std::string_view text :
       {"", "1970", "1970-1-1", "2023-02-29", "1970-01-01T", "1970-01-01T00:00:00", "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.1Z", "1970-01-01T00:00:00+01:00",
        "1970-01-01T00:00:00+2400", "1970-01-01T00:00:00Zx", "1970-13-01"}) {
    EXPECT_FALSE(parse_datetime(text)) << text;
  }
}

TEST(DatetimeTest, TheTimeIsBehindTheDateBefore1970Too) {
  EXPECT_EQ(datetime_to_date(-1), -86'400'000);
  EXPECT_EQ(datetime_to_time(-1), 86'399'999);
  EXPECT_EQ(datetime_to_time(-86'400'000), 0);
  EXPECT_FALSE(datetime_to_date(std::numeric_limits<std::int64_t>::min()));
}

TEST(DurationTest, UnitsStandInTheirOrder) {
  EXPECT_EQ(parse_duration("1d2h3m4s5ms"), 93'784'005);
  EXPECT_EQ(parse_duration("-1ms"), -1);
  EXPECT_EQ(parse_duration("3m"), 180'000);
  EXPECT_EQ(parse_duration("90s"), 90'000);
  for (std::string_view text : {"", "-", "1", "1h1d", "1d1d", "1x", "d", "1d ", "999999999999d",
                                "9223372036854775808ms", "+1d", "1.5d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace
}  // namespace bailiwick::cedar
