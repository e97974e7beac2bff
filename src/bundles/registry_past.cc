// What held once: rules and policies of revisions that are stored, by the name that records give them.
#include <fmt/format.h>

#include "bundles/registry.h"

namespace bailiwick::bundles {
namespace {

using tenancy::Action;

std::unexpected<Error> unreadable(std::string_view whose, std::string_view revision, std::string_view why) {
  return fail(ErrorCode::kConflict, "revision.unreadable",
              fmt::format("revision {} of {} bundle cannot be read any more: {}", revision, whose, why));
}

/// The name says which files: others under it are none that ever held.
Status check_name(std::string_view whose, std::string_view revision, const snapshot::FileTexts& files) {
  if (revision_of(manifest_of(files)) == revision) return {};
  return unreadable(whose, revision, "what is stored under this name is something else");
}

/// Valid once; this version may ask for more.
std::unexpected<Error> not_understood(std::string_view whose, std::string_view revision, const Error& error) {
  if (error.code != ErrorCode::kInvalid) return std::unexpected(error);
  std::string why = error.message;
  if (!error.problems.empty())
    why = fmt::format("{}: {}", error.problems.front().where, error.problems.front().message);
  return unreadable(whose, revision, why);
}

Result<policy::RulesPtr> read_guardrails(storage::PlatformStore& store, const std::string& revision) {
  TRY(PlatformRow stored, store::find_platform(store, revision));
  CHECK_OK(check_name("the platform's", revision, stored.files));
  auto platform = check_platform(std::move(stored.files), "");
  if (!platform) return not_understood("the platform's", revision, platform.error());
  return std::move(platform->guardrails);
}

}  // namespace

Result<std::shared_ptr<const snapshot::BundleFiles>> TenantRegistry::past_files(
    std::string_view tenant, std::string_view revision) const {
  snapshot::SnapshotPtr current = ports_.table.find(tenant);
  if (current && current->revision == revision) return current->files;
  TRY(RevisionRow stored, store::find_named_revision(ports_.store, tenant, revision));
  CHECK_OK(check_name("the tenant's", revision, stored.files));
  // Its quotas bind nobody now, so they are not measured by those of the platform.
  auto checked = check_again(stored.files, tenant, "", {});
  if (!checked) return not_understood("the tenant's", revision, checked.error());
  return std::move(checked->files);
}

Result<PastRules> TenantRegistry::past_rules(const tenancy::Permit<Action::kLedgerExplain>& permit,
                                             const identity::PolicyRevision& named) const {
  std::string_view tenant = permit.tenant().view();
  auto rules_of = [&](const std::string& revision) -> Result<policy::RulesPtr> {
    if (revision.empty()) return nullptr;
    TRY(auto files, past_files(tenant, revision));
    return files->compiled_rules;
  };
  PastRules past;
  if (!named.platform.empty()) {
    TRY(past.guardrails, read_guardrails(ports_.store, named.platform));
  }
  TRY(past.rules, rules_of(named.tenant));
  TRY(past.before, rules_of(named.before));
  return past;
}

Result<policy::AccessPoliciesPtr> TenantRegistry::past_access(
    const tenancy::Permit<Action::kLedgerExplain>& permit, std::string_view revision) const {
  TRY(auto files, past_files(permit.tenant().view(), revision));
  return files->access;
}

}  // namespace bailiwick::bundles
