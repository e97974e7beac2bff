// How the platform's own bundle comes in: from the store at start, and from the folder whenever it is read.
#include <algorithm>

#include <fmt/format.h>

#include "bundles/registry.h"

namespace bailiwick::bundles {
namespace {

/// A tenant as it is under another platform bundle.
struct Reshaped {
  metering::Limits limits;
  std::shared_ptr<snapshot::TenantSnapshot> next;
};

ledger::Record record_of(const PlatformBundle& bundle, const tenancy::Principal& principal,
                         tenancy::Action action, WallTime now) {
  ledger::Record record;
  record.kind = ledger::RecordKind::kLifecycle;
  record.time = now;
  record.principal = principal.subject;
  record.action = tenancy::name_of(action);
  record.resource = "platform:bundle";
  record.decision = "allow";
  record.extra = {{"revision", json::string(bundle.revision)}};
  return record;
}

}  // namespace

Status TenantRegistry::bring_back_platform() {
  TRY(std::optional<snapshot::FileTexts> files, store::latest_platform(ports_.store));
  if (!files) return {};
  // Guardrails that are not understood must not be taken for none.
  TRY(platform_, check_platform(std::move(*files), "_platform/"));
  return {};
}

TenantReload TenantRegistry::reload_platform(const Actor& actor, const TenantFolder& source) {
  TenantReload done{source.name, ReloadOutcome::kRejected, platform_.revision, source.problems};
  auto next = check_platform(source.files, source.place);
  if (!next) {
    for (Problem& problem : next.error().problems) done.problems.push_back(std::move(problem));
  }
  if (!done.problems.empty()) return done;
  if (next->revision == platform_.revision) {
    done.outcome = ReloadOutcome::kUnchanged;
    return done;
  }
  done.outcome = platform_.revision.empty() ? ReloadOutcome::kCreated : ReloadOutcome::kUpdated;
  if (auto taken = take_platform(actor, std::move(*next)); !taken) {
    done.outcome = ReloadOutcome::kRejected;
    done.problems = std::move(taken.error().problems);
    if (done.problems.empty()) done.problems.push_back({source.place, taken.error().message});
  }
  done.revision = platform_.revision;
  return done;
}

/// All tenants are worked out first: a bundle that one of them would be wrong under holds for none.
Status TenantRegistry::take_platform(const Actor& actor, PlatformBundle next) {
  std::vector<Reshaped> tenants;
  std::vector<Problem> problems;
  TRY(std::vector<TenantRow> rows, store::tenants(ports_.store));
  for (const TenantRow& row : rows) {
    snapshot::SnapshotPtr current = ports_.table.find(row.id);
    if (!current || !is_initial(row.lifecycle.status)) continue;
    TRY(RevisionRow active, store::find_revision(ports_.store, row.id, row.serial));
    auto checked = check_bundle(active.files, row.id, row.id + "/", next.quotas);
    if (!checked) {
      for (Problem& problem : checked.error().problems) problems.push_back(std::move(problem));
      continue;
    }
    Reshaped& tenant = tenants.emplace_back(checked->limits, std::make_shared<snapshot::TenantSnapshot>());
    tenant.next->meter = current->meter;
    show(std::move(*checked), row, next, *tenant.next);
  }
  if (!problems.empty()) {
    Error error(ErrorCode::kInvalid, "bundle.invalid", "tenants would be wrong under it");
    error.problems = std::move(problems);
    return std::unexpected(std::move(error));
  }
  WallTime now = ports_.clock.wall();
  auto work = [&]() -> Status {
    CHECK_OK(store::insert_platform(ports_.store, next.revision, next.files, now, actor.principal.subject));
    return actor.record(record_of(next, actor.principal, actor.action, now));
  };
  CHECK_OK(ports_.store.transaction(work));
  platform_ = std::move(next);
  for (Reshaped& tenant : tenants) {
    CHECK_OK(tenant.next->meter->set_limits(tenant.limits));
    ports_.table.put(std::move(tenant.next));
  }
  return {};
}

}  // namespace bailiwick::bundles
