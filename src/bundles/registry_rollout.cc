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

policy::RulesPtr rules_or_none(const policy::RulesPtr& rules) {
  static const policy::RulesPtr kNone = policy::Rules::compile({}).value();
  return rules ? rules : kNone;
}

ledger::Record record_of(const snapshot::TenantSnapshot& tenant, const Rollout& before,
                         const std::optional<RolloutState>& after, std::string_view step) {
  snapshot::RolloutCounts seen = before.counts();
  std::int64_t percent = 100;
  if (after) percent = Rollout(before.before_ptr(), tenant.rules, "", before.policy(), *after).percent();
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
/// around it, nor is a revision that asks for no rollout. A tenant that is stored and not shown has one too.
Result<std::optional<TenantRegistry::Baseline>> TenantRegistry::baseline_of(
    const std::optional<TenantRow>& row, const SnapshotPtr& current) const {
  if (current && current->rollout) {
    const Rollout& running = *current->rollout;
    return Baseline{running.before_ptr(), running.policy(), running.state().baseline_serial,
                    running.baseline()};
  }
  if (current) {
    const auto& declared = current->files->settings.governance.rollout;
    if (!declared) return std::nullopt;
    return Baseline{rules_or_none(current->rules), *declared, current->serial, current->revision};
  }
  if (!row) return std::nullopt;
  TRY(std::optional<RolloutState> state, store::rollout_of(ports_.store, row->id));
  auto stored = read_baseline(*row, state ? state->baseline_serial : row->serial, platform_);
  if (!stored && state) return std::unexpected(std::move(stored.error()));
  if (!stored || (!state && !stored->declared)) return std::nullopt;
  return Baseline{std::move(stored->rules), stored->declared.value_or(snapshot::RolloutPolicy()),
                  stored->serial, std::move(stored->revision)};
}

Result<TenantRegistry::StoredBaseline> TenantRegistry::read_baseline(const TenantRow& row,
                                                                     std::int64_t serial,
                                                                     const PlatformBundle& platform) const {
  std::string place = row.id + "/";
  TRY(RevisionRow stored, store::find_revision(ports_.store, row.id, serial));
  CHECK_OK(check_stored(row, stored, platform.signers, place, Scrutiny::kStored));
  TRY(CheckedBundle checked, check_again(stored.files, row.id, place, platform.quotas));
  return StoredBaseline{rules_or_none(checked.files->compiled_rules),
                        checked.files->settings.governance.rollout, serial, std::move(stored.revision)};
}

/// Null: the next revision's rules hold for everyone at once.
Result<RolloutPtr> TenantRegistry::next_rollout(const std::optional<TenantRow>& row,
                                                const SnapshotPtr& current,
                                                const snapshot::TenantSnapshot& next) const {
  TRY(std::optional<Baseline> baseline, baseline_of(row, current));
  if (!baseline) return nullptr;
  bool same_policy = next.files->settings.governance.rollout == baseline->policy;
  if (same_policy && same_rules(baseline->rules, next.rules)) return nullptr;
  // The rules that are on their way stay where they are, undone ones too.
  if (current && current->rollout && same_rules(current->rules, next.rules)) return current->rollout;
  RolloutState state{.baseline_serial = baseline->serial,
                     .status = RolloutStatus::kRunning,
                     .stage = 0,
                     .stage_since = ports_.clock.wall(),
                     .approved_by = {}};
  return std::make_shared<const Rollout>(std::move(baseline->rules), next.rules,
                                         std::move(baseline->revision), std::move(baseline->policy),
                                         std::move(state));
}

Result<RolloutPtr> TenantRegistry::revive_rollout(const TenantRow& row, const policy::RulesPtr& rules) const {
  TRY(std::optional<RolloutState> state, store::rollout_of(ports_.store, row.id));
  if (!state) return nullptr;
  TRY(StoredBaseline baseline, read_baseline(row, state->baseline_serial, platform_));
  return std::make_shared<const Rollout>(std::move(baseline.rules), rules, std::move(baseline.revision),
                                         baseline.declared.value_or(snapshot::RolloutPolicy()),
                                         std::move(*state));
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
  next->rollout = nullptr;
  if (state) {
    auto rollout = std::make_shared<Rollout>(before.before_ptr(), tenant->rules, before.baseline(),
                                             before.policy(), *state);
    if (state->stage == before.state().stage) rollout->count_on_from(before);
    next->rollout = std::move(rollout);
  }
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
  if (ports_.table.in_motion() == 0) return moved;
  auto rolls_out = [](const snapshot::TenantSnapshot& tenant) { return tenant.rollout != nullptr; };
  for (const SnapshotPtr& tenant : ports_.table.all_that(rolls_out)) {
    WallTime now = ports_.clock.wall();
    Rollout::Verdict verdict = tenant->rollout->verdict(now);
    if (verdict == Rollout::Verdict::kStay || (frozen_ && verdict == Rollout::Verdict::kAdvance)) continue;
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
                                                  RolloutStep step, std::string_view revision) {
  MutexLock lock(changing_);
  if (step != RolloutStep::kUndo) CHECK_OK(not_frozen());
  SnapshotPtr tenant = ports_.table.find(permit.tenant().view());
  if (!tenant) return no_such_tenant();
  if (!tenant->rollout) {
    return fail(ErrorCode::kConflict, "rollout.none",
                "no rollout is under way; what is active holds for everyone");
  }
  if (tenant->revision != revision) {
    return fail(ErrorCode::kPreconditionFailed, "rollout.revision",
                fmt::format("the active revision is {}; look at it before you decide", tenant->revision));
  }
  const std::string& subject = permit.principal().subject;
  TRY(std::int64_t own, store::count_brought(ports_.store, tenant->id().view(), subject,
                                             tenant->rollout->state().baseline_serial));
  if (step != RolloutStep::kUndo && own > 0) {
    return fail(ErrorCode::kForbidden, "rollout.own",
                "who brought a revision since the rollout began does not hurry it; somebody else approves or "
                "finishes it");
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
