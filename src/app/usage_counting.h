// UsageCounting: keeps the rollups of every tenant close to the ends of their chains, in a thread of its own,
// so that a report has little to wait for.
#pragma once

#include <map>
#include <thread>

#include <boost/unordered/unordered_flat_map.hpp>

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
  UsageCounting(ledger::UsageRollups& rollups, ledger::Ledger& ledger, const snapshot::TenantTable& tenants,
                const Clock& clock, Metrics& metrics)
      : rollups_(rollups),
        grown_(ledger.grown_chains()),
        tenants_(tenants),
        clock_(clock),
        lag_(metrics.gauge("bailiwick_usage_lag_records",
                           "Records of the ledger that are not yet counted as usage.")) {}

  /// Goes on until this is destroyed, which waits for the transaction that runs.
  void start();

 private:
  /// Looks at each chain that has grown once, at those that have grown by little while there is time. True
  /// when it has got on and many records are left.
  bool count_all(const std::stop_token& stop);
  /// False when there was none, or its records could not be counted.
  bool count_next(ledger::Growth growth);
  bool count(const ledger::GrownChain& chain);
  /// Up to where the tenant's records are counted now, or why they are not.
  Result<std::uint64_t> advance(const snapshot::TenantSnapshot& tenant);
  void say(std::string_view tenant, const Error& error);
  void set_counted(std::string_view tenant, std::uint64_t counted);

  ledger::UsageRollups& rollups_;
  ledger::GrownChains& grown_;
  const snapshot::TenantTable& tenants_;
  const Clock& clock_;
  Gauge lag_;
  // Of the thread alone, by the tenants' names, which are the ledger's:
  boost::unordered_flat_map<std::string_view, std::uint64_t> counted_;  // as far as this thread knows
  std::map<std::string_view, std::string> faults_;                      // said once
  std::uint64_t all_counted_ = 0;                                       // the sum of `counted_`
  std::jthread thread_;                                                 // last: it uses everything above
};

}  // namespace bailiwick::app
