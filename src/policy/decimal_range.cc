#include "policy/decimal_range.h"

#include <array>
#include <charconv>
#include <string>

#include "policy/cedar/extension_values.h"

namespace bailiwick::policy {
namespace {

constexpr std::size_t kDigits = 4;

/// Without an exponent; the longest is that of the smallest number there is.
std::string shortest_text(double number) {
  std::array<char, 400> text{};
  auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  return {text.data(), end};
}

}  // namespace

std::optional<DecimalRange> decimals_around(double number) {
  std::string text = shortest_text(number);
  std::size_t point = text.find('.');
  if (point == std::string::npos) {
    point = text.size();
    text += ".0";
  }
  std::size_t end = point + 1 + kDigits;
  bool is_exact = text.size() <= end;
  auto towards_zero = cedar::parse_decimal(text.substr(0, end));
  if (!towards_zero) return std::nullopt;
  if (is_exact) return DecimalRange{*towards_zero, *towards_zero};
  if (number < 0) return DecimalRange{*towards_zero - 1, *towards_zero};
  return DecimalRange{*towards_zero, *towards_zero + 1};
}

}  // namespace bailiwick::policy
