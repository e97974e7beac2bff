// The watchdog: whether what holds still is what was signed, stored and declared.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/log.h"
#include "bundles/registry.h"

namespace bailiwick::bundles {
namespace {

using namespace std::chrono_literals;
using snapshot::SnapshotPtr;

constexpr auto kExpiresSoon = 14 * 24h;

std::string faults_in(const Error& error) {
  return error.problems.empty() ? error.message : to_string(error.problems);
}

/// What each key's end means for what may be signed, and for what it has signed.
void inspect_signers(const std::vector<snapshot::Signer>& signers, WallTime now,
                     std::vector<WatchFinding>& findings) {
  for (const snapshot::Signer& signer : signers) {
    if (signer.revoked || signer.not_after.time < now || signer.not_after.time - kExpiresSoon > now) continue;
    findings.push_back(
        {WatchKind::kSignerExpiring, signer.id,
         fmt::format("signs nothing after {}; add its next key to signers.yaml", signer.not_after.str())});
  }
}

/// Who of those that signed may sign no more; nothing when the text is not what we write.
std::optional<std::string> lapsed_signers(const json::object& signature,
                                          const std::vector<snapshot::Signer>& signers, WallTime now) {
  std::string lapsed;
  const json::value* by = signature.if_contains("signers");
  if (by == nullptr) return lapsed;
  if (!by->is_array()) return std::nullopt;
  for (const json::value& one : by->get_array()) {
    const json::object* object = one.if_object();
    const json::value* id = object != nullptr ? object->if_contains("signer") : nullptr;
    if (id == nullptr || !id->is_string()) return std::nullopt;
    std::string_view name = id->get_string();
    auto known = std::ranges::find(signers, name, &snapshot::Signer::id);
    bool good = known != signers.end() && !known->revoked && known->not_after.time >= now;
    if (!good) lapsed += fmt::format("{}{}", lapsed.empty() ? "" : ", ", name);
  }
  return lapsed;
}

bool same_state(const std::optional<snapshot::RolloutState>& stored, const snapshot::RolloutPtr& shown) {
  return stored.has_value() == (shown != nullptr) && (!stored || *stored == shown->state());
}

/// Paths whose content differs, a few of them.
std::string differences(const Manifest& a, const Manifest& b) {
  constexpr std::size_t kShown = 5;
  std::vector<std::string> paths;
  auto look = [&](const Manifest& from, const Manifest& in) {
    for (const auto& [path, hash] : from) {
      auto other = in.find(path);
      if (other == in.end() || other->second != hash) paths.push_back(path);
    }
  };
  look(a, b);
  look(b, a);
  std::ranges::sort(paths);
  auto repeated = std::ranges::unique(paths);
  paths.erase(repeated.begin(), repeated.end());
  std::size_t more = paths.size() > kShown ? paths.size() - kShown : 0;
  paths.resize(paths.size() - more);
  return fmt::format("{}{}", fmt::join(paths, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace

Status TenantRegistry::not_frozen() const {
  if (!frozen_) return {};
  return fail(
      ErrorCode::kConflict, "bundles.frozen",
      "changes are frozen, because something was tampered with; see `bailiwick bundle watch`, mend it, "
      "and `bailiwick bundle unfreeze`");
}

void TenantRegistry::inspect_platform(std::vector<WatchFinding>& findings) const {
  auto tampered = [&](std::string message) {
    findings.push_back({WatchKind::kTampered, std::string(kPlatformFolder), std::move(message)});
  };
  auto stored = store::latest_platform(ports_.store);
  if (!stored) return tampered("its stored revision cannot be read: " + stored.error().message);
  if (!*stored) {
    if (!platform_.revision.empty()) tampered("its stored revisions are gone");
    return;
  }
  Manifest manifest = manifest_of((*stored)->files);
  if (platform_.revision.empty()) {
    findings.push_back({WatchKind::kHidden, std::string(kPlatformFolder),
                        "what is stored was refused; bring a good revision from its source"});
    return;
  }
  if (revision_of(manifest) != platform_.revision)
    tampered(fmt::format("stored are other files than the revision {} that holds", platform_.revision));
  if (signing_.signatures == Signatures::kRequired) {
    SigningRules rules{.tenant = kPlatformFolder,
                       .signers = platform_signers(signing_.platform_keys),
                       .only = {},
                       .scrutiny = Scrutiny::kStored};
    if (auto good = check_signature((*stored)->envelope, manifest, "_platform/", rules); !good)
      tampered(faults_in(good.error()));
  }
  inspect_signers(platform_.signers, ports_.clock.wall(), findings);
}

void TenantRegistry::inspect_tenant(const TenantRow& row, std::vector<WatchFinding>& findings) const {
  auto found = [&](WatchKind kind, std::string message) {
    findings.push_back({kind, row.id, std::move(message)});
  };
  SnapshotPtr current = ports_.table.find(row.id);
  auto stored = store::find_revision(ports_.store, row.id, row.serial);
  if (!stored)
    return found(WatchKind::kTampered, "its stored revision cannot be read: " + stored.error().message);
  bool same = revision_of(manifest_of(stored->files)) == stored->revision;
  if (!same)
    found(WatchKind::kTampered, "the stored files are not those of their revision " + stored->revision);
  if (!current) {
    if (row.lifecycle.status == snapshot::TenantStatus::kActive)
      found(WatchKind::kHidden, "what is stored was refused; bring a good revision from its source");
    return;
  }
  if (same && current->revision != stored->revision) {
    found(WatchKind::kTampered,
          fmt::format("{} holds, and {} is stored as active", current->revision, stored->revision));
  }
  if (auto good = check_shown(row, *stored, platform_.signers, row.id + "/"); !good)
    found(WatchKind::kTampered, faults_in(good.error()));
  const policy::Rules* guardrails =
      platform_.guardrails && !platform_.guardrails->empty() ? platform_.guardrails.get() : nullptr;
  if (is_initial(row.lifecycle.status) && current->guardrails.get() != guardrails)
    found(WatchKind::kUnguarded, "it is not under the guardrails that hold; restart the server");
  if (row.lifecycle.status != current->lifecycle.status ||
      row.lifecycle.version != current->lifecycle.version)
    found(WatchKind::kTampered, "its state is stored as another than the one that holds");
  auto rollout = store::rollout_of(ports_.store, row.id);
  if (!rollout || !same_state(*rollout, current->rollout))
    found(WatchKind::kTampered, "its rollout is stored as another than the one that is under way");
  if (current->rollout) {
    if (auto good = read_baseline(row, current->rollout->state().baseline_serial, platform_); !good)
      found(WatchKind::kTampered, "the baseline of its rollout: " + faults_in(good.error()));
  }
  auto lapsed = lapsed_signers(stored->signature, platform_.signers, ports_.clock.wall());
  if (!lapsed) {
    found(WatchKind::kTampered, "what is stored of its signature is not what was written");
  } else if (!lapsed->empty()) {
    found(WatchKind::kSignerLapsed,
          fmt::format("what holds was signed by {}, which may sign no more; sign and push it anew", *lapsed));
  }
}

void TenantRegistry::inspect_drift(const TenantFolder& source, std::vector<WatchFinding>& findings) const {
  auto drifted = [&](std::string message) {
    findings.push_back({WatchKind::kDrifted, source.name, std::move(message)});
  };
  if (source.name == kPlatformFolder) {
    Manifest held = manifest_of(platform_.files), declared = manifest_of(source.files);
    if (held != declared) drifted("the source has other files: " + differences(held, declared));
    return;
  }
  auto row = store::find_tenant(ports_.store, source.name);
  if (!row) return;
  if (!*row)
    return drifted("the source declares it, and it was not taken; `bailiwick bundle reload` says why");
  Manifest declared = applied_manifest(source);
  if (declared != (*row)->folder_manifest) {
    return drifted(fmt::format("the source has changes that were not taken: {}",
                               differences((*row)->folder_manifest, declared)));
  }
  auto active = store::find_revision(ports_.store, (*row)->id, (*row)->serial);
  if (active && active->files != source.files) {
    drifted(fmt::format("changed through the API, and not in the source: {}",
                        differences(manifest_of(active->files), manifest_of(source.files))));
  }
}

std::vector<WatchFinding> TenantRegistry::look_around() {
  std::vector<WatchFinding> findings;
  Turns::Turn turn = reading_.take(10s);
  std::optional<SourceTree> tree;
  if (source_ && !turn)
    findings.push_back({WatchKind::kSourceUnreadable, "source", "somebody has been reading it for long"});
  if (source_ && turn) {
    if (auto read = source_->read())
      tree = std::move(*read);
    else
      findings.push_back({WatchKind::kSourceUnreadable, "source", read.error().message});
  }
  std::vector<TenantRow> rows;
  {
    MutexLock lock(changing_);
    inspect_platform(findings);
    if (auto stored = store::tenants(ports_.store))
      rows = std::move(*stored);
    else
      findings.push_back(
          {WatchKind::kTampered, "source", "tenants cannot be read: " + stored.error().message});
  }
  // One at a time, so that changes need not wait for all of them.
  for (const TenantRow& listed : rows) {
    MutexLock lock(changing_);
    if (auto row = store::find_tenant(ports_.store, listed.id); row && *row) inspect_tenant(**row, findings);
  }
  for (const SnapshotPtr& shown : ports_.table.all()) {
    MutexLock lock(changing_);
    if (auto row = store::find_tenant(ports_.store, shown->id().view()); row && !*row) {
      findings.push_back(
          {WatchKind::kTampered, shown->id().str(), "it is served, and nothing of it is stored any more"});
    }
  }
  if (!tree) return findings;
  if (tree->platform) tree->tenants.push_back(std::move(*tree->platform));
  for (const TenantFolder& source : tree->tenants) {
    MutexLock lock(changing_);
    inspect_drift(source, findings);
  }
  return findings;
}

Result<WatchReport> TenantRegistry::inspect(const tenancy::Permit<tenancy::Action::kBundlesInspect>& permit,
                                            OnTampering action) {
  std::vector<WatchFinding> findings = look_around();
  std::ranges::sort(findings);
  MutexLock lock(changing_);
  std::vector<WatchFinding> fresh;
  std::ranges::set_difference(findings, watch_.findings, std::back_inserter(fresh));
  bool tampered = std::ranges::count(fresh, WatchKind::kTampered, &WatchFinding::kind) > 0;
  frozen_ = frozen_ || (tampered && action == OnTampering::kFreeze);
  watch_.checked_at = to_rfc3339(ports_.clock.wall());
  watch_.frozen = frozen_;
  Actor actor = actor_of(permit);
  // What cannot be recorded freezes all the same, and is found anew the next time.
  std::erase_if(watch_.findings,
                [&](const WatchFinding& old) { return !std::ranges::binary_search(findings, old); });
  for (WatchFinding& finding : fresh) {
    log_error("bundle.watch",
              {{"kind", name_of(finding.kind)}, {"subject", finding.subject}, {"message", finding.message}});
    Error error(ErrorCode::kConflict, fmt::format("watch.{}", name_of(finding.kind)), finding.message);
    error.problems.push_back({finding.subject, finding.message});
    CHECK_OK(record_refusal(actor, finding.subject, {}, error));
    auto place = std::ranges::lower_bound(watch_.findings, finding);
    watch_.findings.insert(place, std::move(finding));
  }
  return watch_;
}

WatchReport TenantRegistry::last_inspection(const tenancy::Permit<tenancy::Action::kBundlesInspect>&) const {
  MutexLock lock(changing_);
  return watch_;
}

Result<WatchReport> TenantRegistry::unfreeze(const tenancy::Permit<tenancy::Action::kBundlesUnfreeze>& permit,
                                             std::string_view reason) {
  MutexLock lock(changing_);
  if (!frozen_) return fail(ErrorCode::kConflict, "bundles.not_frozen", "nothing is frozen");
  ledger::Record record;
  record.kind = ledger::RecordKind::kLifecycle;
  record.time = ports_.clock.wall();
  record.principal = permit.principal().subject;
  record.action = tenancy::name_of(tenancy::Action::kBundlesUnfreeze);
  record.resource = "platform:bundle";
  record.decision = "allow";
  record.extra = {{"reason", json::string(reason)}, {"findings", watch_.findings.size()}};
  CHECK_OK(ports_.ledger.append_durable(permit, {&record, 1}));
  frozen_ = watch_.frozen = false;
  return watch_;
}

}  // namespace bailiwick::bundles
