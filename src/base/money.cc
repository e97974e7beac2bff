#include "base/money.h"

#include <charconv>

#include <fmt/format.h>

#include "base/ascii.h"

namespace bailiwick {
namespace {

std::unexpected<Error> bad_amount(std::string_view text) {
  return fail(ErrorCode::kInvalid, "money.malformed",
              fmt::format("'{}' is not an amount in USD; write a decimal such as 12.50, at most 9000000",
                          text.substr(0, 40)));
}

}  // namespace

Result<PicoDollars> PicoDollars::parse(std::string_view decimal) {
  // Collect the digits and the power of ten of the last one; no floating point touches money.
  __int128 mantissa = 0;
  int exponent = 0;
  std::size_t at = 0;
  bool any = false, rounded = false, point = false;
  for (; at < decimal.size() && (is_digit(decimal[at]) || (decimal[at] == '.' && !point)); ++at) {
    if (decimal[at] == '.') {
      point = true;
      continue;
    }
    any = true;
    if (mantissa < static_cast<__int128>(1) << 100) {
      mantissa = mantissa * 10 + (decimal[at] - '0');
      if (point) --exponent;
    } else {
      rounded = rounded || decimal[at] != '0';
      if (!point) ++exponent;
    }
  }
  if (!any) return bad_amount(decimal);
  if (at < decimal.size() && (decimal[at] == 'e' || decimal[at] == 'E')) {
    ++at;
    if (at < decimal.size() && decimal[at] == '+') ++at;
    int shift = 0;
    auto [end, error] = std::from_chars(decimal.data() + at, decimal.data() + decimal.size(), shift);
    if (error != std::errc() || shift > 100 || shift < -100) return bad_amount(decimal);
    at = static_cast<std::size_t>(end - decimal.data());
    exponent += shift;
  }
  if (at != decimal.size()) return bad_amount(decimal);
  exponent += 12;
  const __int128 limit = static_cast<__int128>(9'000'000) * kPerDollar;
  for (; exponent > 0 && mantissa > 0; --exponent) {
    mantissa *= 10;
    if (mantissa > limit) return bad_amount(decimal);
  }
  for (; exponent < 0 && mantissa > 0; ++exponent) {
    rounded = rounded || mantissa % 10 != 0;
    mantissa /= 10;
  }
  if (rounded) ++mantissa;
  if (mantissa > limit) return bad_amount(decimal);
  return PicoDollars(static_cast<std::int64_t>(mantissa));
}

ShortText<40> PicoDollars::decimal() const {
  constexpr std::size_t kDecimals = 12;
  const std::int64_t whole = pico_ / kPerDollar, fraction = pico_ % kPerDollar;
  ShortText<40> text;
  if (pico_ < 0 && whole == 0) text.text("-");
  text.number(whole);
  if (fraction == 0) return text;
  return text.text(".")
      .digits(static_cast<std::uint64_t>(fraction < 0 ? -fraction : fraction), kDecimals)
      .without_zeros();
}

}  // namespace bailiwick
