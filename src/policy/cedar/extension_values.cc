#include "policy/cedar/extension_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include <fmt/format.h>

namespace bailiwick::cedar {
namespace {

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr int kDecimalDigits = 4;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Cuts exactly `width` digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t width) {
  if (text.size() < width || !std::ranges::all_of(text.substr(0, width), is_digit)) return std::nullopt;
  int value = 0;
  std::from_chars(text.data(), text.data() + width, value);
  text.remove_prefix(width);
  return value;
}

bool take_char(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int64_t> take_date(std::string_view& text) {
  auto year = take_number(text, 4);
  if (!year || !take_char(text, '-')) return std::nullopt;
  auto month = take_number(text, 2);
  if (!month || !take_char(text, '-')) return std::nullopt;
  auto day = take_number(text, 2);
  if (!day) return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(*year),
                                   std::chrono::month(static_cast<unsigned>(*month)),
                                   std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * kDay;
}

std::optional<std::int64_t> take_time(std::string_view& text) {
  if (!take_char(text, 'T')) return std::nullopt;
  auto hour = take_number(text, 2);
  if (!hour || !take_char(text, ':')) return std::nullopt;
  auto minute = take_number(text, 2);
  if (!minute || !take_char(text, ':')) return std::nullopt;
  auto second = take_number(text, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::int64_t value = *hour * kHour + *minute * kMinute + *second * kSecond;
  if (!take_char(text, '.')) return value;
  auto milliseconds = take_number(text, 3);
  if (!milliseconds) return std::nullopt;
  return value + *milliseconds;
}

/// What is to be taken away to have UTC.
std::optional<std::int64_t> take_zone(std::string_view& text) {
  if (take_char(text, 'Z')) return 0;
  bool east = text.starts_with('+');
  if (!east && !text.starts_with('-')) return std::nullopt;
  text.remove_prefix(1);
  auto hour = take_number(text, 2);
  auto minute = hour ? take_number(text, 2) : std::nullopt;
  if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
  std::int64_t offset = *hour * kHour + *minute * kMinute;
  return east ? offset : -offset;
}

}  // namespace

std::optional<std::int64_t> parse_decimal(std::string_view text) {
  std::size_t point = text.find('.');
  if (point == std::string_view::npos) return std::nullopt;
  std::string_view whole = text.substr(0, point), fraction = text.substr(point + 1);
  bool negative = take_char(whole, '-');
  if (whole.empty() || fraction.empty() || fraction.size() > kDecimalDigits) return std::nullopt;
  if (!std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(fraction, is_digit)) return std::nullopt;
  std::int64_t value = 0;
  auto push = [&](char digit) {
    int step = negative ? '0' - digit : digit - '0';
    return !__builtin_mul_overflow(value, 10, &value) && !__builtin_add_overflow(value, step, &value);
  };
  std::string digits(fraction);
  digits.resize(kDecimalDigits, '0');
  if (!std::ranges::all_of(whole, push) || !std::ranges::all_of(digits, push)) return std::nullopt;
  return value;
}

std::string decimal_to_string(std::int64_t value) {
  auto magnitude = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  std::string fraction = fmt::format("{:04}", magnitude % 10'000);
  while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
  return fmt::format("{}{}.{}", value < 0 ? "-" : "", magnitude / 10'000, fraction);
}

std::optional<std::int64_t> parse_datetime(std::string_view text) {
  auto date = take_date(text);
  if (!date || text.empty()) return date;
  auto time = take_time(text);
  auto zone = time ? take_zone(text) : std::nullopt;
  if (!zone || !text.empty()) return std::nullopt;
  return *date + *time - *zone;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
  };
  static constexpr std::array kUnits =
      std::to_array<Unit>({{"d", kDay}, {"h", kHour}, {"m", kMinute}, {"s", kSecond}, {"ms", 1}});
  bool negative = take_char(text, '-');
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  const Unit* next = kUnits.begin();
  while (!text.empty()) {
    std::uint64_t count = 0;
    auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (fault != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    std::string_view name = text.substr(0, std::min(text.find_first_of("0123456789"), text.size()));
    const Unit* unit = std::ranges::find(next, kUnits.end(), name, &Unit::name);
    if (unit == kUnits.end()) return std::nullopt;
    std::int64_t part = 0;
    if (__builtin_mul_overflow(count, unit->milliseconds, &part)) return std::nullopt;
    bool overflow =
        negative ? __builtin_sub_overflow(total, part, &total) : __builtin_add_overflow(total, part, &total);
    if (overflow) return std::nullopt;
    text.remove_prefix(name.size());
    next = unit + 1;
  }
  return total;
}

std::optional<std::int64_t> datetime_to_date(std::int64_t value) {
  std::int64_t date = 0;
  if (__builtin_sub_overflow(value, datetime_to_time(value), &date)) return std::nullopt;
  return date;
}

std::int64_t datetime_to_time(std::int64_t value) {
  std::int64_t rest = value % kDay;
  return rest < 0 ? rest + kDay : rest;
}

}  // namespace bailiwick::cedar
