// Bundles that come through the API: a new one, or an older one again.
#include <fmt/format.h>

#include "base/printing.h"
#include "bundles/registry.h"

namespace bailiwick::bundles {

using snapshot::SnapshotPtr;
using tenancy::Action;

namespace {

/// What tenant.yaml declares, defaults included, so that saying one and leaving it out are the same. The
/// status there is the initial one only.
Result<json::object> declared(const snapshot::FileTexts& files) {
  TRY(Node tree, parse_yaml(files.at("tenant.yaml"), "tenant.yaml"));
  TRY(auto tenant, bind_document<snapshot::TenantDeclaration>(tree, "tenant.yaml", "bundle.invalid"));
  json::object fields = to_json_value(tenant).as_object();
  fields.erase("status");
  return fields;
}

}  // namespace

Result<Taken> TenantRegistry::push(const tenancy::Permit<Action::kBundlesPush>& permit,
                                   snapshot::FileTexts files, std::optional<std::string> envelope,
                                   Apply apply) {
  Proposal proposal{.tenant = permit.tenant().str(),
                    .place = {},
                    .files = std::move(files),
                    .envelope = std::move(envelope)};
  return propose(actor_of(permit), std::move(proposal), apply);
}

Result<Taken> TenantRegistry::activate(const tenancy::Permit<Action::kBundlesActivate>& permit,
                                       std::int64_t serial, std::optional<std::string> envelope,
                                       Apply apply) {
  SnapshotPtr current = ports_.table.find(permit.tenant().view());
  if (current && current->serial == serial) {
    return fail(ErrorCode::kConflict, "revision.active",
                fmt::format("the revision of serial {} is the active one", serial));
  }
  TRY(RevisionRow older, store::find_revision(ports_.store, permit.tenant().view(), serial));
  Proposal proposal{.tenant = permit.tenant().str(),
                    .place = {},
                    .files = std::move(older.files),
                    .envelope = std::move(envelope)};
  return propose(actor_of(permit), std::move(proposal), apply);
}

/// A refusal is on the record before it is answered. A dry run asks for nothing, so nothing is refused.
Result<Taken> TenantRegistry::propose(const Actor& actor, Proposal proposal, Apply apply) {
  Manifest manifest = manifest_of(proposal.files);
  std::string resource = fmt::format("tenant:{}", proposal.tenant);
  auto taken = take_proposal(actor, proposal, apply);
  if (taken || apply == Apply::kDryRun) return taken;
  CHECK_OK(record_refusal(actor, resource, manifest, taken.error()));
  return taken;
}

Result<Taken> TenantRegistry::take_proposal(const Actor& actor, Proposal& proposal, Apply apply) {
  Tried tried;
  {
    MutexLock lock(changing_);
    TRY(Taken done, look_at_proposal(actor, proposal, apply, nullptr));
    if (done.tenant) return done;
    TRY(tried, trial_of(proposal));
  }
  CHECK_OK(try_out_in_turn(tried));
  MutexLock lock(changing_);
  return look_at_proposal(actor, proposal, apply, &tried);
}

Result<Taken> TenantRegistry::look_at_proposal(const Actor& actor, const Proposal& proposal, Apply apply,
                                               const Tried* tried) {
  CHECK_OK(not_frozen());
  TRY(std::optional<TenantRow> row, store::find_tenant(ports_.store, proposal.tenant));
  SnapshotPtr current = ports_.table.find(proposal.tenant);
  if (!row || !current) return no_such_tenant();
  if (!is_initial(row->lifecycle.status)) return wrong_state(row->lifecycle.status, "be changed");
  TRY(RevisionRow active, store::find_revision(ports_.store, row->id, row->serial));
  if (active.files == proposal.files && active.envelope == normal_envelope(proposal.envelope.value_or("")))
    return Taken{.tenant = std::move(current), .replay = {}};
  TRY(CheckedBundle checked, check(proposal, row));
  TRY(json::object before, declared(active.files));
  TRY(json::object after, declared(proposal.files));
  CHECK_OK(check_fields(actor.principal, before, after));
  CHECK_OK(check_upstreams(actor.principal, *current->files, *checked.files));
  CHECK_OK(names_.check(checked.tenant));
  if (tried == nullptr) return Taken();
  TRY(TrialReport report, report_of(*tried, proposal.files));
  TRY(Change change,
      change_by(actor, row, std::move(checked), proposal.files, RevisionSource::kApi, std::move(report)));
  return take(actor, std::move(change), apply);
}

}  // namespace bailiwick::bundles
