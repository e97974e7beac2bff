#include "metering/decimal.h"

#include <charconv>

#include <fmt/format.h>

#include "base/ascii.h"

namespace bailiwick::metering {
namespace {

constexpr Wide power_of_ten(int exponent) {
  Wide power = 1;
  for (; exponent > 0; --exponent) power *= 10;
  return power;
}

constexpr Wide kLargest = 9'000'000 * power_of_ten(Decimal::kMoneyPlaces);

std::unexpected<Error> malformed(std::string_view text) {
  return fail(ErrorCode::kInvalid, "decimal.malformed",
              fmt::format("'{}' is not a decimal number from 0 to 9000000 with at most 12 decimals; write "
                          "one like 12.50",
                          text.substr(0, 40)));
}

std::unexpected<Error> too_large() {
  return fail(ErrorCode::kTooLarge, "amount.too_large",
              "the amount is larger than can be reckoned with; look for a price or a count that is wrong");
}

/// Digits of `text` without its point, and how many of them stand behind it.
struct Digits {
  std::string digits;
  int behind = 0;
  std::size_t size = 0;  ///< of the text that they took
};
Digits digits_of(std::string_view text) {
  Digits out;
  bool point = false;
  for (; out.size < text.size(); ++out.size) {
    char c = text[out.size];
    if (c == '.' && !point) {
      point = true;
    } else if (is_digit(c)) {
      out.digits += c;
      out.behind += point ? 1 : 0;
    } else {
      break;
    }
  }
  return out;
}

/// The number behind `e`, or 0 when there is none.
std::optional<int> exponent_of(std::string_view text) {
  if (text.empty()) return 0;
  if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
  text.remove_prefix(text.starts_with("e+") || text.starts_with("E+") ? 2 : 1);
  int exponent = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  bool good = error == std::errc() && end == text.data() + text.size() && std::abs(exponent) <= 100;
  return good ? std::optional(exponent) : std::nullopt;
}

std::string text_of(Wide number) {
  std::string text;
  do {
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
    number /= 10;
  } while (number != 0);
  return text;
}

}  // namespace

Result<Decimal> Decimal::parse(std::string_view text) {
  Digits read = digits_of(text);
  std::optional<int> exponent = exponent_of(text.substr(read.size));
  if (read.digits.empty() || !exponent) return malformed(text);
  // Zeros at the end say nothing, so they may be as many as they like.
  int shift = kMoneyPlaces - read.behind + *exponent;
  while (shift < 0 && read.digits.ends_with('0')) {
    read.digits.pop_back();
    ++shift;
  }
  Wide units = 0;
  for (char digit : read.digits) {
    units = units * 10 + (digit - '0');
    if (units > kLargest) return malformed(text);
  }
  if (units == 0) return Decimal(0, kMoneyPlaces);
  if (shift < 0) return malformed(text);
  for (; shift > 0; --shift) {
    units *= 10;
    if (units > kLargest) return malformed(text);
  }
  return Decimal(units, kMoneyPlaces);
}

std::string Decimal::fixed() const {
  bool negative = units_ < 0;
  std::string digits = text_of(negative ? -units_ : units_);
  auto behind = static_cast<std::size_t>(places_);
  if (digits.size() <= behind) digits.insert(0, behind + 1 - digits.size(), '0');
  if (behind > 0) digits.insert(digits.size() - behind, ".");
  return negative ? "-" + digits : digits;
}

std::string Decimal::str() const {
  std::string text = fixed();
  if (places_ == 0) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

Decimal Decimal::rounded(int places) const {
  BW_CHECK(places <= places_);
  const Wide step = power_of_ten(places_ - places);
  Wide quotient = units_ / step, rest = units_ % step;
  const Wide twice = 2 * (rest < 0 ? -rest : rest);
  bool up = twice > step || (twice == step && quotient % 2 != 0);
  if (up) quotient += units_ < 0 ? -1 : 1;
  return {quotient, places};
}

Result<Decimal> sum_of(Decimal a, Decimal b) {
  BW_CHECK(a.places() == b.places());
  Wide units = 0;
  if (__builtin_add_overflow(a.units(), b.units(), &units)) return too_large();
  return Decimal(units, a.places());
}

Result<Decimal> product_of(Decimal a, Decimal b) {
  Wide units = 0;
  if (__builtin_mul_overflow(a.units(), b.units(), &units)) return too_large();
  return Decimal(units, a.places() + b.places());
}

}  // namespace bailiwick::metering
