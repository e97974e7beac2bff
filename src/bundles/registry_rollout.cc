// How a revision's rules reach a tenant's principals stage by stage, and how that ends.
#include <fmt/format.h>

#include "base/log.h"
#include "bundles/registry.h"

namespace bailiwick::bundles {
namespace {

using snapshot::Rollout;
using snapshot::RolloutPtr;
using snapshot::RolloutState;
using snapshot::RolloutStatus;
using snapshot::SnapshotPtr;
using tenancy::Action;

bool same_rules(const policy::RulesPtr& a, const policy::RulesPtr& b) {
  return (a ? a->text() : "") == (b ? b->text() : "");
}

ledger::Record record_of(const snapshot::TenantSnapshot& tenant, const Rollout& before,
                         const std::optional<RolloutState>& after, std::string_view step) {
  snapshot::RolloutCounts seen = before.counts();
  std::int64_t percent = 100;
  if (after) percent = Rollout(before.before_ptr(), "", "", before.policy(), *after).percent();
  ledger::Record record;
  record.kind = ledger::RecordKind::kLifecycle;
  record.resource = fmt::format("tenant:{}", tenant.id().view());
  record.decision = "allow";
  record.extra = {{"step", json::string(step)},
                  {"revision", json::string(tenant.revision)},
                  {"serial", tenant.serial},
                  {"baseline_serial", before.state().baseline_serial},
                  {"percent_before", before.percent()},
                  {"percent", percent},
                  {"samples", seen.samples},
                  {"looser", seen.looser},
                  {"faulty", seen.faulty}};
  if (after && !after->approved_by.empty()) record.extra["approved_by"] = json::string(after->approved_by);
  return record;
}

}  // namespace

/// One that runs goes on from its own baseline, under the policy that it began with: pushing again is no way
/// around it, nor is a revision that asks for no rollout.
RolloutPtr TenantRegistry::next_rollout(const SnapshotPtr& current,
                                        const snapshot::TenantSnapshot& next) const {
  if (!current) return nullptr;
  const Rollout* running = current->rollout.get();
  const auto& declared = current->files->settings.governance.rollout;
  if (running == nullptr && !declared) return nullptr;
  policy::RulesPtr before = running != nullptr ? running->before_ptr() : current->rules;
  if (!before || same_rules(before, next.rules)) return nullptr;
  RolloutState state{
      .baseline_serial = running != nullptr ? running->state().baseline_serial : current->serial,
      .status = RolloutStatus::kRunning,
      .stage = 0,
      .stage_since = ports_.clock.wall(),
      .approved_by = {}};
  return std::make_shared<const Rollout>(
      std::move(before), running != nullptr ? running->baseline() : current->revision, next.revision,
      running != nullptr ? running->policy() : *declared, std::move(state));
}

Result<RolloutPtr> TenantRegistry::revive_rollout(const TenantRow& row, const std::string& revision) const {
  TRY(std::optional<RolloutState> state, store::rollout_of(ports_.store, row.id));
  if (!state) return nullptr;
  TRY(RevisionRow baseline, store::find_revision(ports_.store, row.id, state->baseline_serial));
  CHECK_OK(check_stored(row, baseline, platform_.signers, row.id + "/", Scrutiny::kStored));
  TRY(CheckedBundle checked, check_again(baseline.files, row.id, row.id + "/", platform_.quotas));
  if (!checked.files->compiled_rules) return nullptr;
  return std::make_shared<const Rollout>(
      checked.files->compiled_rules, baseline.revision, revision,
      checked.files->settings.governance.rollout.value_or(snapshot::RolloutPolicy()), std::move(*state));
}

Result<SnapshotPtr> TenantRegistry::set_rollout(const Actor& actor, const SnapshotPtr& tenant,
                                                std::optional<RolloutState> state, std::string_view step) {
  const Rollout& before = *tenant->rollout;
  ledger::Record record = record_of(*tenant, before, state, step);
  record.time = ports_.clock.wall();
  record.principal = actor.principal.subject;
  record.action = tenancy::name_of(actor.action);
  auto work = [&]() -> Status {
    CHECK_OK(store::set_rollout(ports_.store, tenant->id().view(), state));
    return actor.record(record);
  };
  CHECK_OK(ports_.store.transaction(work));
  auto next = std::make_shared<snapshot::TenantSnapshot>(*tenant);
  next->rollout = state ? std::make_shared<const Rollout>(before.before_ptr(), before.baseline(),
                                                          tenant->revision, before.policy(), *state)
                        : nullptr;
  ports_.table.put(next);
  bool undone = state && state->status == RolloutStatus::kUndone;
  log(undone ? LogLevel::kError : LogLevel::kInfo, "bundle.rollout",
      {{"tenant", tenant->id().view()},
       {"step", step},
       {"revision", tenant->revision},
       {"percent", next->rollout ? next->rollout->percent() : 100}});
  return next;
}

Result<std::int64_t> TenantRegistry::move_rollouts(const ActivatePermits& permits) {
  MutexLock lock(changing_);
  std::int64_t moved = 0;
  for (const SnapshotPtr& tenant : ports_.table.all()) {
    if (!tenant->rollout) continue;
    WallTime now = ports_.clock.wall();
    Rollout::Verdict verdict = tenant->rollout->verdict(now);
    if (verdict == Rollout::Verdict::kStay) continue;
    std::optional<RolloutState> state = tenant->rollout->state();
    if (verdict == Rollout::Verdict::kUndo) {
      state->status = RolloutStatus::kUndone;
    } else {
      state->stage_since = now;
      bool over = ++state->stage >= static_cast<std::int64_t>(tenant->rollout->policy().stages.size()) - 1;
      if (over) state.reset();
    }
    auto permit = permits(tenant->id());
    std::string_view step = verdict == Rollout::Verdict::kUndo ? "undone" : state ? "advanced" : "finished";
    CHECK_OK(set_rollout(actor_of(permit), tenant, std::move(state), step));
    ++moved;
  }
  return moved;
}

Result<SnapshotPtr> TenantRegistry::steer_rollout(const tenancy::Permit<Action::kBundlesActivate>& permit,
                                                  RolloutStep step) {
  MutexLock lock(changing_);
  CHECK_OK(not_frozen());
  SnapshotPtr tenant = ports_.table.find(permit.tenant().view());
  if (!tenant) return no_such_tenant();
  if (!tenant->rollout) {
    return fail(ErrorCode::kConflict, "rollout.none",
                "no rollout is under way; what is active holds for everyone");
  }
  TRY(RevisionRow active, store::find_revision(ports_.store, tenant->id().view(), tenant->serial));
  const std::string& subject = permit.principal().subject;
  if (step != RolloutStep::kUndo && active.created_by == subject) {
    return fail(ErrorCode::kForbidden, "rollout.own",
                "who brought the revision does not hurry it; somebody else approves or finishes it");
  }
  std::optional<RolloutState> state = tenant->rollout->state();
  if (step == RolloutStep::kFinish) {
    state.reset();
  } else if (step == RolloutStep::kUndo) {
    state->status = RolloutStatus::kUndone;
  } else {
    if (state->status == RolloutStatus::kUndone) {
      return fail(ErrorCode::kConflict, "rollout.undone",
                  "it was undone; bring a better revision, or finish this one");
    }
    state->approved_by = subject;
  }
  return set_rollout(actor_of(permit), tenant, std::move(state), name_of(step));
}

}  // namespace bailiwick::bundles
