// UsageRollups: what tenants used, added up from their chains of the ledger, each record once.
//
// What was counted and up to which record is written in one transaction that holds only when nobody else has
// moved on since: whatever is killed, repeated or done twice at once, no record is counted twice and none is
// left out. A chain that is no longer the one that was counted, because a disk lost its end or a copy was put
// back, is counted anew. Blocking: call it on the blocking pool. Safe from any thread.
#pragma once

#include <functional>

#include "ledger/ledger.h"
#include "ledger/usage_store.h"

namespace bailiwick::ledger {

struct UsageProgress {
  std::uint64_t counted = 0;  ///< up to this record
  std::uint64_t head = 0;     ///< of the chain when it was asked
};

/// What some days used. Rows are in order: by time, then by the parts of the key. Hours are named as
/// `2026-11-25T14:00+01:00`.
struct UsageReport {
  std::vector<usage_store::Row> rows;
  metering::UsageTotals total;
  std::uint64_t through = 0;  ///< the last record that is counted
};

class UsageRollups {
 public:
  using ReadPermit = tenancy::Permit<tenancy::Action::kLedgerRead>;
  /// Makes the permit with which a tenant's chain is read: a task of the installation.
  using ReadPermits = std::function<ReadPermit(const tenancy::TenantId&)>;

  static constexpr std::int64_t kMostRows = 100'000;
  /// Records that a report has read for it at most.
  static constexpr std::uint64_t kMostWaiting = 1'000'000;
  /// Records that are read for one transaction.
  static constexpr std::uint64_t kStride = 10'000;

  UsageRollups(storage::TenantStore& store, const Ledger& ledger, ReadPermits permits)
      : store_(store), ledger_(ledger), permits_(std::move(permits)) {}

  /// Counts what the chain has that is not counted, up to its present head; when records have to be read for
  /// it, about `most` of them. Errors: kInternal `ledger.damaged`, kInvalid `limits.time_zone`, those of the
  /// store.
  Result<UsageProgress> advance(const ReadPermit& permit, std::string_view time_zone, std::uint64_t most);

  /// Counts up to the chain's present head first. Errors: as advance(); kUnavailable `rollup.behind` when
  /// more records wait than a caller should; kInvalid `query.too_many_rows`.
  Result<UsageReport> report(const tenancy::Permit<tenancy::Action::kUsageRead>& permit,
                             std::string_view time_zone, metering::Days days,
                             const usage_store::Grouping& grouping);

 private:
  storage::TenantStore& store_;
  const Ledger& ledger_;
  const ReadPermits permits_;
};

}  // namespace bailiwick::ledger
