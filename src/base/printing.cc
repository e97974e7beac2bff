#include "base/printing.h"

#include <fmt/format.h>

namespace bailiwick {

std::string format_duration(std::chrono::milliseconds duration) {
  constexpr std::pair<std::int64_t, std::string_view> kUnits[] = {
      {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}};
  std::int64_t count = duration.count();
  for (auto [scale, unit] : kUnits) {
    if (count != 0 && count % scale == 0) return fmt::format("{}{}", count / scale, unit);
  }
  return fmt::format("{}ms", count);
}

}  // namespace bailiwick
