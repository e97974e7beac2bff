#include "app/reload_log.h"

#include "base/log.h"

namespace bailiwick::app {

void log_reload(const bundles::ReloadReport& report) {
  for (const bundles::TenantReload& tenant : report.tenants) {
    bool bad = tenant.outcome == bundles::ReloadOutcome::kRejected ||
               tenant.outcome == bundles::ReloadOutcome::kConflict;
    if (tenant.outcome == bundles::ReloadOutcome::kUnchanged) continue;
    log(bad ? LogLevel::kError : LogLevel::kInfo, "bundle.reload",
        {{"tenant", tenant.tenant},
         {"outcome", name_of(tenant.outcome)},
         {"revision", tenant.revision},
         {"replayed", tenant.replay.replayed},
         {"flips", tenant.replay.flips_total},
         {"problems", to_string(tenant.problems)}});
  }
}

}  // namespace bailiwick::app
