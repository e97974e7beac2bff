// Exact numbers: what is written is what is read, and half a cent goes to the even one.
#include "metering/decimal.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::metering {
namespace {

std::string read(std::string_view text) {
  auto parsed = Decimal::parse(text);
  return parsed ? parsed->str() : parsed.error().reason;
}

TEST(Decimal, ReadsWhatPeopleAndProgramsWrite) {
  EXPECT_EQ(read("12"), "12");
  EXPECT_EQ(read("0.50"), "0.5");
  EXPECT_EQ(read("6e-08"), "0.00000006");
  EXPECT_EQ(read("1.5E3"), "1500");
  EXPECT_EQ(read("0.000000000001"), "0.000000000001");
  EXPECT_EQ(read("0.0000000000010000"), "0.000000000001") << "zeros at the end say nothing";
  EXPECT_EQ(read("9000000"), "9000000");
  EXPECT_EQ(read("0e99"), "0");
  EXPECT_EQ(read(".5"), "0.5");
}

// A price that would have to be rounded is not the price that was meant.
TEST(Decimal, RefusesWhatItCannotHold) {
  for (std::string_view bad :
       {"", ".", "-1", "+1", "1.2.3", "1e", "1e-13", "0.0000000000001", "9000000.1", "1e7", "1,5", "abc",
        "0x1", "1 ", "1e1000", "99999999999999999999999999999999999999999999"}) {
    EXPECT_EQ(read(bad), "decimal.malformed") << bad;
  }
}

TEST(Decimal, PrintsWithAndWithoutItsPlaces) {
  EXPECT_EQ(Decimal(1250, 2).str(), "12.5");
  EXPECT_EQ(Decimal(1250, 2).fixed(), "12.50");
  EXPECT_EQ(Decimal(5, 2).fixed(), "0.05");
  EXPECT_EQ(Decimal(-5, 2).fixed(), "-0.05");
  EXPECT_EQ(Decimal(100, 0).str(), "100");
  EXPECT_EQ(Decimal(0, 12).str(), "0");
}

TEST(Decimal, AHalfGoesToTheEvenNeighbour) {
  auto cents = [](std::string_view text) { return Decimal::parse(text)->rounded(2).fixed(); };
  EXPECT_EQ(cents("0.005"), "0.00");
  EXPECT_EQ(cents("0.015"), "0.02");
  EXPECT_EQ(cents("0.025"), "0.02");
  EXPECT_EQ(cents("0.025000000001"), "0.03");
  EXPECT_EQ(cents("0.004999999999"), "0.00");
  EXPECT_EQ(Decimal(-15, 3).rounded(2).fixed(), "-0.02");
  EXPECT_EQ(Decimal(-25, 3).rounded(2).fixed(), "-0.02");
}

TEST(Decimal, TooLargeIsAnErrorAndNeverWraps) {
  const Decimal huge(Wide{1} << 126, 0);
  EXPECT_EQ(sum_of(huge, huge).error().reason, "amount.too_large");
  EXPECT_EQ(product_of(huge, Decimal(2, 0)).error().reason, "amount.too_large");
  EXPECT_EQ(product_of(Decimal(25, 1), Decimal(4, 2))->str(), "0.1");
}

RC_GTEST_PROP(DecimalProperty, PrintsWhatItReads, ()) {
  const auto pico = *rc::gen::inRange<std::int64_t>(0, 9'000'000LL * PicoDollars::kPerDollar);
  const PicoDollars amount(pico);
  auto parsed = Decimal::parse(amount.to_decimal());
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(*parsed == Decimal::of(amount));
  RC_ASSERT(parsed->str() == amount.to_decimal());
}

}  // namespace
}  // namespace bailiwick::metering
