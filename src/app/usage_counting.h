// UsageCounting: keeps the rollups of every tenant close to the ends of their chains, in a thread of its own,
// so that a report has little to wait for.
#pragma once

#include <map>
#include <thread>

#include "base/clock.h"
#include "base/metrics.h"
#include "ledger/usage_rollups.h"
#include "snapshot/tenant_table.h"

namespace bailiwick::app {

/// With which a tenant's chain is read to be counted.
ledger::UsageRollups::ReadPermit usage_permit(const tenancy::TenantId& tenant);

class UsageCounting {
 public:
  /// All outlive this.
  UsageCounting(ledger::UsageRollups& rollups, const ledger::Ledger& ledger,
                const snapshot::TenantTable& tenants, const Clock& clock, Metrics& metrics)
      : rollups_(rollups),
        ledger_(ledger),
        tenants_(tenants),
        clock_(clock),
        lag_(metrics.gauge("bailiwick_usage_lag_records",
                           "Records of the ledger that are not yet counted as usage.")) {}

  /// Goes on until this is destroyed, which waits for the transaction that runs.
  void start();

 private:
  /// False when a tenant still has many records waiting.
  bool count_all(const std::stop_token& stop);
  /// Of few records only while there is time for such, of which it takes what it used.
  bool count(const snapshot::TenantSnapshot& tenant, MonoTime::duration& for_few);

  ledger::UsageRollups& rollups_;
  const ledger::Ledger& ledger_;
  const snapshot::TenantTable& tenants_;
  const Clock& clock_;
  Gauge lag_;
  // Of the thread alone:
  std::map<std::string, std::uint64_t> counted_;  // by tenant, as far as this thread knows
  std::map<std::string, std::string> faults_;     // by tenant; said once
  std::uint64_t waiting_ = 0;
  std::string last_;     // tenant that was counted with few
  std::jthread thread_;  // last: it uses everything above
};

}  // namespace bailiwick::app
