#include "bundles/registry.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/printing.h"
#include "snapshot/effective_limits.h"

namespace bailiwick::bundles {
namespace {

using snapshot::SnapshotPtr;
using snapshot::TenantStatus;
using tenancy::Action;

Status check_version(const TenantRow& row, std::optional<std::int64_t> version) {
  if (!version || *version == row.lifecycle.version) return {};
  return fail(
      ErrorCode::kPreconditionFailed, "tenant.version",
      fmt::format("the tenant has changed: it is at version {} now; read it again", row.lifecycle.version));
}

std::string folded_prefix(std::string_view name, std::size_t size) {
  std::string folded = fold_name(name);
  folded.resize(std::min(folded.size(), size));
  return folded;
}

bool matches(const snapshot::TenantSnapshot& tenant, const TenantFilter& filter, const std::string& prefix) {
  if (filter.status && tenant.lifecycle.status != *filter.status) return false;
  if (filter.plan && tenant.tenant.plan != *filter.plan) return false;
  for (const auto& [key, wanted] : filter.labels) {
    auto label = tenant.tenant.labels.find(key);
    if (label == tenant.tenant.labels.end() || label->second != wanted) return false;
  }
  return folded_prefix(tenant.tenant.name, prefix.size()) == prefix;
}

}  // namespace

std::vector<storage::Migration> registry_migrations() {
  return store::migrations();
}

Result<TenantRegistry::Tried> TenantRegistry::trial_of(const Proposal& proposal) const {
  TRY(std::optional<TenantRow> row, store::find_tenant(ports_.store, proposal.tenant));
  return Tried{.trial = {.tenant = proposal.tenant,
                         .place = proposal.place,
                         .files = proposal.files,
                         .guardrails = guardrail_files(platform_.files)},
               .serial = row ? row->serial : 0};
}

void TenantRegistry::try_out(Tried& tried) const {
  tried.report = run_trial(tried.trial);
}

Result<TrialReport> TenantRegistry::run_trial(Trial& trial) const {
  if (ports_.decisions != nullptr) {
    TRY(tenancy::TenantId tenant, tenancy::TenantId::parse(trial.tenant));
    TRY(trial.recorded, ports_.decisions->latest(tenant));
  }
  // A process of its own takes longer to make than all else of a new tenant.
  const InProcessSandbox here;
  const Sandbox& sandbox = is_settings_alone(trial) ? here : ports_.sandbox;
  TRY(TrialReport report, sandbox.run(trial));
  if (!report.problems.empty()) return invalid_bundle(std::move(report.problems));
  return report;
}

Status TenantRegistry::try_out_in_turn(Tried& tried) {
  Turns::Turn turn = trials_.take();
  if (!turn) {
    return fail(ErrorCode::kUnavailable, "bundle.sandbox_busy",
                "other bundles are being tried out; try again in a few seconds");
  }
  try_out(tried);
  return {};
}

Result<TrialReport> TenantRegistry::report_of(const Tried& tried, const snapshot::FileTexts& files) const {
  TRY(std::optional<TenantRow> row, store::find_tenant(ports_.store, tried.trial.tenant));
  if (tried.trial.files != files || tried.trial.guardrails != guardrail_files(platform_.files) ||
      tried.serial != (row ? row->serial : 0)) {
    return fail(
        ErrorCode::kConflict, "bundle.overtaken",
        "the tenant or the platform's guardrails changed while the bundle was tried out; do it again");
  }
  return tried.report;
}

Result<BundleConflicts> TenantRegistry::conflicts(const tenancy::Permit<Action::kBundlesRead>& permit,
                                                  std::optional<snapshot::FileTexts> files) const {
  std::string_view tenant = permit.tenant().view();
  policy::RuleState state = files ? policy::RuleState::kProposed : policy::RuleState::kActive;
  snapshot::FileTexts guardrails;
  {
    MutexLock lock(changing_);
    guardrails = platform_.files;
    if (!files) {
      TRY(std::optional<TenantRow> row, store::find_tenant(ports_.store, tenant));
      if (!row) return no_such_tenant();
      TRY(RevisionRow active, store::find_revision(ports_.store, tenant, row->serial));
      files = std::move(active.files);
    }
  }
  Turns::Turn turn = analysing_.take();
  if (!turn)
    return fail(ErrorCode::kUnavailable, "conflicts.busy",
                "another analysis is under way; try again in a second");
  return conflicts_of(*files, tenant, state, guardrails);
}

Result<Taken> TenantRegistry::create(const tenancy::Permit<Action::kTenantsCreate>& permit,
                                     const snapshot::TenantDeclaration& declaration, Apply apply) {
  snapshot::TenantDeclaration initial = declaration;
  if (signing_.signatures == Signatures::kRequired) initial.status = TenantStatus::kPending;
  Proposal proposal{.tenant = declaration.id.str(),
                    .place = {},
                    .files = {{"tenant.yaml", to_yaml(without_empty(to_json_value(initial)))}},
                    .envelope = {}};
  Actor actor = actor_of(permit);
  Tried tried;
  {
    MutexLock lock(changing_);
    CHECK_OK(look_at_creation(actor, proposal, apply, nullptr));
    TRY(tried, trial_of(proposal));
  }
  CHECK_OK(try_out_in_turn(tried));
  MutexLock lock(changing_);
  return look_at_creation(actor, proposal, apply, &tried);
}

Result<Taken> TenantRegistry::look_at_creation(const Actor& actor, const Proposal& proposal, Apply apply,
                                               const Tried* tried) {
  CHECK_OK(not_frozen());
  TRY(snapshot::ParsedBundle valid, validate_files(proposal.files, proposal.tenant, "", platform_.quotas));
  TRY(std::optional<TenantRow> row, store::find_tenant(ports_.store, proposal.tenant));
  if (row) {
    return fail(ErrorCode::kConflict, "tenant.exists",
                fmt::format("the id '{}' was given before, and ids are never used again", proposal.tenant));
  }
  CHECK_OK(names_.check(valid.tenant));
  if (tried == nullptr) return Taken();
  TRY(TrialReport report, report_of(*tried, proposal.files));
  CheckedBundle checked = checked_bundle(std::move(valid), proposal.files, platform_.quotas);
  TRY(Change change,
      change_by(actor, row, std::move(checked), proposal.files, RevisionSource::kApi, std::move(report)));
  return take(actor, std::move(change), apply);
}

Result<SnapshotPtr> TenantRegistry::get(const tenancy::Permit<Action::kTenantsGet>& permit) const {
  SnapshotPtr found = ports_.table.find(permit.tenant().view());
  if (!found) return no_such_tenant();
  return found;
}

Result<std::vector<RevisionRow>> TenantRegistry::revisions(
    const tenancy::Permit<Action::kBundlesRead>& permit, std::int64_t before, std::int64_t limit) const {
  return store::revisions(ports_.store, permit.tenant().view(), before, limit);
}

Result<RevisionRow> TenantRegistry::revision(const tenancy::Permit<Action::kBundlesRead>& permit,
                                             std::int64_t serial) const {
  return store::find_revision(ports_.store, permit.tenant().view(), serial);
}

TenantPage TenantRegistry::list(const tenancy::Permit<Action::kTenantsList>&, const TenantFilter& filter,
                                std::string_view after, std::int64_t limit) const {
  TenantPage page;
  std::string prefix = fold_name(filter.name_prefix);
  for (SnapshotPtr& tenant : ports_.table.all()) {
    if (tenant->id().view() <= after || !matches(*tenant, filter, prefix)) continue;
    if (static_cast<std::int64_t>(page.tenants.size()) == limit) {
      page.next = page.tenants.empty() ? std::string(after) : page.tenants.back()->id().str();
      break;
    }
    page.tenants.push_back(std::move(tenant));
  }
  return page;
}

Result<Taken> TenantRegistry::update(const tenancy::Permit<Action::kTenantsUpdate>& permit,
                                     const json::object& patch, std::int64_t version, Apply apply) {
  if (signing_.signatures == Signatures::kRequired) {
    return fail(
        ErrorCode::kForbidden, "bundle.unsigned",
        "this server takes signed bundles only; change the file, sign it with `bailiwick bundle sign` and "
        "send it with `bailiwick bundle push`");
  }
  Actor actor = actor_of(permit);
  Proposal proposal{.tenant = permit.tenant().str(), .place = {}, .files = {}, .envelope = {}};
  Tried tried;
  {
    MutexLock lock(changing_);
    CHECK_OK(look_at_update(actor, patch, version, proposal, apply, nullptr));
    TRY(tried, trial_of(proposal));
  }
  CHECK_OK(try_out_in_turn(tried));
  MutexLock lock(changing_);
  return look_at_update(actor, patch, version, proposal, apply, &tried);
}

Result<Taken> TenantRegistry::look_at_update(const Actor& actor, const json::object& patch,
                                             std::int64_t version, Proposal& proposal, Apply apply,
                                             const Tried* tried) {
  CHECK_OK(not_frozen());
  const std::string& id = proposal.tenant;
  TRY(std::optional<TenantRow> row, store::find_tenant(ports_.store, id));
  if (!row || !ports_.table.find(id)) return no_such_tenant();
  CHECK_OK(check_version(*row, version));
  if (!is_initial(row->lifecycle.status)) return wrong_state(row->lifecycle.status, "be changed");

  TRY(RevisionRow active, store::find_revision(ports_.store, id, row->serial));
  proposal.files = std::move(active.files);
  TRY(Node tree, parse_yaml(proposal.files["tenant.yaml"], "tenant.yaml"));
  json::value before = to_json(tree);
  json::value after = merge_patch(before, json::value(patch));
  CHECK_OK(check_fields(actor.principal, before.as_object(), after.as_object()));
  // Bound once as JSON, so that faults of the patch are named by pointers into it and not by lines of our own
  // file.
  CHECK_OK(bind_document<snapshot::TenantDeclaration>(to_node(after), "", "bundle.invalid"));
  proposal.files["tenant.yaml"] = to_yaml(after);
  TRY(snapshot::ParsedBundle valid, validate_files(proposal.files, id, "", platform_.quotas));
  CHECK_OK(names_.check(valid.tenant));
  if (tried == nullptr) return Taken();
  TRY(TrialReport report, report_of(*tried, proposal.files));
  CheckedBundle checked = checked_bundle(std::move(valid), proposal.files, platform_.quotas);
  TRY(Change change, change_by(actor, row, std::move(checked), std::move(proposal.files),
                               RevisionSource::kApi, std::move(report)));
  return take(actor, std::move(change), apply);
}

Result<SnapshotPtr> TenantRegistry::suspend(const tenancy::Permit<Action::kTenantsSuspend>& permit,
                                            std::string_view reason, std::optional<std::int64_t> version,
                                            Apply apply) {
  constexpr std::size_t kLongestReason = 1000;
  if (fold_name(reason).empty() || reason.size() > kLongestReason) {
    return fail(ErrorCode::kInvalid, "tenant.reason_missing",
                fmt::format("say in 1 to {} bytes why the tenant is suspended", kLongestReason));
  }
  MutexLock lock(changing_);
  return advance(actor_of(permit), permit.tenant(), LifecycleEvent::kSuspend, reason, version, apply);
}

Result<SnapshotPtr> TenantRegistry::resume(const tenancy::Permit<Action::kTenantsResume>& permit,
                                           std::optional<std::int64_t> version, Apply apply) {
  MutexLock lock(changing_);
  CHECK_OK(not_frozen());
  return advance(actor_of(permit), permit.tenant(), LifecycleEvent::kResume, "", version, apply);
}

Result<SnapshotPtr> TenantRegistry::remove(const tenancy::Permit<Action::kTenantsDelete>& permit,
                                           std::optional<std::int64_t> version, Apply apply) {
  MutexLock lock(changing_);
  return advance(actor_of(permit), permit.tenant(), LifecycleEvent::kTerminate, "", version, apply);
}

Result<std::int64_t> TenantRegistry::finish_terminations(const DeletePermits& permits) {
  MutexLock lock(changing_);
  std::int64_t archived = 0;
  if (ports_.table.in_motion() == 0) return archived;
  auto is_over = [](const snapshot::TenantSnapshot& tenant) {
    return tenant.lifecycle.status == TenantStatus::kTerminating && tenant.meter->view().concurrent <= 0;
  };
  for (const SnapshotPtr& tenant : ports_.table.all_that(is_over)) {
    CHECK_OK(tenant->meter->hand_back());
    auto permit = permits(tenant->id());
    CHECK_OK(
        advance(actor_of(permit), tenant->id(), LifecycleEvent::kArchive, "", std::nullopt, Apply::kCommit));
    ++archived;
  }
  return archived;
}

Result<SnapshotPtr> TenantRegistry::advance(const Actor& actor, const tenancy::TenantId& tenant,
                                            LifecycleEvent event, std::string_view reason,
                                            std::optional<std::int64_t> version, Apply apply) {
  TRY(std::optional<TenantRow> row, store::find_tenant(ports_.store, tenant.view()));
  SnapshotPtr current = ports_.table.find(tenant.view());
  if (!row || !current) return no_such_tenant();
  CHECK_OK(check_version(*row, version));
  if (event == LifecycleEvent::kTerminate && current->tenant.protect) {
    return fail(ErrorCode::kConflict, "tenant.protected",
                "the tenant is protected; set protect: false first");
  }
  std::optional<TenantStatus> to = next_status(row->lifecycle.status, event);
  if (!to) return wrong_state(row->lifecycle.status, name_of(event));
  if (*to == TenantStatus::kActive) {
    TRY(RevisionRow stored, store::find_revision(ports_.store, row->id, row->serial));
    bool first = row->lifecycle.status == TenantStatus::kPending;
    CHECK_OK(
        check_stored(*row, stored, platform_.signers, "", first ? Scrutiny::kActivation : Scrutiny::kStored));
  }

  Change change{.row = std::move(*row),
                .status_before = current->lifecycle.status,
                .revision = std::nullopt,
                .trial = {},
                .limits = snapshot::limits_of(current->tenant, *current->files),
                .next = std::make_shared<snapshot::TenantSnapshot>(*current)};
  change.row.lifecycle.status = *to;
  change.row.lifecycle.reason = reason;
  change.row.lifecycle.updated_at = ports_.clock.wall();
  ++change.row.lifecycle.version;
  change.next->lifecycle = change.row.lifecycle;
  if (apply == Apply::kDryRun) return change.next;
  return commit(actor, std::move(change));
}

}  // namespace bailiwick::bundles
