#include "metering/calendar.h"

#include <charconv>

#include <date/tz.h>
#include <fmt/format.h>

namespace bailiwick::metering {
namespace {

using std::chrono::microseconds;

/// Midnight at the start of a local day. A midnight that daylight saving skips is the moment of the change.
WallTime start_of(const date::time_zone& zone, date::local_days day) {
  return std::chrono::time_point_cast<microseconds>(zone.to_sys(day, date::choose::earliest));
}

date::year_month month_of(std::int64_t ordinal) {
  return date::year(static_cast<int>(ordinal / 12)) / date::month(static_cast<unsigned>(ordinal % 12 + 1));
}

/// Reads `text` as a whole number, or -1.
int number(std::string_view text) {
  int value = -1;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : -1;
}

std::unexpected<Error> malformed(std::string_view name) {
  return fail(ErrorCode::kInvalid, "window.malformed",
              fmt::format("'{}' is not a budget window like day:2026-11-25 or month:2026-11", name));
}

}  // namespace

Result<Calendar> Calendar::in(std::string_view time_zone) {
  try {
    return Calendar(date::locate_zone(time_zone));
  } catch (const std::runtime_error&) {
    return fail(ErrorCode::kInvalid, "limits.time_zone",
                fmt::format("'{}' is not a time zone; write an IANA name such as Europe/Berlin", time_zone));
  }
}

Window Calendar::at(Span span, WallTime time) const {
  date::local_days day = date::floor<date::days>(zone_->to_local(time));
  if (span == Span::kDay) {
    return {day.time_since_epoch().count(), start_of(*zone_, day), start_of(*zone_, day + date::days(1))};
  }
  date::year_month_day date(day);
  date::year_month month = date.year() / date.month();
  return {static_cast<int>(month.year()) * 12LL + static_cast<unsigned>(month.month()) - 1,
          start_of(*zone_, date::local_days(month / 1)),
          start_of(*zone_, date::local_days((month + date::months(1)) / 1))};
}

std::string window_name(Span span, std::int64_t ordinal) {
  if (span == Span::kMonth) {
    date::year_month month = month_of(ordinal);
    return fmt::format("month:{:04}-{:02}", static_cast<int>(month.year()),
                       static_cast<unsigned>(month.month()));
  }
  date::year_month_day day{date::local_days(date::days(ordinal))};
  return fmt::format("day:{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

Result<std::int64_t> parse_window(Span span, std::string_view name) {
  std::string_view prefix = span == Span::kDay ? "day:" : "month:";
  std::size_t length = prefix.size() + (span == Span::kDay ? 10 : 7);
  if (!name.starts_with(prefix) || name.size() != length) return malformed(name);
  std::string_view text = name.substr(prefix.size());
  int year = number(text.substr(0, 4)), month = number(text.substr(5, 2));
  int day = span == Span::kDay ? number(text.substr(8, 2)) : 1;
  if (year < 0 || month < 1 || day < 1) return malformed(name);
  date::year_month_day date(date::year(year), date::month(static_cast<unsigned>(month)),
                            date::day(static_cast<unsigned>(day)));
  if (!date.ok()) return malformed(name);
  std::int64_t ordinal =
      span == Span::kDay ? date::local_days(date).time_since_epoch().count() : year * 12LL + month - 1;
  if (window_name(span, ordinal) != name) return malformed(name);
  return ordinal;
}

}  // namespace bailiwick::metering
