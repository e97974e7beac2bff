// How the platform's own bundle comes in: from the store at start, and from the folder whenever it is read.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/log.h"
#include "bundles/registry.h"
#include "metering/level_meter.h"

namespace bailiwick::bundles {
namespace {

/// A tenant as it is under another platform bundle.
struct Reshaped {
  snapshot::EffectiveLimits limits;
  std::shared_ptr<snapshot::TenantSnapshot> next;
};

ledger::Record record_of(const PlatformRow& row, const std::optional<SignedRevision>& signature,
                         const tenancy::Principal& principal, tenancy::Action action) {
  ledger::Record record;
  record.kind = ledger::RecordKind::kLifecycle;
  record.time = row.created_at;
  record.principal = principal.subject;
  record.action = tenancy::name_of(action);
  record.resource = "platform:bundle";
  record.decision = "allow";
  record.extra = {{"revision", json::string(row.revision)},
                  {"signature", signature ? json::value(signature->summary()) : json::value(nullptr)}};
  return record;
}

}  // namespace

Status TenantRegistry::bring_back_platform() {
  TRY(std::optional<PlatformRow> stored, store::latest_platform(ports_.store));
  if (!stored) return {};
  platform_serial_ = stored->signed_serial;
  platform_digest_ = stored->signed_digest;
  if (signing_.signatures == Signatures::kRequired) {
    SigningRules rules{.tenant = kPlatformFolder,
                       .signers = platform_signers(signing_.platform_keys),
                       .only = {},
                       .scrutiny = Scrutiny::kStored};
    auto good = check_signature(stored->envelope, manifest_of(stored->files), "_platform/", rules);
    if (!good) {
      // Without its signers no tenant is shown either; a signed folder brings all of them back.
      log_error("platform.revision_refused",
                {{"revision", stored->revision}, {"problems", to_string(good.error().problems)}});
      return {};
    }
  }
  // Guardrails that are not understood must not be taken for none.
  TRY(platform_, check_platform(std::move(stored->files), "_platform/"));
  CHECK_OK(limit_installation());
  platform_envelope_ = std::move(stored->envelope);
  return {};
}

Status TenantRegistry::limit_installation() {
  upstreams_->set(platform_.quotas.upstream_rules(), ports_.clock.mono());
  return installation_->set_limits(snapshot::to_limits(platform_.quotas.installation, "UTC"),
                                   ports_.clock.mono());
}

Result<std::optional<SignedRevision>> TenantRegistry::check_platform_signed(
    const TenantFolder& source) const {
  if (!source.envelope) {
    if (signing_.signatures == Signatures::kRequired) return std::unexpected(unsigned_bundle(source.place));
    return std::nullopt;
  }
  SigningRules rules{.tenant = kPlatformFolder,
                     .signers = platform_signers(signing_.platform_keys),
                     .only = {},
                     .people = 1,
                     .now = ports_.clock.wall(),
                     .last_serial = platform_serial_,
                     .last_digest = platform_digest_};
  return check_signature(*source.envelope, manifest_of(source.files), source.place, rules);
}

Result<ReloadOutcome> TenantRegistry::take_platform_folder(const Actor& actor, const TenantFolder& source) {
  auto next = check_platform(source.files, source.place);
  bool active = next && !platform_.revision.empty() && next->revision == platform_.revision &&
                normal_envelope(source.envelope.value_or("")) == platform_envelope_;
  if (active && source.problems.empty()) return ReloadOutcome::kUnchanged;
  Error refused(ErrorCode::kInvalid, "bundle.invalid", "the platform's folder is not good");
  refused.problems = source.problems;
  if (!next) std::ranges::move(next.error().problems, std::back_inserter(refused.problems));
  auto signature = check_platform_signed(source);
  if (!signature) {
    refused.reason = signature.error().reason;
    std::ranges::move(signature.error().problems, std::back_inserter(refused.problems));
  }
  if (!refused.problems.empty()) return std::unexpected(std::move(refused));
  bool first = platform_.revision.empty();
  CHECK_OK(take_platform(actor, std::move(*next), std::move(*signature)));
  return first ? ReloadOutcome::kCreated : ReloadOutcome::kUpdated;
}

TenantReload TenantRegistry::reload_platform(const Actor& actor, const TenantFolder& source,
                                             std::string& reason) {
  TenantReload done{source.name, ReloadOutcome::kRejected, platform_.revision, {}, {}};
  auto outcome = take_platform_folder(actor, source);
  done.revision = platform_.revision;
  if (outcome) {
    done.outcome = *outcome;
    return done;
  }
  done.problems = std::move(outcome.error().problems);
  if (done.problems.empty()) done.problems.push_back({source.place, outcome.error().message});
  reason = std::move(outcome.error().reason);
  return done;
}

/// All tenants are worked out first: a bundle that one of them would be wrong under holds for none.
Status TenantRegistry::take_platform(const Actor& actor, PlatformBundle next,
                                     std::optional<SignedRevision> signature) {
  CHECK_OK(not_frozen());
  std::vector<Reshaped> tenants;
  std::vector<Problem> problems;
  TRY(std::vector<TenantRow> rows, store::tenants(ports_.store));
  for (const TenantRow& row : rows) {
    snapshot::SnapshotPtr current = ports_.table.find(row.id);
    if (!current || !is_initial(row.lifecycle.status)) continue;
    TRY(RevisionRow active, store::find_revision(ports_.store, row.id, row.serial));
    auto checked = check_again(active.files, row.id, row.id + "/", next.quotas);
    if (auto good = check_shown(row, active, next.signers, row.id + "/"); checked && !good)
      checked = std::unexpected(std::move(good.error()));
    if (checked && current->rollout) {
      auto baseline = read_baseline(row, current->rollout->state().baseline_serial, next);
      if (!baseline) checked = std::unexpected(std::move(baseline.error()));
    }
    if (!checked) {
      for (Problem& problem : checked.error().problems) problems.push_back(std::move(problem));
      continue;
    }
    Reshaped& tenant = tenants.emplace_back(checked->limits, std::make_shared<snapshot::TenantSnapshot>());
    tenant.next->meter = current->meter;
    tenant.next->upstreams = upstreams_;
    tenant.next->rollout = current->rollout;
    show(std::move(*checked), row, next, *tenant.next);
  }
  if (!problems.empty()) {
    Error error(ErrorCode::kInvalid, "bundle.invalid", "tenants would be wrong under it");
    error.problems = std::move(problems);
    return std::unexpected(std::move(error));
  }
  PlatformRow row{.revision = next.revision,
                  .files = next.files,
                  .created_at = ports_.clock.wall(),
                  .created_by = actor.principal.subject,
                  .envelope = signature ? signature->envelope : "",
                  .signed_serial = signature ? signature->statement.serial : platform_serial_,
                  .signed_digest = signature ? signature->digest() : platform_digest_};
  auto work = [&]() -> Status {
    CHECK_OK(store::insert_platform(ports_.store, row));
    return actor.record(record_of(row, signature, actor.principal, actor.action));
  };
  CHECK_OK(ports_.store.transaction(work));
  platform_ = std::move(next);
  CHECK_OK(limit_installation());
  platform_serial_ = row.signed_serial;
  platform_digest_ = std::move(row.signed_digest);
  platform_envelope_ = std::move(row.envelope);
  for (Reshaped& tenant : tenants) {
    CHECK_OK(tenant.limits.apply_to(*tenant.next->meter));
    ports_.table.put(std::move(tenant.next));
  }
  return {};
}

}  // namespace bailiwick::bundles
