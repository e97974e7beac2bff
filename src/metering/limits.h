// What a tenant may use: rates, concurrency and money. Null means unlimited; exactly at the limit is allowed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/money.h"

namespace bailiwick::metering {

struct Limits {
  std::optional<std::int64_t> requests_per_second;
  std::optional<std::int64_t> requests_per_minute;
  std::optional<std::int64_t> requests_per_hour;
  std::optional<std::int64_t> tokens_per_minute;
  std::optional<std::int64_t> max_concurrent_requests;
  std::optional<PicoDollars> daily_budget;
  std::optional<PicoDollars> monthly_budget;
  std::string time_zone = "UTC";  ///< IANA name; days and months of the budgets begin here

  friend bool operator==(const Limits&, const Limits&) = default;
};

}  // namespace bailiwick::metering
