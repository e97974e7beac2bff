// What may be used at one level: rates, concurrency and money. Null means unlimited; exactly at the limit is
// allowed.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/money.h"

namespace bailiwick::metering {

/// What a budget does with a request that it does not cover.
enum class Enforcement {
  kStrict,    ///< refuses it, and cuts a stream that outgrows it: not a pico-dollar past the limit
  kExpected,  ///< counts requests by what they usually cost; what is in flight when the money ends, ends well
  kWarn,      ///< tells, and refuses nothing
};
constexpr std::array<std::pair<std::string_view, Enforcement>, 3> enum_table(Enforcement) {
  return {
      {{"strict", Enforcement::kStrict}, {"expected", Enforcement::kExpected}, {"warn", Enforcement::kWarn}}};
}

struct Limits {
  std::optional<std::int64_t> requests_per_second;
  std::optional<std::int64_t> requests_per_minute;
  std::optional<std::int64_t> requests_per_hour;
  std::optional<std::int64_t> tokens_per_second;
  std::optional<std::int64_t> tokens_per_minute;
  std::optional<std::int64_t> tokens_per_hour;
  std::optional<std::int64_t> max_concurrent_requests;
  std::optional<PicoDollars> daily_budget;
  std::optional<PicoDollars> monthly_budget;
  Enforcement enforcement = Enforcement::kStrict;
  std::string time_zone = "UTC";  ///< IANA name; days and months of the budgets begin here

  bool unlimited() const {
    return !requests_per_second && !requests_per_minute && !requests_per_hour && !tokens_per_second &&
           !tokens_per_minute && !tokens_per_hour && !max_concurrent_requests && !daily_budget &&
           !monthly_budget;
  }
  friend bool operator==(const Limits&, const Limits&) = default;
};

}  // namespace bailiwick::metering
