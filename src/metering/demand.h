// What a request is expected to use, and what it used.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/money.h"
#include "tenancy/footprint.h"

namespace bailiwick::metering {

/// What a request is expected to use, at most.
struct Demand {
  std::int64_t tokens = 0;
  PicoDollars cost;
  /// Content with less when a budget holds less: as much of `cost` as is left is reserved, but not below
  /// this. Absent = all of `cost` or nothing.
  std::optional<PicoDollars> least_cost = std::nullopt;
  /// 0 for a call made inside a request that was admitted already: it takes no request rate and no
  /// concurrency slot.
  std::int64_t requests = 1;
};

/// What it really used.
struct Usage {
  std::int64_t tokens = 0;
  PicoDollars cost;
};

/// For whom, below the tenant. Empty = nobody narrower.
struct Payer {
  std::string_view program;
  std::string_view token;  ///< `token:tok_…`, when that token has limits of its own
  tenancy::Footprint* footprint = nullptr;
};

}  // namespace bailiwick::metering
