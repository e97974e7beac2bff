// ReloadReport: what reading the source came to, tenant by tenant.
#pragma once

#include "base/binding.h"
#include "bundles/flips.h"

namespace bailiwick::bundles {

/// What a reload did with one tenant.
enum class ReloadOutcome {
  kUnchanged,
  kCreated,
  kUpdated,
  kRejected,  ///< the files are wrong; the old revision, if any, stays active
  kConflict,  ///< changed through the API and in the folder; the old revision stays active
  kMissing,   ///< known, but no longer in the folder; stays as it is
};

constexpr std::array<std::pair<std::string_view, ReloadOutcome>, 6> enum_table(ReloadOutcome) {
  return {{{"unchanged", ReloadOutcome::kUnchanged},
           {"created", ReloadOutcome::kCreated},
           {"updated", ReloadOutcome::kUpdated},
           {"rejected", ReloadOutcome::kRejected},
           {"conflict", ReloadOutcome::kConflict},
           {"missing", ReloadOutcome::kMissing}}};
}

struct TenantReload {
  std::string tenant;  ///< the folder's name, which need not be a good id
  ReloadOutcome outcome = ReloadOutcome::kUnchanged;
  std::string revision;  ///< active now; empty when there is none
  std::vector<Problem> problems;
  Replay replay = {};  ///< of what was created or updated
};
template <class Visitor>
void describe(Visitor& v, TenantReload& reload) {
  v.required("tenant", reload.tenant, "Name of the folder.");
  v.required("outcome", reload.outcome, "What the reload did.");
  v.required("revision", reload.revision, "The active revision; empty when there is none.");
  v.required("problems", reload.problems, "Why the files were not taken; each with file, line and column.");
  v.required("replay", reload.replay, "Recorded decisions, made again under what was taken.");
}

struct ReloadReport {
  std::vector<TenantReload> tenants;  ///< in order of name
  bool clean() const;                 ///< nothing rejected, nothing in conflict
};
template <class Visitor>
void describe(Visitor& v, ReloadReport& report) {
  v.required("tenants", report.tenants, "One row for each tenant, in order of name.");
}

}  // namespace bailiwick::bundles
