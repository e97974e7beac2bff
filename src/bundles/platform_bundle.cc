#include "bundles/platform_bundle.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "policy/rule_files.h"

namespace bailiwick::bundles {

bool is_platform_file(std::string_view path) {
  return snapshot::kind_of_platform_path(path) != nullptr;
}

snapshot::FileTexts guardrail_files(const snapshot::FileTexts& files) {
  snapshot::FileTexts guardrails;
  for (const auto& [path, text] : files) {
    if (path.ends_with(".cedar")) guardrails.emplace(path, text);
  }
  return guardrails;
}

Result<PlatformBundle> check_platform(snapshot::FileTexts files, std::string_view place) {
  snapshot::PlatformFiles read;
  std::vector<Problem> problems;
  auto take = [&](std::vector<Problem> more) { std::ranges::move(more, std::back_inserter(problems)); };
  std::map<std::string, std::string> cedar;
  for (const auto& [path, text] : files) {
    const snapshot::FileKind* kind = snapshot::kind_of_platform_path(path);
    std::string file = fmt::format("{}{}", place, path);
    if (kind == nullptr) {
      problems.push_back({file + ":1:1", "is no file of the platform; remove it"});
    } else if (kind->read_platform == nullptr) {
      cedar.emplace(path, text);
    } else if (auto tree = parse_yaml(text, file); !tree) {
      take(std::move(tree.error().problems));
    } else if (tree->kind != Node::Kind::kNull) {  // else nothing but comments
      BindContext context(file);
      kind->read_platform(context, *tree, read);
      take(context.take());
    }
  }
  auto rules = policy::read_rules(cedar, place, policy::RulesOf::kPlatform);
  if (!rules && rules.error().problems.empty()) return std::unexpected(std::move(rules.error()));
  if (!rules) take(std::move(rules.error().problems));
  if (!problems.empty()) return invalid_bundle(std::move(problems));
  TRY(policy::RulesPtr guardrails, policy::Rules::compile(rules->operations));
  return PlatformBundle{.quotas = read.quotas,
                        .signers = std::move(read.signers.signers),
                        .guardrails = std::move(guardrails),
                        .revision = revision_of(manifest_of(files)),
                        .files = std::move(files)};
}

}  // namespace bailiwick::bundles
