// Calendar: where days and months begin in a tenant's time zone.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace date {
class time_zone;  // NOLINT(readability-identifier-naming): the library's name
}

namespace bailiwick::metering {

/// What a budget is counted over.
enum class Span { kDay, kMonth };
constexpr std::array<std::pair<std::string_view, Span>, 2> enum_table(Span) {
  return {{{"day", Span::kDay}, {"month", Span::kMonth}}};
}

/// One day or month: [begin, end) on the universal time line.
struct Window {
  std::int64_t ordinal = 0;  ///< of the local day since 1970-01-01, or of the local month since year 0
  WallTime begin{};
  WallTime end{};

  bool holds(WallTime time) const { return begin <= time && time < end; }
};

/// One local hour. Where daylight saving repeats an hour there are two of one local time, told apart by
/// offset.
struct Hour {
  WallTime begin{};  ///< rises from hour to hour
  std::string name;  ///< `2026-10-25T02:00+01:00`
};

/// Local days by ordinal, both ends included.
struct Days {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

class Calendar {
 public:
  /// Errors: kInvalid `limits.time_zone` for a name the system's tz database does not know.
  static Result<Calendar> in(std::string_view time_zone);

  Window at(Span span, WallTime time) const;
  /// The window of that ordinal.
  Window window(Span span, std::int64_t ordinal) const;
  Hour hour_at(WallTime time) const;

 private:
  explicit Calendar(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_;  // lives as long as the process
};

/// `day:2026-11-25`, `month:2026-11`.
std::string window_name(Span span, std::int64_t ordinal);
/// The ordinal of a name of this span. Errors: kInvalid `window.malformed`, also for the other span's names.
Result<std::int64_t> parse_window(Span span, std::string_view name);
/// `2026-11-25` of a day's ordinal.
std::string day_text(std::int64_t day);
/// The days of a month's ordinal.
Days days_of_month(std::int64_t month);
/// Reads `2026-11-25`, one day, or `2026-11`, the days of a month. Errors: kInvalid `days.malformed`.
Result<Days> parse_days(std::string_view text);

}  // namespace bailiwick::metering
