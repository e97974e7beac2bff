// policy conflicts: where local rules stand in each other's way.
#include <memory>
#include <ostream>
#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "policy/analysis/conflicts.h"
#include "policy/cedar/limits.h"
#include "policy/cedar/parser.h"
#include "policy/cedar/schema.h"
#include "snapshot/declared_rules.h"
#include "snapshot/governance_policy.h"
#include "snapshot/sovereignty_rules.h"

namespace bailiwick::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPlatformFolder = "_platform";

struct ConflictArguments {
  std::vector<std::string> paths;
  std::vector<std::string> proposed;
  std::string schema;
};

/// `programs/bed-planning/policies/governance.yaml`: a file of rules, in a folder that is a bundle's.
bool is_governance(const fs::path& path) {
  return path.filename() == "governance.yaml" && path.parent_path().filename() == "policies";
}

bool is_sovereignty(const fs::path& path) {
  return path.filename() == "data-sovereignty.yaml";
}
bool is_yaml_of_rules(const fs::path& path) {
  return is_governance(path) || is_sovereignty(path);
}

/// The folder of the bundle that a file of rules belongs to.
fs::path bundle_of(const fs::path& file) {
  fs::path folder = file.parent_path();
  if (!is_governance(file)) return folder;
  folder = folder.parent_path();
  bool is_program = folder.parent_path().filename() == "programs";
  return is_program ? folder.parent_path().parent_path() : folder;
}

/// Files as they are named, and the files of rules below folders.
Result<std::set<std::string>> rule_files(const std::vector<std::string>& paths) {
  std::set<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.insert(path);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
      if (entry.is_regular_file() && (entry.path().extension() == ".cedar" || is_yaml_of_rules(entry.path())))
        files.insert(entry.path().string());
    }
    if (error) return fail(ErrorCode::kUnavailable, "file.unreadable", path + ": " + error.message());
  }
  return files;
}

/// Reads rules, and notes every fault of every file.
class ConflictRules {
 public:
  explicit ConflictRules(std::string tenant) : tenant_(std::move(tenant)) {}

  Status read(const std::string& path, policy::RuleState state) {
    TRY(std::string text, read_file(path, cedar::kMaxTextBytes));
    if (is_yaml_of_rules(path)) return read_yaml(path, text, state);
    auto parsed = cedar::parse_policies(text, path);
    if (!parsed) {
      std::ranges::move(parsed.error().problems, std::back_inserter(problems_));
      if (parsed.error().problems.empty()) return std::unexpected(std::move(parsed.error()));
      return {};
    }
    cedar::Source source(path, text);
    for (cedar::Policy& rule : *parsed) {
      std::string place = source.place(rule.span.begin);
      add(std::move(rule), std::move(place), path, state);
    }
    return {};
  }

  const std::vector<policy::AnalysedRule>& rules() const { return rules_; }
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  /// governance.yaml and data-sovereignty.yaml: the rules that they become.
  Status read_yaml(const std::string& path, const std::string& text, policy::RuleState state) {
    auto tree = parse_yaml(text, path);
    if (!tree) {
      std::ranges::move(tree.error().problems, std::back_inserter(problems_));
      return {};
    }
    BindContext binding(path);
    std::vector<policy::BuiltRule> built;
    if (is_sovereignty(path)) {
      snapshot::DataSovereignty file;
      Binding<snapshot::DataSovereignty>::read(binding, *tree, file, Rule{});
      if (file.data_sovereignty) built = snapshot::sovereignty_rules(*file.data_sovereignty, *tree, path);
    } else {
      snapshot::GovernancePolicy file;
      Binding<snapshot::GovernancePolicy>::read(binding, *tree, file, Rule{});
      fs::path whole = fs::absolute(path).lexically_normal();
      std::string inside = whole.lexically_relative(bundle_of(whole)).generic_string();
      snapshot::build_rules({*tree, text, path, snapshot::program_of(inside)}, built, problems_);
    }
    std::ranges::move(binding.take(), std::back_inserter(problems_));
    for (policy::BuiltRule& rule : built) {
      std::string place = rule.places(rule.policy.span.begin);
      add(std::move(rule.policy), std::move(place), path, state);
    }
    return {};
  }

  void add(cedar::Policy rule, std::string place, const std::string& path, policy::RuleState state) {
    policy::AnalysedRule made{.place = std::move(place), .state = state};
    std::string id = rule.annotation("id");
    made.id = id.empty() ? rule.id : id;
    std::string folder = bundle_of(fs::absolute(path).lexically_normal()).filename().string();
    bool is_platform = folder == kPlatformFolder;
    made.origin = is_platform ? policy::RuleOrigin::kPlatform : policy::RuleOrigin::kTenant;
    if (!is_platform) made.tenant = tenant_.empty() ? folder : tenant_;
    auto priority = policy::priority_of(rule);
    if (!priority) {
      problems_.push_back(
          {made.place, "@priority is \"security\", \"regulatory\", \"tenant\" or \"default\""});
      return;
    }
    made.priority = *priority;
    made.policy = std::move(rule);
    rules_.push_back(std::move(made));
  }

  std::string tenant_;
  std::vector<policy::AnalysedRule> rules_;
  std::vector<Problem> problems_;
};

void print_conflicts(const Context& context, const policy::ConflictReport& report,
                     const std::vector<policy::AnalysedRule>& rules) {
  for (const policy::Conflict& found : report.findings) {
    *context.out << fmt::format("{}: {} {}: {}\n", rules[found.rule].place, name_of(found.severity),
                                name_of(found.kind), found.message);
    if (found.other) *context.out << fmt::format("  the other: {}\n", rules[*found.other].place);
    if (found.witness) *context.out << fmt::format("  request: {}\n", json::serialize(*found.witness));
  }
  if (report.overlaps_left_out > 0) {
    *context.out << fmt::format("{} more pairs may overlap: a permit is shown with {} forbids at most\n",
                                report.overlaps_left_out, policy::kMaxOverlaps);
  }
  *context.out << fmt::format("{} rule{}, {} finding{}\n", rules.size(), rules.size() == 1 ? "" : "s",
                              report.findings.size(), report.findings.size() == 1 ? "" : "s");
}

Result<Exit> find_rule_conflicts(const Context& context, const ConflictArguments& arguments) {
  std::optional<cedar::Schema> schema;
  if (!arguments.schema.empty()) {
    TRY(std::string text, read_file(arguments.schema, cedar::kMaxTextBytes));
    auto parsed = arguments.schema.ends_with(".json") ? cedar::parse_schema_json(text, arguments.schema)
                                                      : cedar::parse_schema(text, arguments.schema);
    TRY(schema, std::move(parsed));
  }
  TRY(std::set<std::string> active, rule_files(arguments.paths));
  TRY(std::set<std::string> proposed, rule_files(arguments.proposed));
  ConflictRules reader(context.tenant);
  for (const std::string& path : proposed) {
    CHECK_OK(reader.read(path, policy::RuleState::kProposed));
    active.erase(path);
  }
  for (const std::string& path : active) CHECK_OK(reader.read(path, policy::RuleState::kActive));
  if (!reader.problems().empty()) {
    *context.out << to_string(reader.problems());
    return Exit::kGateFailed;
  }
  policy::ConflictReport report = policy::find_conflicts(reader.rules(), schema ? &*schema : nullptr);
  if (context.format == Format::kTable)
    print_conflicts(context, report, reader.rules());
  else
    print_value(context, to_json(report, reader.rules()));
  return report.has_errors() ? Exit::kGateFailed : Exit::kOk;
}

}  // namespace

void add_policy_conflicts(CLI::App& policy, Context& context) {
  auto arguments = std::make_shared<ConflictArguments>();
  CLI::App* conflicts = policy.add_subcommand(
      "conflicts", "Find rules that contradict, shadow, repeat or overlap each other; exit 3 on an error");
  conflicts->add_option(
      "path", arguments->paths,
      "Files of rules, or folders with *.cedar and the YAML files that hold rules; the platform's lie in "
      "`_platform`");
  conflicts->add_option("--proposed", arguments->proposed,
                        "Files or folders of rules that are not active yet");
  conflicts->add_option("--schema", arguments->schema,
                        "Schema of an application of your own (.cedarschema or .json)");
  conflicts->callback([&context, arguments] {
    context.command = [&context, arguments]() -> Result<Exit> {
      if (arguments->paths.empty() && arguments->proposed.empty()) arguments->paths.emplace_back(".");
      return find_rule_conflicts(context, *arguments);
    };
  });
}

}  // namespace bailiwick::cli
