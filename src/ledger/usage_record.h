// What one record of the ledger used, and what it is counted by.
#pragma once

#include <compare>

#include "base/clock.h"
#include "metering/usage_totals.h"

namespace bailiwick::ledger {

/// Empty = the record names none.
struct UsageKey {
  std::string program;
  std::string name_space;
  std::string principal;  ///< `token:tok_…`
  std::string operation;  ///< an action: `models.chat`
  std::string provider;
  std::string model;

  friend auto operator<=>(const UsageKey&, const UsageKey&) = default;
};

struct UsageRecord {
  WallTime time{};
  UsageKey key;
  metering::UsageTotals totals;
};

/// Reads a record's JSON. Requests are counted, denials that the ledger holds as a number among them; tokens,
/// cost and documents are taken from every record, so that totals are the ledger's. Nothing: it used nothing,
/// as a step of a lineage. Errors: kInternal `ledger.damaged`.
Result<std::optional<UsageRecord>> usage_of(std::string_view payload);

}  // namespace bailiwick::ledger
