#include "base/clock.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include <fmt/format.h>

namespace bailiwick {
namespace {

// Four digits of a year are all that there are.
constexpr WallTime kFirstTime = std::chrono::sys_days(
    std::chrono::year_month_day(std::chrono::year(0), std::chrono::month(1), std::chrono::day(1)));
constexpr WallTime kLastTime = WallTime(std::chrono::sys_days(std::chrono::year_month_day(
                                   std::chrono::year(10'000), std::chrono::month(1), std::chrono::day(1)))) -
                               std::chrono::microseconds(1);

/// Reads exactly `width` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t width) {
  if (at + width > text.size()) return -1;
  int value = 0;
  for (char c : text.substr(at, width)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::unexpected<Error> bad_timestamp(std::string_view text) {
  return fail(ErrorCode::kInvalid, "time.malformed",
              fmt::format("'{}' is not an RFC 3339 timestamp like 2026-01-31T12:00:00Z", text));
}

}  // namespace

WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}
MonoTime SystemClock::mono() const {
  return std::chrono::steady_clock::now();
}

ShortText<40> rfc3339(WallTime time) {
  using namespace std::chrono;
  time = std::clamp(time, kFirstTime, kLastTime);
  auto day = floor<days>(time);
  year_month_day date(day);
  auto us = static_cast<std::uint64_t>((time - day).count());
  ShortText<40> text;
  text.digits(static_cast<std::uint64_t>(static_cast<int>(date.year())), 4).text("-");
  text.digits(static_cast<unsigned>(date.month()), 2).text("-");
  text.digits(static_cast<unsigned>(date.day()), 2).text("T");
  text.digits(us / 3'600'000'000, 2).text(":").digits(us / 60'000'000 % 60, 2).text(":");
  return text.digits(us / 1'000'000 % 60, 2).text(".").digits(us % 1'000'000, 6).text("Z");
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  int year_number = digits(text, 0, 4), month_number = digits(text, 5, 2), day_number = digits(text, 8, 2);
  int hour = digits(text, 11, 2), minute = digits(text, 14, 2), second = digits(text, 17, 2);
  bool shape = text.size() >= 20 && text[4] == '-' && text[7] == '-' &&
               (text[10] == 'T' || text[10] == 't') && text[13] == ':' && text[16] == ':' &&
               year_number >= 0 && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 &&
               second <= 60 && month_number > 0 && day_number > 0;
  if (!shape) return bad_timestamp(text);
  year_month_day date(year(year_number), month(static_cast<unsigned>(month_number)),
                      day(static_cast<unsigned>(day_number)));
  if (!date.ok()) return bad_timestamp(text);
  std::size_t at = 19;
  std::int64_t fraction_us = 0;
  if (text[at] == '.') {
    std::int64_t scale = 100'000;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) {
      fraction_us += (text[at] - '0') * scale;
    }
  }
  if (at >= text.size()) return bad_timestamp(text);
  minutes offset(0);
  if (text[at] == 'Z' || text[at] == 'z') {
    ++at;
  } else {
    int hours_off = digits(text, at + 1, 2), minutes_off = digits(text, at + 4, 2);
    bool sign_ok = text[at] == '+' || text[at] == '-';
    if (!sign_ok || hours_off < 0 || hours_off > 23 || minutes_off < 0 || minutes_off > 59 ||
        text[at + 3] != ':') {
      return bad_timestamp(text);
    }
    offset = minutes((hours_off * 60 + minutes_off) * (text[at] == '-' ? -1 : 1));
    at += 6;
  }
  if (at != text.size()) return bad_timestamp(text);
  WallTime time(sys_days(date).time_since_epoch() + hours(hour) + minutes(minute) + seconds(second) +
                microseconds(fraction_us) - offset);
  if (time < kFirstTime || time > kLastTime) return bad_timestamp(text);
  return time;
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::int64_t amount = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  std::int64_t scale = unit == "ms"  ? 1
                       : unit == "s" ? 1'000
                       : unit == "m" ? 60'000
                       : unit == "h" ? 3'600'000
                       : unit == "d" ? 86'400'000
                                     : 0;
  constexpr std::int64_t kLargest = 36500LL * 86'400'000;
  if (error != std::errc() || scale == 0 || amount < 0 || amount > kLargest / scale) {
    return fail(ErrorCode::kInvalid, "duration.malformed",
                fmt::format("'{}' is not a duration; write 90d, 36h, 15m, 30s or 250ms", text));
  }
  return std::chrono::milliseconds(amount * scale);
}

}  // namespace bailiwick
