// Usage in a tenant's database: what its chain of the ledger holds, added up by quarter of an hour and by
// day, and up to which record.
//
// A quarter of an hour is the longest time that lies in one local hour and one local day everywhere: time
// zones differ from UTC by multiples of it. Days are those of the tenant's time zone; they are added up from
// quarters again when it changes. Blocking; every function works through a session that a permit opened.
#pragma once

#include "ledger/usage_record.h"
#include "metering/calendar.h"
#include "storage/tenant_store.h"

namespace bailiwick::ledger::usage_store {

/// For the tenant databases.
std::vector<storage::Migration> migrations();

/// Up to which record the chain is counted. The hash tells whether it is still the same chain.
struct Position {
  std::uint64_t sequence = 0;  ///< 0 = nothing yet
  std::string hash;            ///< hex, of that record; empty at 0
  std::string time_zone;       ///< of the days; empty = there are none
};
Result<Position> position(storage::TenantSession& session);
/// Within a transaction. False, and nothing happened: somebody else has moved it away from `from`.
Result<bool> move(storage::TenantSession& session, const Position& from, const Position& to);

/// Adds to the quarter of an hour that begins at `quarter` and to the local day, `2026-11-25`.
Status add(storage::TenantSession& session, WallTime quarter, std::string_view day, const UsageKey& key,
           const metering::UsageTotals& totals);
/// Forgets all that was counted.
Status clear(storage::TenantSession& session);
/// Adds the days up again, as `calendar` has them.
Status slice_days(storage::TenantSession& session, const metering::Calendar& calendar);

/// How usage is grouped. What is not asked for is empty in the rows.
struct Grouping {
  enum class Time { kNone, kMonth, kDay, kHour } time = Time::kNone;
  bool program = false;
  bool name_space = false;
  bool principal = false;
  bool operation = false;
  bool provider = false;
  bool model = false;
};

struct Row {
  std::string time;  ///< `2026-11-25` or `2026-11`
  WallTime begin{};  ///< of hours instead: when the quarter of an hour begins
  UsageKey key;
  metering::UsageTotals totals;
};
/// What `days` used, at most `limit` groups, in no order. By hour, a row for each quarter of it.
Result<std::vector<Row>> sums(storage::TenantSession& session, const metering::Calendar& calendar,
                              metering::Days days, const Grouping& grouping, std::int64_t limit);

}  // namespace bailiwick::ledger::usage_store
