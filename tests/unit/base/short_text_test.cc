// Text of a known largest size: what is put together, and that nothing is written past its end.
#include "base/short_text.h"

#include <limits>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/money.h"

namespace bailiwick {
namespace {

TEST(ShortText, IsPutTogetherFromPieces) {
  ShortText<40> text;
  text.text("a=").number(-12).text(";b=").digits(1207, 3).text(".").digits(340, 4).without_zeros();
  EXPECT_EQ(text.view(), "a=-12;b=207.034");
}

TEST(ShortText, HoldsTheLargestNumberAndNotAByteMore) {
  EXPECT_EQ(ShortText<20>().number(std::numeric_limits<std::int64_t>::min()).view(), "-9223372036854775808");
  EXPECT_THROW(ShortText<19>().number(std::numeric_limits<std::int64_t>::min()), InvariantViolation);
  EXPECT_THROW(ShortText<3>().text("four"), InvariantViolation);
  EXPECT_THROW(ShortText<3>().text("ab").digits(7, 2), InvariantViolation);
  EXPECT_EQ(ShortText<3>().text("abc").view(), "abc");
}

TEST(ShortText, OfMoneyIsTheShortestDecimal) {
  auto text = [](std::int64_t pico) { return PicoDollars(pico).to_decimal(); };
  EXPECT_EQ(text(0), "0");
  EXPECT_EQ(text(340'000'000), "0.00034");
  EXPECT_EQ(text(12 * PicoDollars::kPerDollar), "12");
  EXPECT_EQ(text(100 * PicoDollars::kPerDollar + 1), "100.000000000001");
  EXPECT_EQ(text(-5), "-0.000000000005");
  EXPECT_EQ(text(-1'500'000'000'000), "-1.5");
  EXPECT_EQ(text(std::numeric_limits<std::int64_t>::min()), "-9223372.036854775808");
}

TEST(ShortText, OfATimeIsReadAsThatTime) {
  for (const char* text : {"2026-11-25T12:00:00.000001Z", "1970-01-01T00:00:00.000000Z",
                           "1969-12-31T23:59:59.999999Z", "2028-02-29T09:08:07.060504Z"})
    EXPECT_EQ(to_rfc3339(parse_rfc3339(text).value()), text);
}

TEST(ShortText, OfATimeHasAYearOfFourDigits) {
  EXPECT_EQ(to_rfc3339(WallTime::max()), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(to_rfc3339(WallTime::min()), "0000-01-01T00:00:00.000000Z");
  for (const char* outside : {"9999-12-31T23:59:59-05:00", "0000-01-01T00:00:00+01:00"})
    EXPECT_FALSE(parse_rfc3339(outside)) << outside;
  EXPECT_TRUE(parse_rfc3339("9999-12-31T23:59:59Z"));
}

}  // namespace
}  // namespace bailiwick
