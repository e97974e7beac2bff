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

class Calendar {
 public:
  /// Errors: kInvalid `limits.time_zone` for a name the system's tz database does not know.
  static Result<Calendar> in(std::string_view time_zone);

  Window at(Span span, WallTime time) const;

 private:
  explicit Calendar(const date::time_zone* zone) : zone_(zone) {}
  const date::time_zone* zone_;  // lives as long as the process
};

/// `day:2026-11-25`, `month:2026-11`.
std::string window_name(Span span, std::int64_t ordinal);
/// The ordinal of a name of this span. Errors: kInvalid `window.malformed`, also for the other span's names.
Result<std::int64_t> parse_window(Span span, std::string_view name);

}  // namespace bailiwick::metering
