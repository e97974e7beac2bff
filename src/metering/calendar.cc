#include "metering/calendar.h"

#include <charconv>

#include <date/tz.h>
#include <fmt/format.h>

#include "base/excerpt.h"
#include "base/mutex.h"

namespace bailiwick::metering {
namespace {

using std::chrono::microseconds;

/// Midnight at the start of a local day. A midnight that daylight saving skips is the moment of the change.
WallTime start_of(const date::time_zone& zone, date::local_days day) {
  return std::chrono::time_point_cast<microseconds>(zone.to_sys(day, date::choose::earliest));
}

date::local_days local_day(std::int64_t ordinal) {
  return date::local_days(date::days(ordinal));
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

/// The library reads its list of zones when it is first asked; here, by one thread at a time. A zone's own
/// file is read when a time is first asked of it, which the sandbox may not do.
const date::time_zone* zone_named(std::string_view name) {
  static Mutex reading;
  MutexLock lock(reading);
  return date::locate_zone(name);
}

}  // namespace

Result<Calendar> Calendar::in(std::string_view time_zone) {
  try {
    return Calendar(zone_named(time_zone));
  } catch (const std::runtime_error&) {
    return fail(ErrorCode::kInvalid, "limits.time_zone",
                fmt::format("'{}' is not a time zone; write an IANA name such as Europe/Berlin", time_zone));
  }
}

Window Calendar::at(Span span, WallTime time) const {
  date::local_days day = date::floor<date::days>(zone_->to_local(time));
  if (span == Span::kDay) return window(Span::kDay, day.time_since_epoch().count());
  date::year_month_day date(day);
  return window(Span::kMonth, static_cast<int>(date.year()) * 12LL + static_cast<unsigned>(date.month()) - 1);
}

Window Calendar::window(Span span, std::int64_t ordinal) const {
  const Days days = span == Span::kDay ? Days{ordinal, ordinal} : days_of_month(ordinal);
  return {ordinal, start_of(*zone_, local_day(days.first)), start_of(*zone_, local_day(days.last + 1))};
}

Hour Calendar::hour_at(WallTime time) const {
  using std::chrono::hours, std::chrono::minutes;
  const auto offset = std::chrono::duration_cast<minutes>(zone_->get_info(time).offset);
  const auto local = date::floor<hours>(time + offset);
  const auto day = date::floor<date::days>(local);
  const date::year_month_day date(day);
  const minutes ahead = offset < minutes(0) ? -offset : offset;
  return {WallTime(local - offset),
          fmt::format("{:04}-{:02}-{:02}T{:02}:00{}{:02}:{:02}", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                      (local - day) / hours(1), offset < minutes(0) ? '-' : '+', ahead / hours(1),
                      ahead % hours(1) / minutes(1))};
}

std::string window_name(Span span, std::int64_t ordinal) {
  if (span == Span::kMonth) {
    date::year_month month = month_of(ordinal);
    return fmt::format("month:{:04}-{:02}", static_cast<int>(month.year()),
                       static_cast<unsigned>(month.month()));
  }
  return "day:" + day_text(ordinal);
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

std::string day_text(std::int64_t day) {
  date::year_month_day date{local_day(day)};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

Days days_of_month(std::int64_t month) {
  auto first = date::local_days(month_of(month) / 1);
  auto next = date::local_days((month_of(month) + date::months(1)) / 1);
  return {first.time_since_epoch().count(), next.time_since_epoch().count() - 1};
}

Result<Days> parse_days(std::string_view text) {
  if (auto day = parse_window(Span::kDay, fmt::format("day:{}", text))) return Days{*day, *day};
  if (auto month = parse_window(Span::kMonth, fmt::format("month:{}", text))) return days_of_month(*month);
  return fail(ErrorCode::kInvalid, "days.malformed",
              fmt::format("'{}' is no day or month; write one like 2026-11-25 or 2026-11", excerpt(text)));
}

}  // namespace bailiwick::metering
