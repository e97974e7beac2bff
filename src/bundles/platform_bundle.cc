#include "bundles/platform_bundle.h"

#include <fmt/format.h>

#include "policy/rule_files.h"

namespace bailiwick::bundles {

bool is_platform_file(std::string_view path) {
  return snapshot::kind_of_platform_path(path) != nullptr;
}

Result<PlatformBundle> check_platform(snapshot::FileTexts files, std::string_view place) {
  PlatformBundle bundle;
  std::map<std::string, std::string> cedar;
  for (const auto& [path, text] : files) {
    const snapshot::FileKind* kind = snapshot::kind_of_platform_path(path);
    if (kind == nullptr) {
      Error stray(ErrorCode::kInvalid, "bundle.invalid", path + " is no file of the platform");
      stray.problems.push_back(
          {fmt::format("{}{}:1:1", place, path), "is no file of the platform; remove it"});
      return std::unexpected(std::move(stray));
    }
    if (kind->schema == nullptr) {
      cedar.emplace(path, text);
      continue;
    }
    std::string file = fmt::format("{}{}", place, path);
    TRY(Node tree, parse_yaml(text, file));
    if (tree.kind == Node::Kind::kNull) continue;  // nothing but comments
    TRY(bundle.quotas, bind_document<snapshot::PlatformQuotas>(tree, file, "bundle.invalid"));
  }
  TRY(policy::RuleFiles rules, policy::read_rules(cedar, place, policy::RulesOf::kPlatform));
  TRY(bundle.guardrails, policy::Rules::compile(rules.operations));
  bundle.revision = revision_of(manifest_of(files));
  bundle.files = std::move(files);
  return bundle;
}

}  // namespace bailiwick::bundles
