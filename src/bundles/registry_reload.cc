// How tenants come in: from the store at start, and from the folder whenever it is read.
#include <algorithm>
#include <iterator>
#include <system_error>
#include <unordered_set>

#include <fmt/format.h>

#include "base/log.h"
#include "bundles/registry.h"
#include "metering/level_meter.h"

namespace bailiwick::bundles {

using snapshot::SnapshotPtr;
using tenancy::Action;

namespace {

Proposal proposal_of(const TenantFolder& source) {
  return {.tenant = source.name, .place = source.place, .files = source.files, .envelope = source.envelope};
}

}  // namespace

bool ReloadReport::clean() const {
  return std::ranges::none_of(tenants, [](const TenantReload& tenant) {
    return tenant.outcome == ReloadOutcome::kRejected || tenant.outcome == ReloadOutcome::kConflict;
  });
}

Status TenantRegistry::load() {
  MutexLock lock(changing_);
  CHECK_OK(read_grants());
  // Without limits of its own it counts all the same, so that one set later knows.
  CHECK_OK(limit_installation());
  for (const BudgetGrant& grant : grants_[std::string(ledger::Ledger::kPlatformChain)])
    installation_->restore(grant.window, grant.granted);
  CHECK_OK(bring_back_platform());
  TRY(std::vector<TenantRow> rows, store::tenants(ports_.store));
  for (const TenantRow& row : rows) CHECK_OK(bring_back(row));
  return {};
}

Status TenantRegistry::read_grants() {
  auto keep = [this](std::string_view tenant, std::string_view window, PicoDollars granted) BW_REQUIRES(
                  changing_) { grants_[std::string(tenant)].push_back({std::string(window), granted}); };
  grants_.clear();
  return ports_.ledger.each_budget(keep);
}

Status TenantRegistry::bring_back(const TenantRow& row) {
  TRY(RevisionRow active, store::find_revision(ports_.store, row.id, row.serial));
  auto checked = check_again(active.files, row.id, "", platform_.quotas);
  if (auto good = check_shown(row, active, platform_.signers, ""); checked && !good)
    checked = std::unexpected(std::move(good.error()));
  if (!checked) {
    // Stored by a version with other rules, or without the signature that is asked for now. Unknown is safer
    // than half understood; the folder may bring it back.
    log_error("tenant.revision_refused", {{"tenant", row.id},
                                          {"revision", active.revision},
                                          {"problems", to_string(checked.error().problems)}});
    return {};
  }
  auto restored = std::make_shared<snapshot::TenantSnapshot>();
  TRY(restored->meter, make_meter(row.id, checked->limits));
  CHECK_OK(names_.claim(checked->tenant));
  restored->upstreams = upstreams_;
  show(std::move(*checked), row, platform_, *restored);
  auto rollout = revive_rollout(row, restored->rules);
  if (!rollout) {
    // Without the rules of before, what is new would hold for everyone.
    log_error("tenant.rollout_refused", {{"tenant", row.id},
                                         {"message", rollout.error().message},
                                         {"problems", to_string(rollout.error().problems)}});
    return {};
  }
  restored->rollout = std::move(*rollout);
  ports_.table.put(std::move(restored));
  return {};
}

Result<ReloadReport> TenantRegistry::reload(const tenancy::Permit<Action::kBundlesReload>& permit) {
  if (!source_) {
    return fail(
        ErrorCode::kConflict, "bundles.no_source",
        "this server reads no bundles by itself; start it with --tenants DIR or `bundles.git_url`, or "
        "change tenants through the API");
  }
  Turns::Turn turn = reading_.take();
  if (!turn) {
    return fail(ErrorCode::kUnavailable, "bundles.source_busy",
                "the source is being read already; try again in a few seconds");
  }
  TRY(SourceTree tree, source_->read());
  ReloadReport report;
  Actor actor = actor_of(permit);
  const std::optional<TenantFolder>& platform = tree.platform;
  std::optional<TenantReload> of_platform;
  std::string reason;
  {
    MutexLock lock(changing_);
    CHECK_OK(not_frozen());
    if (platform) of_platform = reload_platform(actor, *platform, reason);
  }
  // While one folder is taken in, the next is tried out.
  std::unique_ptr<TrialUnderWay> ahead;
  for (auto folder = tree.tenants.begin(); folder != tree.tenants.end(); ++folder) {
    auto trial = std::move(ahead);
    if (auto next = std::next(folder); next != tree.tenants.end()) ahead = try_out_ahead(actor, *next);
    report.tenants.push_back(reload_one(actor, *folder, std::move(trial)));
  }
  MutexLock lock(changing_);
  // A ceiling may come down together with the tenants that stood above it.
  if (platform && of_platform->outcome == ReloadOutcome::kRejected)
    of_platform = reload_platform(actor, *platform, reason);
  if (platform && of_platform->outcome == ReloadOutcome::kRejected)
    note_refusal(actor, "platform:bundle", *platform, reason, *of_platform);
  if (!platform && !platform_.revision.empty())
    of_platform = {std::string(kPlatformFolder), ReloadOutcome::kMissing, platform_.revision, {}, {}};
  if (of_platform) report.tenants.push_back(std::move(*of_platform));
  std::unordered_set<std::string> seen;
  for (const TenantReload& tenant : report.tenants) seen.insert(tenant.tenant);
  TRY(std::vector<TenantRow> rows, store::tenants(ports_.store));
  for (const TenantRow& row : rows) {
    bool from_folder = !row.folder_manifest.empty() && is_initial(row.lifecycle.status);
    if (!from_folder || seen.contains(row.id)) continue;
    SnapshotPtr current = ports_.table.find(row.id);
    report.tenants.push_back({row.id, ReloadOutcome::kMissing, current ? current->revision : "", {}, {}});
  }
  std::ranges::sort(report.tenants, {}, &TenantReload::tenant);
  return report;
}

/// What else is wrong with a folder that has files which may not be there.
std::vector<Problem> TenantRegistry::more_problems(const TenantFolder& source, std::string& reason) {
  MutexLock lock(changing_);
  auto row = store::find_tenant(ports_.store, source.name);
  if (!row) return {};
  auto checked = check(proposal_of(source), *row);
  if (checked) return {};
  reason = std::move(checked.error().reason);
  return std::move(checked.error().problems);
}

TenantReload TenantRegistry::reload_one(const Actor& actor, TenantFolder& source,
                                        std::unique_ptr<TrialUnderWay> ahead) {
  TenantReload done{source.name, ReloadOutcome::kRejected, "", std::move(source.problems), {}};
  std::string reason = "bundle.invalid";
  if (!done.problems.empty()) {
    std::ranges::move(more_problems(source, reason), std::back_inserter(done.problems));
  } else if (auto outcome = take_folder(actor, source, std::move(ahead), done.problems, done.replay);
             !outcome) {
    Error& error = outcome.error();
    if (error.problems.empty())
      error.problems.push_back({source.place + "tenant.yaml:1:1", std::move(error.message)});
    std::ranges::move(error.problems, std::back_inserter(done.problems));
    reason = std::move(error.reason);
  } else {
    done.outcome = *outcome;
    if (done.outcome == ReloadOutcome::kConflict) reason = "bundle.conflict";
  }
  if (done.outcome == ReloadOutcome::kRejected || done.outcome == ReloadOutcome::kConflict)
    note_refusal(actor, fmt::format("tenant:{}", source.name), source, reason, done);
  if (SnapshotPtr current = ports_.table.find(source.name)) done.revision = current->revision;
  return done;
}

/// What the folder and the API changed, together; a signed folder is taken as it is, for that is what was
/// signed. Nothing when they conflict, or when the folder only caught up with the API.
Result<std::optional<snapshot::FileTexts>> TenantRegistry::files_to_take(const TenantFolder& source,
                                                                         const TenantRow& row,
                                                                         std::vector<Problem>& conflicts) {
  TRY(RevisionRow active, store::find_revision(ports_.store, row.id, row.serial));
  if (source.envelope) {
    if (source.files == active.files && normal_envelope(*source.envelope) == active.envelope)
      return std::nullopt;
    return source.files;
  }
  Merged merged = merge_folder(row.folder_manifest, active.files, source.files);
  for (const std::string& path : merged.conflicts) {
    conflicts.push_back({fmt::format("{}{}:1:1", source.place, path),
                         "changed here and through the API since it was last applied; make both equal"});
  }
  if (!conflicts.empty() || merged.files == active.files) return std::nullopt;
  return std::move(merged.files);
}

Result<std::unique_ptr<TenantRegistry::TrialUnderWay>> TenantRegistry::begin_trial(const Proposal& proposal) {
  auto trial = std::make_unique<TrialUnderWay>();
  TRY(trial->tried, trial_of(proposal));
  try {
    trial->done = std::async(std::launch::async, [this, &tried = trial->tried] { try_out(tried); });
  } catch (const std::system_error& fault) {
    return fail(ErrorCode::kUnavailable, "bundle.sandbox",
                "the bundle cannot be tried out now (no thread); nothing was changed, try again",
                fault.what());
  }
  return trial;
}

std::unique_ptr<TenantRegistry::TrialUnderWay> TenantRegistry::try_out_ahead(const Actor& actor,
                                                                             const TenantFolder& source) {
  if (!source.problems.empty()) return nullptr;
  MutexLock lock(changing_);
  Proposal proposal;
  std::vector<Problem> conflicts;
  Replay replay;
  auto settled = look_at_folder(actor, source, proposal, conflicts, nullptr, replay);
  if (!settled || *settled) return nullptr;
  return begin_trial(proposal).value_or(nullptr);
}

Result<ReloadOutcome> TenantRegistry::take_folder(const Actor& actor, const TenantFolder& source,
                                                  std::unique_ptr<TrialUnderWay> trial,
                                                  std::vector<Problem>& conflicts, Replay& replay) {
  Proposal proposal;
  if (!trial) {
    MutexLock lock(changing_);
    TRY(std::optional<ReloadOutcome> settled,
        look_at_folder(actor, source, proposal, conflicts, nullptr, replay));
    if (settled) return *settled;
    TRY(trial, begin_trial(proposal));
  }
  trial->done.wait();
  MutexLock lock(changing_);
  TRY(std::optional<ReloadOutcome> settled,
      look_at_folder(actor, source, proposal, conflicts, &trial->tried, replay));
  BW_CHECK(settled.has_value());
  return *settled;
}

Result<std::optional<ReloadOutcome>> TenantRegistry::look_at_folder(const Actor& actor,
                                                                    const TenantFolder& source,
                                                                    Proposal& proposal,
                                                                    std::vector<Problem>& conflicts,
                                                                    const Tried* tried, Replay& replay) {
  TRY(std::optional<TenantRow> row, store::find_tenant(ports_.store, source.name));
  Manifest manifest = applied_manifest(source);
  bool shown = ports_.table.find(source.name) != nullptr;
  if (row && shown && row->folder_manifest == manifest) return ReloadOutcome::kUnchanged;
  CHECK_OK(not_frozen());
  if (row && !is_initial(row->lifecycle.status)) {
    return fail(
        ErrorCode::kConflict, "tenant.state",
        fmt::format("the tenant is {}, and its id is never used again", name_of(row->lifecycle.status)));
  }
  proposal = proposal_of(source);
  if (row && shown) {
    TRY(std::optional<snapshot::FileTexts> files, files_to_take(source, *row, conflicts));
    if (!conflicts.empty()) return ReloadOutcome::kConflict;
    if (!files) {
      row->folder_manifest = std::move(manifest);
      CHECK_OK(store::update_tenant(ports_.store, *row));
      return ReloadOutcome::kUnchanged;
    }
    proposal.files = std::move(*files);
  }
  TRY(CheckedBundle checked, check(proposal, row));
  CHECK_OK(names_.check(checked.tenant));
  if (tried == nullptr) return std::nullopt;
  TRY(TrialReport report, report_of(*tried, proposal.files));
  TRY(Change change, change_by(actor, row, std::move(checked), std::move(proposal.files),
                               RevisionSource::kFolder, std::move(report)));
  change.row.folder_manifest = std::move(manifest);
  TRY(Taken taken, take(actor, std::move(change), Apply::kCommit));
  replay = std::move(taken.replay);
  return row ? ReloadOutcome::kUpdated : ReloadOutcome::kCreated;
}

}  // namespace bailiwick::bundles
