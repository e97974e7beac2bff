// DecimalRange: a number between the two of Cedar's decimals that are nearest to it, so that comparing it
// with a decimal is exact: it is below one if its floor is, and above one if its ceiling is.
#pragma once

#include <cstdint>
#include <optional>

namespace bailiwick::policy {

/// In ten-thousandths, as Cedar's decimals are kept.
struct DecimalRange {
  std::int64_t floor = 0;
  std::int64_t ceiling = 0;

  bool is_exact() const { return floor == ceiling; }
};

/// Takes the number as the shortest text that reads back as it: 0.85 is 0.85, not the binary fraction just
/// below. nullopt beyond ±922337203685477.58, where decimals end, and of what is no number.
std::optional<DecimalRange> decimals_around(double number);

}  // namespace bailiwick::policy
