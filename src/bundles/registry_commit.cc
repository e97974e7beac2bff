// Stage 4 of a bundle, and of every other change of a tenant: store, record, show.
#include <fmt/format.h>

#include "bundles/registry.h"
#include "policy/role_kernel.h"

namespace bailiwick::bundles {
namespace {

using snapshot::SnapshotPtr;

ledger::Record record_of(const Change& change, const tenancy::Principal& principal, tenancy::Action action) {
  ledger::Record record;
  record.kind = ledger::RecordKind::kLifecycle;
  record.time = change.row.lifecycle.updated_at;
  record.principal = principal.subject;
  record.action = tenancy::name_of(action);
  record.resource = fmt::format("tenant:{}", change.row.id);
  record.decision = "allow";
  record.extra = {{"status", json::string(name_of(change.row.lifecycle.status))},
                  {"version", change.row.lifecycle.version},
                  {"serial", change.row.serial},
                  {"revision", json::string(change.next->revision)}};
  if (change.status_before) record.extra["status_before"] = json::string(name_of(*change.status_before));
  if (!change.row.lifecycle.reason.empty())
    record.extra["reason"] = json::string(change.row.lifecycle.reason);
  if (change.revision) {
    if (const snapshot::RolloutPtr& rollout = change.next->rollout) {
      record.extra["rollout"] = json::object{{"baseline_serial", rollout->state().baseline_serial},
                                             {"percent", rollout->percent()}};
    }
    record.extra["tests"] = change.trial.tests;
    record.extra["replay"] = summary_of(change.trial.replay);
    record.extra["source"] = json::string(name_of(change.revision->source));
    record.extra["signature"] =
        change.revision->signature.empty() ? json::value(nullptr) : json::value(change.revision->signature);
  }
  return record;
}

Status write(storage::PlatformStore& to, const Change& change) {
  if (change.status_before)
    CHECK_OK(store::update_tenant(to, change.row));
  else
    CHECK_OK(store::insert_tenant(to, change.row));
  if (!change.revision) return {};
  CHECK_OK(store::set_namespaces(to, change.row.id, change.next->tenant.namespaces));
  const snapshot::RolloutPtr& rollout = change.next->rollout;
  CHECK_OK(store::set_rollout(to, change.row.id, rollout ? std::optional(rollout->state()) : std::nullopt));
  return store::insert_revision(to, *change.revision);
}

/// Flips say who asked for what. That stands in the tenant's chain, so it is told to those who may read it
/// there; others, as the platform admin, hear how many there are.
bool reads_ledger(const tenancy::Principal& principal, const snapshot::TenantSnapshot& tenant, WallTime now) {
  policy::Question question{
      .principal = principal, .action = tenancy::Action::kLedgerRead, .tenant = &tenant.id(), .time = now};
  tenant.give_rules(question);
  return policy::RoleKernel().decide(question).effect == policy::Effect::kAllow;
}

}  // namespace

Result<Change> TenantRegistry::change_by(const Actor& actor, const std::optional<TenantRow>& before,
                                         CheckedBundle checked, snapshot::FileTexts files,
                                         RevisionSource source, TrialReport trial) {
  WallTime now = ports_.clock.wall();
  Change change{.row = before.value_or(TenantRow{}),
                .status_before = std::nullopt,
                .revision = std::nullopt,
                .trial = std::move(trial),
                .limits = checked.limits,
                .next = std::make_shared<snapshot::TenantSnapshot>()};
  TenantRow& row = change.row;
  if (before) {
    change.status_before = before->lifecycle.status;
    ++row.lifecycle.version;
  } else {
    row.id = checked.tenant.id.str();
    row.lifecycle.uuid = uuid_v7(ports_.clock, ports_.random);
    row.lifecycle.status = checked.tenant.status;
    row.lifecycle.created_at = now;
  }
  row.name = checked.tenant.name;
  row.lifecycle.updated_at = now;
  ++row.serial;
  change.revision = RevisionRow{.tenant = row.id,
                                .serial = row.serial,
                                .revision = checked.revision,
                                .source = source,
                                .files = std::move(files),
                                .created_at = now,
                                .created_by = actor.principal.subject,
                                .envelope = {},
                                .signature = {}};
  if (checked.signature) {
    change.revision->envelope = checked.signature->envelope;
    change.revision->signature = checked.signature->summary();
    row.signed_serial = checked.signature->statement.serial;
    row.signed_digest = checked.signature->digest();
  }
  SnapshotPtr current = ports_.table.find(row.id);
  if (current) {
    change.next->meter = current->meter;
  } else {
    TRY(change.next->meter, make_meter(row.id, checked.limits));
  }
  change.next->upstreams = upstreams_;
  show(std::move(checked), row, platform_, *change.next);
  TRY(change.next->rollout, next_rollout(before, current, *change.next));
  return change;
}

Result<Taken> TenantRegistry::take(const Actor& actor, Change change, Apply apply) {
  Replay replay = change.trial.replay;
  SnapshotPtr current = ports_.table.find(change.row.id);
  if (!current || !reads_ledger(actor.principal, *current, ports_.clock.wall())) replay.flips.clear();
  if (apply == Apply::kDryRun) return Taken{.tenant = change.next, .replay = std::move(replay)};
  TRY(SnapshotPtr tenant, commit(actor, std::move(change)));
  return Taken{.tenant = std::move(tenant), .replay = std::move(replay)};
}

Result<SnapshotPtr> TenantRegistry::commit(const Actor& actor, Change change) {
  // Recorded before the transaction ends: a change that cannot be recorded is not made.
  auto work = [&]() -> Status {
    CHECK_OK(write(ports_.store, change));
    return actor.record(record_of(change, actor.principal, actor.action));
  };
  CHECK_OK(ports_.store.transaction(work));
  CHECK_OK(change.limits.apply_to(*change.next->meter));
  CHECK_OK(names_.claim(change.next->tenant));
  ports_.table.put(change.next);
  return change.next;
}

Result<std::shared_ptr<metering::TenantMeter>> TenantRegistry::make_meter(
    const std::string& tenant, const snapshot::EffectiveLimits& limits) {
  TRY(auto meter,
      metering::TenantMeter::create(tenant, limits.tenant, ports_.budgets, ports_.clock, installation_));
  CHECK_OK(limits.apply_to(*meter));
  CHECK_OK(bring_back_raises(tenant, *meter));
  auto granted = grants_.find(tenant);
  if (granted == grants_.end()) return meter;
  for (const BudgetGrant& grant : granted->second) meter->restore(grant.window, grant.granted);
  return meter;
}

}  // namespace bailiwick::bundles
