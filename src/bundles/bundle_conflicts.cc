#include "bundles/bundle_conflicts.h"

#include <fmt/format.h>

#include "bundles/platform_bundle.h"
#include "policy/rule_files.h"

namespace bailiwick::bundles {
namespace {

constexpr std::size_t kMaxRules = 2'000;

/// Read and checked already, so its priority is a word that is known.
void add(std::vector<policy::AnalysedRule>& rules, const std::vector<cedar::Policy>& policies,
         const std::vector<std::string>& places, const policy::AnalysedRule& like) {
  for (std::size_t i = 0; i < policies.size(); ++i) {
    policy::AnalysedRule rule = like;
    rule.policy = policies[i];
    rule.id = policies[i].id;
    rule.place = places[i];
    rule.priority = policy::priority_of(policies[i]).value_or(policy::PriorityClass::kDefault);
    rules.push_back(std::move(rule));
  }
}

}  // namespace

Result<BundleConflicts> conflicts_of(const snapshot::FileTexts& files, std::string_view tenant,
                                     policy::RuleState state, const snapshot::FileTexts& guardrails) {
  std::map<std::string, std::string> cedar;
  for (const auto& [path, text] : guardrails) {
    if (path.ends_with(".cedar")) cedar.emplace(path, text);
  }
  std::string platform_place = fmt::format("{}/", kPlatformFolder);
  TRY(policy::RuleFiles platform, policy::read_rules(cedar, platform_place, policy::RulesOf::kPlatform));
  snapshot::ParsedBundle bundle = snapshot::parse_bundle(files, "");
  snapshot::validate_bundle(bundle, tenant, "");
  if (!bundle.problems.empty()) return invalid_bundle(std::move(bundle.problems));

  BundleConflicts found;
  add(found.rules, platform.operations, platform.operation_places, {.origin = policy::RuleOrigin::kPlatform});
  policy::AnalysedRule own{
      .origin = policy::RuleOrigin::kTenant, .tenant = std::string(tenant), .state = state};
  add(found.rules, bundle.rules.operations, bundle.rules.operation_places, own);
  add(found.rules, bundle.rules.application, bundle.rules.application_places, own);
  if (found.rules.size() > kMaxRules) {
    return fail(ErrorCode::kTooLarge, "conflicts.too_many",
                fmt::format("there are {} rules, and at most {} are compared here; use `bailiwick policy "
                            "conflicts` on the files",
                            found.rules.size(), kMaxRules));
  }
  std::optional<cedar::Schema> schema;
  if (const std::string& text = bundle.files.rules.schema; !text.empty()) {
    TRY(schema, cedar::parse_schema(text, "schema.cedarschema"));
  }
  found.report = policy::find_conflicts(found.rules, schema ? &*schema : nullptr);
  return found;
}

}  // namespace bailiwick::bundles
