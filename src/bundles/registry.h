// TenantRegistry: every tenant of the installation, its declared state and its life.
//
// The platform store is the truth: rows of tenants, and every bundle revision with its files. The TenantTable
// holds what that truth means now, and is changed last, so a reader never sees what is not stored. Each
// change is one transaction of the store and one durable record of the ledger. Changes are serialised, but
// for stage 3 of a bundle, which takes longest: what is proposed is looked at, tried out while others go on,
// and looked at again. get() and list() take no lock. Every method but these two blocks: call it on the
// blocking pool. Safe from any thread.
#pragma once

#include <functional>
#include <future>
#include <memory>

#include "base/mutex.h"
#include "base/random.h"
#include "base/turns.h"
#include "bundles/bundle_conflicts.h"
#include "bundles/change.h"
#include "bundles/lifecycle.h"
#include "bundles/platform_bundle.h"
#include "bundles/recorded_decisions.h"
#include "bundles/reload_report.h"
#include "bundles/source.h"
#include "bundles/tenant_names.h"
#include "bundles/watch_report.h"
#include "identity/policy_revision.h"
#include "ledger/ledger.h"
#include "snapshot/tenant_table.h"
#include "tenancy/permit.h"

namespace bailiwick::bundles {

/// The platform store's tables of this room.
std::vector<storage::Migration> registry_migrations();

/// What somebody does to a rollout.
enum class RolloutStep {
  kApprove,  ///< decisions may become looser: they do not undo it any more
  kFinish,   ///< the new rules hold for everyone, now
  kUndo,     ///< what they loosen holds for nobody, until another revision comes
};
constexpr std::array<std::pair<std::string_view, RolloutStep>, 3> enum_table(RolloutStep) {
  return {
      {{"approve", RolloutStep::kApprove}, {"finish", RolloutStep::kFinish}, {"undo", RolloutStep::kUndo}}};
}

/// A check of a change without making it.
enum class Apply { kCommit, kDryRun };

/// A bundle that was taken, or would be.
struct Taken {
  snapshot::SnapshotPtr tenant;  ///< as it is then
  Replay replay;                 ///< empty when it was active already
};

struct TenantFilter {
  std::optional<snapshot::TenantStatus> status;
  std::optional<snapshot::Plan> plan;
  std::map<std::string, std::string> labels;  ///< all must match
  std::string name_prefix;                    ///< case is ignored
};

struct TenantPage {
  std::vector<snapshot::SnapshotPtr> tenants;  ///< in order of id
  std::string next;                            ///< id to continue after; empty at the end
};

/// Rules that held once. Null = there were none.
struct PastRules {
  policy::RulesPtr guardrails;
  policy::RulesPtr rules;
  policy::RulesPtr before;
};

class TenantRegistry {
 public:
  /// Bundles that callers have tried out at one time.
  static constexpr std::ptrdiff_t kMaxTrials = 2;

  /// What the registry works with; all outlive it.
  struct Ports {
    storage::PlatformStore& store;
    ledger::Ledger& ledger;
    metering::SliceJournal& budgets;
    snapshot::TenantTable& table;
    const Clock& clock;
    Random& random;
    const Sandbox& sandbox;
    const RecordedDecisions* decisions = nullptr;  ///< null: stage 3 makes none again
  };
  /// Without a source, tenants come through the API alone.
  TenantRegistry(const Ports& ports, std::unique_ptr<Source> source, SigningPolicy signing = {})
      : ports_(ports),
        source_(std::move(source)),
        signing_(std::move(signing)),
        installation_(metering::make_installation_meter(ports.budgets)) {}

  /// Once, at start, before anything is served: brings back every stored tenant with its active revision, and
  /// its meter with what the ledger says was granted of its budgets. Where signatures are required, what is
  /// active without a good one stays out of sight. The source is not read; call reload() next.
  Status load();

  /// Reads the source. Each tenant is taken whole or not at all; a file that was changed since its folder was
  /// last applied wins over the active revision's. `_platform` is taken first, and for all tenants or none:
  /// one that would be wrong under it keeps the old one. A signed folder is taken as it was signed, whatever
  /// was changed through the API. What is refused is recorded. Errors: kConflict `bundles.no_source`,
  /// `bundles.frozen`; kUnavailable `bundles.source_busy` while it is being read, and when it cannot be read
  /// at all: everything stays as it was.
  Result<ReloadReport> reload(const tenancy::Permit<tenancy::Action::kBundlesReload>& permit);

  /// Errors: kInvalid `bundle.invalid` with every problem; kConflict `tenant.exists` (also for an id that was
  /// used once), `tenant.name_taken`, `namespace.taken`. Where signatures are required the tenant is pending
  /// until a signed bundle of its own is active.
  Result<Taken> create(const tenancy::Permit<tenancy::Action::kTenantsCreate>& permit,
                       const snapshot::TenantDeclaration& declaration, Apply apply = Apply::kCommit);
  /// Errors: kNotFound `tenant.not_found`.
  Result<snapshot::SnapshotPtr> get(const tenancy::Permit<tenancy::Action::kTenantsGet>& permit) const;
  /// Up to `limit` revisions of the tenant's bundle whose serial is below `before`, newest first, without
  /// their files. Blocks.
  Result<std::vector<RevisionRow>> revisions(const tenancy::Permit<tenancy::Action::kBundlesRead>& permit,
                                             std::int64_t before, std::int64_t limit) const;
  /// One of them, with its files and its envelope. Errors: kNotFound `revision.not_found`. Blocks.
  Result<RevisionRow> revision(const tenancy::Permit<tenancy::Action::kBundlesRead>& permit,
                               std::int64_t serial) const;
  /// The rules that a record names, read again as they are stored. Errors: kNotFound `revision.not_found`;
  /// kConflict `revision.unreadable`: what is stored is not what was named, or this version does not
  /// understand it. Blocks, and may take long.
  Result<PastRules> past_rules(const tenancy::Permit<tenancy::Action::kLedgerExplain>& permit,
                               const identity::PolicyRevision& named) const;
  /// Likewise the policies of the tenant's own application; null = it had none.
  Result<policy::AccessPoliciesPtr> past_access(
      const tenancy::Permit<tenancy::Action::kLedgerExplain>& permit, std::string_view revision) const;
  /// Conflicts of the rules in `files`, or of those that hold, with the guardrails of now. One analysis runs
  /// at a time. Errors: those of conflicts_of(); kUnavailable `conflicts.busy`. Blocks.
  Result<BundleConflicts> conflicts(const tenancy::Permit<tenancy::Action::kBundlesRead>& permit,
                                    std::optional<snapshot::FileTexts> files) const;
  /// Makes these the tenant's files, whole. Who may not change a field of tenant.yaml by update() may not
  /// change it so. Pushing what is active changes nothing. Errors: as update() without a version, and those
  /// of check_signature(); a refusal is recorded.
  Result<Taken> push(const tenancy::Permit<tenancy::Action::kBundlesPush>& permit, snapshot::FileTexts files,
                     std::optional<std::string> envelope, Apply apply = Apply::kCommit);
  /// The content of an older revision as a new one. `envelope` signs that content with a higher serial;
  /// without one, where signatures are not required, it is unsigned. Errors: kNotFound `revision.not_found`,
  /// kConflict `revision.active`, and as push().
  Result<Taken> activate(const tenancy::Permit<tenancy::Action::kBundlesActivate>& permit,
                         std::int64_t serial, std::optional<std::string> envelope,
                         Apply apply = Apply::kCommit);
  /// Up to `limit` tenants whose id follows `after`.
  TenantPage list(const tenancy::Permit<tenancy::Action::kTenantsList>& permit, const TenantFilter& filter,
                  std::string_view after, std::int64_t limit) const;
  /// Changes tenant.yaml by a JSON merge patch (RFC 7396) of its keys; `id` and `status` do not change. A
  /// tenant's own managers may change what describes it, and the platform admin all else (quotas, plan,
  /// isolation, …). Errors: as create(), kPreconditionFailed `tenant.version` when `version` is not the
  /// current one, kForbidden `tenant.field_reserved`, kConflict `tenant.state` once termination began,
  /// kForbidden `bundle.unsigned` where signatures are required: push a signed bundle then.
  Result<Taken> update(const tenancy::Permit<tenancy::Action::kTenantsUpdate>& permit,
                       const json::object& merge_patch, std::int64_t version, Apply apply = Apply::kCommit);
  /// The tenant's calls stop at once; those in flight finish. Errors: kConflict `tenant.state`, kInvalid
  /// `tenant.reason_missing`; here and below kPreconditionFailed when `version` is given and not the current
  /// one.
  Result<snapshot::SnapshotPtr> suspend(const tenancy::Permit<tenancy::Action::kTenantsSuspend>& permit,
                                        std::string_view reason, std::optional<std::int64_t> version = {},
                                        Apply apply = Apply::kCommit);
  /// To active, from suspended or pending. Errors: also kForbidden `bundle.unsigned`.
  Result<snapshot::SnapshotPtr> resume(const tenancy::Permit<tenancy::Action::kTenantsResume>& permit,
                                       std::optional<std::int64_t> version = {},
                                       Apply apply = Apply::kCommit);
  /// Soft delete: terminating now, archived by finish_terminations() once drained. Nothing of the tenant's is
  /// erased. Errors: kConflict `tenant.protected`, `tenant.state`.
  Result<snapshot::SnapshotPtr> remove(const tenancy::Permit<tenancy::Action::kTenantsDelete>& permit,
                                       std::optional<std::int64_t> version = {},
                                       Apply apply = Apply::kCommit);

  /// The watchdog: compares what holds with what is stored, its signatures, the source and the guardrails.
  /// What was not found the last time is logged and recorded. With kFreeze such tampering refuses all later
  /// changes, kConflict `bundles.frozen`, until unfreeze(); suspending and deleting go on, and so do
  /// requests.
  Result<WatchReport> inspect(const tenancy::Permit<tenancy::Action::kBundlesInspect>& permit,
                              OnTampering action);
  /// What inspect() found last.
  WatchReport last_inspection(const tenancy::Permit<tenancy::Action::kBundlesInspect>& permit) const;
  /// Changes are taken again; what is found now does not freeze them a second time. Errors: kConflict
  /// `bundles.not_frozen`.
  Result<WatchReport> unfreeze(const tenancy::Permit<tenancy::Action::kBundlesUnfreeze>& permit,
                               std::string_view reason);

  using ActivatePermits =
      std::function<tenancy::Permit<tenancy::Action::kBundlesActivate>(const tenancy::TenantId&)>;
  /// Takes each rollout a stage further when its time has come, or undoes one that fails, and returns how
  /// many moved. For a background task.
  Result<std::int64_t> move_rollouts(const ActivatePermits& permits);
  /// `revision` is the one that was looked at. Errors: kConflict `rollout.none`, `rollout.undone`;
  /// kPreconditionFailed `rollout.revision` when another is active; kForbidden `rollout.own`: who brought a
  /// revision since the baseline neither approves nor finishes it.
  Result<snapshot::SnapshotPtr> steer_rollout(
      const tenancy::Permit<tenancy::Action::kBundlesActivate>& permit, RolloutStep step,
      std::string_view revision);

  using DeletePermits =
      std::function<tenancy::Permit<tenancy::Action::kTenantsDelete>(const tenancy::TenantId&)>;
  /// More money until this day or month ends, for the tenant or a program of it. Recorded with who approved
  /// it and why, before it counts. Errors: kConflict `budget.unlimited`; kForbidden `budget.ceiling` above
  /// what the platform allows any tenant, unless the platform admin asks; kInvalid.
  struct RaiseRequest {
    metering::Span span = metering::Span::kDay;
    PicoDollars by;
    std::string program;  ///< empty = the tenant
    std::string reason;
  };
  Result<metering::WindowSpend> raise_budget(const tenancy::Permit<tenancy::Action::kBudgetsRaise>& permit,
                                             const RaiseRequest& request);
  /// At a clean stop: what budgets were granted and did not spend goes back.
  Status hand_back_budgets() const;
  /// Archives every terminating tenant whose last request has ended and returns how many. For a background
  /// task.
  Result<std::int64_t> finish_terminations(const DeletePermits& permits);

 private:
  /// Who changes something, with which right, and where that is recorded.
  struct Actor {
    const tenancy::Principal& principal;
    tenancy::Action action;
    std::function<Status(const ledger::Record&)> record;
  };
  template <tenancy::Action A>
  Actor actor_of(const tenancy::Permit<A>& permit) {
    return {permit.principal(), A, [this, &permit](const ledger::Record& record) {
              return ports_.ledger.append_durable(permit, {&record, 1});
            }};
  }

  /// What stage 3 says of some files, under some guardrails, over some active revision; it speaks of no
  /// others.
  struct Tried {
    Trial trial;
    std::int64_t serial = 0;  ///< of the active revision; 0 = there is none
    Result<TrialReport> report = fail(ErrorCode::kUnavailable, "bundle.sandbox", "it was not tried out");
  };
  Result<Tried> trial_of(const Proposal& proposal) const BW_REQUIRES(changing_);
  /// Stage 3, with the decisions that it makes again. Takes long: call it, and what calls it below, without
  /// the lock.
  void try_out(Tried& tried) const;
  Result<TrialReport> run_trial(Trial& trial) const;
  /// The same for a caller that waits on the blocking pool. Errors: kUnavailable `bundle.sandbox_busy` when
  /// as many trials are under way as may be: the pool has other work too.
  Status try_out_in_turn(Tried& tried);
  /// What it said, if it was of these files, and over what holds now. Errors: kConflict `bundle.overtaken`,
  /// and those of stage 3.
  Result<TrialReport> report_of(const Tried& tried, const snapshot::FileTexts& files) const
      BW_REQUIRES(changing_);

  Result<std::shared_ptr<const snapshot::BundleFiles>> past_files(std::string_view tenant,
                                                                  std::string_view revision) const;
  Status read_grants() BW_REQUIRES(changing_);
  Status limit_installation() BW_REQUIRES(changing_);
  Status bring_back_raises(const std::string& tenant, metering::TenantMeter& meter) BW_REQUIRES(changing_);
  Result<std::shared_ptr<metering::TenantMeter>> make_meter(const std::string& tenant,
                                                            const snapshot::EffectiveLimits& limits)
      BW_REQUIRES(changing_);
  Status bring_back(const TenantRow& row) BW_REQUIRES(changing_);
  Status bring_back_platform() BW_REQUIRES(changing_);
  /// `reason` is told of a refusal.
  TenantReload reload_platform(const Actor& actor, const TenantFolder& source, std::string& reason)
      BW_REQUIRES(changing_);
  Result<ReloadOutcome> take_platform_folder(const Actor& actor, const TenantFolder& source)
      BW_REQUIRES(changing_);
  Result<std::optional<SignedRevision>> check_platform_signed(const TenantFolder& source) const
      BW_REQUIRES(changing_);
  Status take_platform(const Actor& actor, PlatformBundle next, std::optional<SignedRevision> signature)
      BW_REQUIRES(changing_);
  /// A trial in a thread of its own.
  struct TrialUnderWay {
    Tried tried;
    std::future<void> done;
  };
  /// Of a folder, before its turn has come: null when there is nothing to try out, or its turn must tell.
  std::unique_ptr<TrialUnderWay> try_out_ahead(const Actor& actor, const TenantFolder& source);
  Result<std::unique_ptr<TrialUnderWay>> begin_trial(const Proposal& proposal) BW_REQUIRES(changing_);
  TenantReload reload_one(const Actor& actor, TenantFolder& source, std::unique_ptr<TrialUnderWay> ahead);
  std::vector<Problem> more_problems(const TenantFolder& source, std::string& reason);
  Result<std::optional<snapshot::FileTexts>> files_to_take(const TenantFolder& source, const TenantRow& row,
                                                           std::vector<Problem>& conflicts)
      BW_REQUIRES(changing_);
  Result<ReloadOutcome> take_folder(const Actor& actor, const TenantFolder& source,
                                    std::unique_ptr<TrialUnderWay> trial, std::vector<Problem>& conflicts,
                                    Replay& replay);
  /// What came of the folder; nothing when `proposal`, which it fills, is to be tried out first.
  Result<std::optional<ReloadOutcome>> look_at_folder(const Actor& actor, const TenantFolder& source,
                                                      Proposal& proposal, std::vector<Problem>& conflicts,
                                                      const Tried* tried, Replay& replay)
      BW_REQUIRES(changing_);

  /// Stages 1 and 2, with the signature. `row` is the tenant's, if there is one.
  Result<CheckedBundle> check(const Proposal& proposal, const std::optional<TenantRow>& row) const
      BW_REQUIRES(changing_);
  Result<std::optional<SignedRevision>> check_signed(const Proposal& proposal,
                                                     const std::optional<TenantRow>& row,
                                                     const snapshot::BundleFiles* proposed) const
      BW_REQUIRES(changing_);
  /// What the tenant's governance asks of those who sign: the stricter of what holds and what is proposed.
  Status govern(const Proposal& proposal, const std::optional<TenantRow>& row,
                const snapshot::BundleFiles* proposed, SigningRules& rules) const BW_REQUIRES(changing_);
  /// Whether what is stored may be active. Problems name `place`.
  Status check_stored(const TenantRow& row, const RevisionRow& stored,
                      const std::vector<snapshot::Signer>& signers, std::string_view place,
                      Scrutiny scrutiny) const;
  /// The same of a tenant that is active; another is let be.
  Status check_shown(const TenantRow& row, const RevisionRow& stored,
                     const std::vector<snapshot::Signer>& signers, std::string_view place) const;
  /// What was not taken, on the record.
  Status record_refusal(const Actor& actor, std::string_view resource, const Manifest& manifest,
                        const Error& error) const;
  void note_refusal(const Actor& actor, std::string_view resource, const TenantFolder& source,
                    std::string_view reason, TenantReload& done) const;
  Result<Taken> propose(const Actor& actor, Proposal proposal, Apply apply);
  Result<Taken> take_proposal(const Actor& actor, Proposal& proposal, Apply apply);
  /// Here and below: without a tenant when `proposal`, which the others fill, is to be tried out first.
  Result<Taken> look_at_proposal(const Actor& actor, const Proposal& proposal, Apply apply,
                                 const Tried* tried) BW_REQUIRES(changing_);
  Result<Taken> look_at_creation(const Actor& actor, const Proposal& proposal, Apply apply,
                                 const Tried* tried) BW_REQUIRES(changing_);
  Result<Taken> look_at_update(const Actor& actor, const json::object& patch, std::int64_t version,
                               Proposal& proposal, Apply apply, const Tried* tried) BW_REQUIRES(changing_);
  /// Commits, unless it is a dry run.
  Result<Taken> take(const Actor& actor, Change change, Apply apply) BW_REQUIRES(changing_);

  /// The rules that hold for everyone, and how they may be loosened.
  struct Baseline {
    policy::RulesPtr rules;  ///< never null
    snapshot::RolloutPolicy policy;
    std::int64_t serial = 0;
    std::string revision;
  };
  struct StoredBaseline {
    policy::RulesPtr rules;  ///< never null
    std::optional<snapshot::RolloutPolicy> declared;
    std::int64_t serial = 0;
    std::string revision;
  };
  /// Nothing: new rules hold at once. Errors: a rollout is under way and its baseline cannot be read.
  Result<std::optional<Baseline>> baseline_of(const std::optional<TenantRow>& row,
                                              const snapshot::SnapshotPtr& current) const
      BW_REQUIRES(changing_);
  Result<StoredBaseline> read_baseline(const TenantRow& row, std::int64_t serial,
                                       const PlatformBundle& platform) const BW_REQUIRES(changing_);
  Result<snapshot::RolloutPtr> next_rollout(const std::optional<TenantRow>& row,
                                            const snapshot::SnapshotPtr& current,
                                            const snapshot::TenantSnapshot& next) const
      BW_REQUIRES(changing_);
  Result<snapshot::RolloutPtr> revive_rollout(const TenantRow& row, const policy::RulesPtr& rules) const
      BW_REQUIRES(changing_);
  Result<snapshot::SnapshotPtr> set_rollout(const Actor& actor, const snapshot::SnapshotPtr& tenant,
                                            std::optional<snapshot::RolloutState> state,
                                            std::string_view step) BW_REQUIRES(changing_);

  Status not_frozen() const BW_REQUIRES(changing_);
  std::vector<WatchFinding> look_around();
  void inspect_platform(std::vector<WatchFinding>& findings) const BW_REQUIRES(changing_);
  void inspect_tenant(const TenantRow& row, std::vector<WatchFinding>& findings) const BW_REQUIRES(changing_);
  void inspect_drift(const TenantFolder& source, std::vector<WatchFinding>& findings) const
      BW_REQUIRES(changing_);

  Result<Change> change_by(const Actor& actor, const std::optional<TenantRow>& before, CheckedBundle checked,
                           snapshot::FileTexts files, RevisionSource source, TrialReport trial)
      BW_REQUIRES(changing_);
  Result<snapshot::SnapshotPtr> commit(const Actor& actor, Change change) BW_REQUIRES(changing_);
  Result<snapshot::SnapshotPtr> advance(const Actor& actor, const tenancy::TenantId& tenant,
                                        LifecycleEvent event, std::string_view reason,
                                        std::optional<std::int64_t> version, Apply apply)
      BW_REQUIRES(changing_);

  const Ports ports_;
  const std::unique_ptr<Source> source_;
  Turns reading_{1};  ///< of the source: an older look at it never wins over a newer one
  const SigningPolicy signing_;
  mutable Turns analysing_{1};
  Turns trials_{kMaxTrials};  ///< of callers; a reload has its own turn
  mutable Mutex changing_;    ///< held through every change, stage 3 aside; readers never take it
  TenantNames names_ BW_GUARDED_BY(changing_);
  PlatformBundle platform_ BW_GUARDED_BY(changing_);
  std::int64_t platform_serial_ BW_GUARDED_BY(changing_) = 0;  ///< of its newest signature that took effect
  std::string platform_digest_ BW_GUARDED_BY(changing_);       ///< of what that one signed
  std::string platform_envelope_ BW_GUARDED_BY(changing_);  ///< of the revision that holds; empty = unsigned
  const std::shared_ptr<metering::LevelMeter> installation_;  ///< above every tenant's meter
  const std::shared_ptr<metering::SharedUpstreams> upstreams_ = std::make_shared<metering::SharedUpstreams>();
  bool frozen_ BW_GUARDED_BY(changing_) = false;
  WatchReport watch_ BW_GUARDED_BY(changing_);  ///< of the last inspect()
  std::map<std::string, std::vector<BudgetGrant>> grants_
      BW_GUARDED_BY(changing_);  ///< by tenant, as of load()
};

}  // namespace bailiwick::bundles
