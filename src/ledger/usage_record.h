// What one record of the ledger used, and what it is counted by.
#pragma once

#include <compare>

#include "base/clock.h"
#include "ledger/record.h"
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

/// Reads a record's JSON into `used`, whatever that held. Requests are counted, denials that the ledger holds
/// as a number among them; tokens, cost and documents are taken from every record, so that totals are the
/// ledger's. False: it used nothing, as a step of a lineage. Errors: kInternal `ledger.damaged`.
Result<bool> read_usage(std::string_view payload, UsageRecord& used);

/// The record's JSON would say no more of its use than its fields do: requests without `extra`, and what is
/// no request; with plain names.
bool is_counted_unread(const Record& record);
/// What read_usage would read of such a record.
bool usage_of(const Record& record, UsageRecord& used);

}  // namespace bailiwick::ledger
