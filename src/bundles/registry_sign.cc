// What signatures mean to the registry: which are asked for, what stored ones must still prove, and how a
// refusal is recorded.
#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "bundles/registry.h"

namespace bailiwick::bundles {
namespace {

/// A record says what was wrong; it does not repeat what somebody wrote at length.
std::string brief(const std::string& message) {
  constexpr std::size_t kLongest = 400;
  return message.size() <= kLongest ? message : excerpt(message);
}

}  // namespace

/// The stricter of what is active and what is proposed: a bundle cannot loosen the rule that it is taken by.
Result<std::optional<SignedRevision>> TenantRegistry::check_signed(
    const Proposal& proposal, const std::optional<TenantRow>& row,
    const snapshot::BundleFiles* proposed) const {
  if (!proposal.envelope) {
    if (signing_.signatures == Signatures::kRequired) return std::unexpected(unsigned_bundle(proposal.place));
    return std::nullopt;
  }
  SigningRules rules{.tenant = proposal.tenant,
                     .signers = platform_.signers,
                     .only = {},
                     .people = proposed != nullptr ? people_to_sign(*proposed) : 1,
                     .now = ports_.clock.wall()};
  if (row) {
    rules.last_serial = row->signed_serial;
    rules.last_digest = row->signed_digest;
  }
  CHECK_OK(govern(proposal, row, proposed, rules));
  return check_signature(*proposal.envelope, manifest_of(proposal.files), proposal.place, rules);
}

Status TenantRegistry::govern(const Proposal& proposal, const std::optional<TenantRow>& row,
                              const snapshot::BundleFiles* proposed, SigningRules& rules) const {
  auto take = [&](const snapshot::BundleFiles& files) {
    rules.people = std::max(rules.people, people_to_sign(files));
    rules.only = files.settings.governance.signers;
  };
  if (snapshot::SnapshotPtr current = ports_.table.find(proposal.tenant))
    return take(*current->files), Status();
  if (!row) {
    if (proposed != nullptr) take(*proposed);
    return {};
  }
  // It is stored and not shown. What it asks for holds all the same; where that cannot be read, two people.
  TRY(RevisionRow stored, store::find_revision(ports_.store, row->id, row->serial));
  snapshot::ParsedBundle parsed = snapshot::parse_bundle(stored.files, "");
  bool readable = std::ranges::none_of(
      parsed.faulty, [](const std::string& path) { return path.ends_with("policies/governance.yaml"); });
  take(parsed.files);
  if (!readable) rules.people = std::max<std::int64_t>(rules.people, 2);
  return {};
}

Result<CheckedBundle> TenantRegistry::check(const Proposal& proposal,
                                            const std::optional<TenantRow>& row) const {
  auto valid = validate_files(proposal.files, proposal.tenant, proposal.place, platform_.quotas);
  auto signature = check_signed(proposal, row, valid ? &valid->files : nullptr);
  if (!signature) {
    Error error = std::move(signature.error());
    if (!valid) std::ranges::move(valid.error().problems, std::back_inserter(error.problems));
    return std::unexpected(std::move(error));
  }
  if (!valid) return std::unexpected(std::move(valid.error()));
  CheckedBundle checked = checked_bundle(std::move(*valid), proposal.files, platform_.quotas);
  checked.signature = std::move(*signature);
  return checked;
}

/// What was signed by keys that lapsed since goes on: a key that is revoked signs nothing new, and the
/// tenants that it signed for are not shut down by it. What never was active is taken as if it came now.
Status TenantRegistry::check_stored(const TenantRow& row, const RevisionRow& stored,
                                    const std::vector<snapshot::Signer>& signers, std::string_view place,
                                    Scrutiny scrutiny) const {
  if (signing_.signatures == Signatures::kOptional) return {};
  if (stored.envelope.empty()) return std::unexpected(unsigned_bundle(place));
  SigningRules rules{.tenant = row.id,
                     .signers = signers,
                     .only = {},
                     .now = ports_.clock.wall(),
                     .last_serial = row.signed_serial,
                     .last_digest = row.signed_digest,
                     .scrutiny = scrutiny};
  if (snapshot::SnapshotPtr current = ports_.table.find(row.id);
      current && scrutiny == Scrutiny::kActivation) {
    rules.people = people_to_sign(*current->files);
    rules.only = current->files->settings.governance.signers;
  }
  CHECK_OK(check_signature(stored.envelope, manifest_of(stored.files), place, rules));
  return {};
}

Status TenantRegistry::check_shown(const TenantRow& row, const RevisionRow& stored,
                                   const std::vector<snapshot::Signer>& signers,
                                   std::string_view place) const {
  if (row.lifecycle.status != snapshot::TenantStatus::kActive) return {};
  return check_stored(row, stored, signers, place, Scrutiny::kStored);
}

Status TenantRegistry::record_refusal(const Actor& actor, std::string_view resource, const Manifest& manifest,
                                      const Error& error) const {
  constexpr std::size_t kMostFaults = 8;
  ledger::Record record;
  record.kind = ledger::RecordKind::kLifecycle;
  record.time = ports_.clock.wall();
  record.principal = actor.principal.subject;
  record.action = tenancy::name_of(actor.action);
  record.resource = resource;
  record.decision = "deny";
  record.reason = error.reason;
  json::array faults;
  for (const Problem& problem : error.problems) {
    if (faults.size() == kMostFaults) break;
    faults.push_back(json::object{{"where", json::string(brief(problem.where))},
                                  {"message", json::string(brief(problem.message))}});
  }
  record.extra = {{"problems", error.problems.size()}, {"faults", std::move(faults)}};
  if (!manifest.empty()) record.extra["revision"] = json::string(revision_of(manifest));
  return actor.record(record);
}

/// The folder is refused either way; that its refusal is not on the record is one more thing to tell.
void TenantRegistry::note_refusal(const Actor& actor, std::string_view resource, const TenantFolder& source,
                                  std::string_view reason, TenantReload& done) const {
  Error error(ErrorCode::kForbidden, reason, {});
  error.problems = done.problems;
  auto recorded = record_refusal(actor, resource, manifest_of(source.files), error);
  if (!recorded)
    done.problems.push_back(
        {source.place, "this refusal could not be recorded: " + recorded.error().message});
}

}  // namespace bailiwick::bundles
