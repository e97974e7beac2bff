// policy show: every rule of a bundle's folder as Cedar, whatever file says it; the policies of roles and
// scopes; or one file turned between Cedar and its JSON.
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "base/files.h"
#include "bundles/platform_bundle.h"
#include "cli/bundle_folder.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "policy/cedar/est.h"
#include "policy/cedar/format.h"
#include "policy/cedar/limits.h"
#include "policy/cedar/parser.h"
#include "policy/role_policies.h"
#include "policy/rule_files.h"
#include "snapshot/declared_rules.h"
#include "snapshot/retrieval_rules.h"

namespace bailiwick::cli {
namespace {

namespace fs = std::filesystem;

struct ShowArguments {
  std::string path;
  std::string bundle;
  bool roles = false;
  std::string as;  ///< empty: what `-o` asks for
};

/// Prints what is wrong; other errors end the command.
Result<Exit> report_faults(const Context& context, Error error) {
  if (error.problems.empty()) return std::unexpected(std::move(error));
  *context.out << to_string(error.problems);
  return Exit::kGateFailed;
}

struct ShownRules {
  policy::RuleFiles files;
  std::vector<policy::BuiltRule> guard;  ///< what the search keeps by itself
};

Result<ShownRules> rules_of_platform(const bundles::TenantFolder& folder) {
  std::map<std::string, std::string> cedar;
  for (const auto& [path, text] : folder.files) {
    if (path.ends_with(".cedar")) cedar.emplace(path, text);
  }
  TRY(policy::RuleFiles files, policy::read_rules(cedar, folder.place, policy::RulesOf::kPlatform));
  return ShownRules{.files = std::move(files), .guard = {}};
}

/// Rules are shown as they would hold, so a bundle with faults is not shown.
std::vector<policy::BuiltRule> rules_of_guard(const snapshot::ParsedBundle& bundle, std::string_view place) {
  std::vector<policy::BuiltRule> rules;
  for (const auto& [path, tree] : bundle.documents) {
    if (snapshot::kind_of_path(path)->name != "retrieval") continue;
    std::string_view program = snapshot::program_of(path);
    const snapshot::Settings& settings =
        program.empty() ? bundle.files.settings : bundle.files.settings_of(program);
    std::ranges::move(
        snapshot::guard_equivalents(settings.retrieval, tree, fmt::format("{}{}", place, path), program),
        std::back_inserter(rules));
  }
  return rules;
}

Result<ShownRules> rules_of_folder(const std::string& path) {
  TRY(bundles::TenantFolder folder, read_bundle_folder(path));
  if (folder.name == bundles::kPlatformFolder) return rules_of_platform(folder);
  snapshot::ParsedBundle bundle = snapshot::parse_bundle(folder.files, folder.place);
  snapshot::validate_bundle(bundle, folder.name, folder.place);
  if (!bundle.problems.empty()) return bundles::invalid_bundle(std::move(bundle.problems));
  std::vector<policy::BuiltRule> guard = rules_of_guard(bundle, folder.place);
  return ShownRules{.files = std::move(bundle.rules), .guard = std::move(guard)};
}

json::string scope_of(const cedar::Policy& policy, std::string_view part) {
  // The formatted form has the three parts of the scope on lines of their own, behind annotations.
  std::string text = to_string(policy);
  std::size_t from = text.find("\n  " + std::string(part));
  if (from == std::string::npos) return {};
  from += 3;
  std::size_t end = text.find('\n', from);
  std::string line = text.substr(from, end - from);
  if (line.ends_with(',')) line.pop_back();
  return json::string(line);
}

json::object view_of(const cedar::Policy& policy, const std::string& place, std::string_view speaks_of) {
  json::array labels;
  std::string all = policy.annotation("labels");
  for (std::size_t from = 0; from < all.size();) {
    std::size_t end = std::min(all.find(',', from), all.size());
    labels.emplace_back(std::string_view(all).substr(from, end - from));
    from = end + 1;
  }
  return {{"id", policy.id},
          {"effect", name_of(policy.effect)},
          {"place", place},
          {"speaks_of", speaks_of},
          {"principal", scope_of(policy, "principal")},
          {"action", scope_of(policy, "action")},
          {"resource", scope_of(policy, "resource")},
          {"priority", policy.annotation("priority")},
          {"labels", std::move(labels)},
          {"reason", policy.annotation("reason")},
          {"remedy", policy.annotation("remedy")},
          {"cedar", to_string(policy)},
          {"policy", to_json(policy)}};
}

constexpr std::string_view kGuard = "guard";

/// Each rule behind a comment that says where it comes from. What the guard keeps is a comment as a whole:
/// no kernel is asked about it.
void print_cedar(const Context& context, const json::array& rules) {
  for (const json::value& rule : rules) {
    if (&rule != &rules.front()) *context.out << '\n';
    std::string_view place = rule.at("place").get_string(), text = rule.at("cedar").get_string();
    if (rule.at("speaks_of").get_string() != kGuard) {
      *context.out << "// " << place << '\n' << text;
      continue;
    }
    *context.out << "// " << place << ", kept by the search's guard, document by document:\n";
    while (!text.empty()) {
      std::size_t end = text.find('\n');
      *context.out << "//   " << text.substr(0, end) << '\n';
      text.remove_prefix(end + 1);
    }
  }
}

json::array views_of(const ShownRules& rules) {
  json::array views;
  const policy::RuleFiles& files = rules.files;
  for (std::size_t i = 0; i < files.operations.size(); ++i)
    views.push_back(view_of(files.operations[i], files.operation_places[i], "operations"));
  for (std::size_t i = 0; i < files.application.size(); ++i)
    views.push_back(view_of(files.application[i], files.application_places[i], "application"));
  for (const policy::BuiltRule& rule : rules.guard)
    views.push_back(view_of(rule.policy, rule.places(0), kGuard));
  return views;
}

Result<ShownRules> rules_of_roles() {
  ShownRules rules;
  TRY(rules.files.operations, cedar::parse_policies(policy::role_policies_text(), "built in"));
  for (cedar::Policy& policy : rules.files.operations) {
    policy.id = policy.annotation("id");
    rules.files.operation_places.emplace_back("built in");
  }
  return rules;
}

Result<Exit> show_rules(const Context& context, Result<ShownRules> rules, const std::string& as) {
  if (!rules) return report_faults(context, std::move(rules.error()));
  json::array views = views_of(*rules);
  if (as == "cedar") {
    print_cedar(context, views);
    return Exit::kOk;
  }
  Context printing = context;
  printing.format = as == "json" ? Format::kJson : as == "yaml" ? Format::kYaml : Format::kTable;
  print_rows(printing, json::object{{"rules", views}}, views,
             {{"ID", "id"},
              {"EFFECT", "effect"},
              {"PRINCIPAL", "principal"},
              {"ACTION", "action"},
              {"RESOURCE", "resource"},
              {"PRIORITY", "priority"},
              {"PLACE", "place"}});
  return Exit::kOk;
}

Result<std::vector<cedar::Policy>> read_policies(const std::string& path) {
  TRY(std::string text, read_file(path, cedar::kMaxTextBytes));
  if (!path.ends_with(".json")) return cedar::parse_policies(text, path);
  TRY(json::value value, parse_json(text, cedar::kPolicyJson));
  return cedar::policies_from_json(value, path);
}

Result<Exit> show_file(const Context& context, const std::string& path, const std::string& as) {
  if (as != "cedar" && as != "json")
    return fail(ErrorCode::kInvalid, "usage.as",
                "a file is shown --as cedar or json; a folder also as table");
  auto policies = read_policies(path);
  if (!policies) return report_faults(context, std::move(policies.error()));
  if (as == "cedar") {
    *context.out << to_string(*policies);
    return Exit::kOk;
  }
  json::object plain, templates;
  for (const cedar::Policy& policy : *policies)
    (policy.is_template() ? templates : plain)[policy.id] = to_json(policy);
  json::object set{{"staticPolicies", std::move(plain)},
                   {"templates", std::move(templates)},
                   {"templateLinks", json::array()}};
  *context.out << pretty_json(set) << '\n';
  return Exit::kOk;
}

Result<Exit> show(const Context& context, const ShowArguments& arguments) {
  int named =
      (arguments.path.empty() ? 0 : 1) + (arguments.bundle.empty() ? 0 : 1) + (arguments.roles ? 1 : 0);
  if (named != 1)
    return fail(ErrorCode::kInvalid, "usage.path",
                "name a file, a bundle's folder or --roles, and one of them");
  const std::string& path = arguments.path.empty() ? arguments.bundle : arguments.path;
  std::string as = arguments.as;
  if (as.empty())
    as = context.format == Format::kJson ? "json" : context.format == Format::kYaml ? "yaml" : "cedar";
  if (arguments.roles) return show_rules(context, rules_of_roles(), as);
  std::error_code ignored;
  bool is_folder = !arguments.bundle.empty() || fs::is_directory(path, ignored);
  return is_folder ? show_rules(context, rules_of_folder(path), as) : show_file(context, path, as);
}

}  // namespace

void add_policy_show(CLI::App& policy, Context& context) {
  auto arguments = std::make_shared<ShowArguments>();
  CLI::App* shown = policy.add_subcommand(
      "show", "Print every rule of a bundle's folder as Cedar with its origin, or one file of policies");
  shown->add_option("path", arguments->path,
                    "A bundle's folder (a tenant's, or _platform), or a file, .cedar or .json");
  shown->add_option("--bundle", arguments->bundle, "The same folder, by name");
  shown->add_flag("--roles", arguments->roles, "What the built-in roles permit and scopes forbid, as Cedar");
  shown
      ->add_option("--as", arguments->as,
                   "cedar (unless -o asks for another), json; for folders also table and yaml")
      ->check(CLI::IsMember({"cedar", "json", "table", "yaml"}));
  shown->callback([&context, arguments] {
    context.command = [&context, arguments] { return show(context, *arguments); };
  });
}

}  // namespace bailiwick::cli
