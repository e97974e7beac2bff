// policy conflicts: where local rules stand in each other's way.
#include <memory>
#include <ostream>
#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/threshold_files.h"
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
bool is_policy_file(const fs::path& path, std::string_view name) {
  return path.filename() == name && path.parent_path().filename() == "policies";
}
bool is_governance(const fs::path& path) {
  return is_policy_file(path, "governance.yaml");
}
bool is_evaluation(const fs::path& path) {
  return is_policy_file(path, "evaluation.yaml");
}

bool is_sovereignty(const fs::path& path) {
  return path.filename() == "data-sovereignty.yaml";
}
bool is_yaml_of_rules(const fs::path& path) {
  return is_governance(path) || is_evaluation(path) || is_sovereignty(path);
}

/// The folder of the bundle that a file of rules belongs to.
fs::path bundle_of(const fs::path& file) {
  fs::path folder = file.parent_path();
  if (!is_governance(file) && !is_evaluation(file)) return folder;
  folder = folder.parent_path();
  bool is_program = folder.parent_path().filename() == "programs";
  return is_program ? folder.parent_path().parent_path() : folder;
}

/// A file of rules by its path in its bundle's folder.
struct InBundle {
  std::string folder;
  std::string path;
};
InBundle place_in_bundle(const std::string& path) {
  fs::path whole = fs::absolute(path).lexically_normal(), folder = bundle_of(whole);
  return {folder.string(), whole.lexically_relative(folder).generic_string()};
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

  /// After the last file: the rules of those that speak together.
  void finish() {
    for (const auto& [folder, files] : thresholds_) take(files.rules(problems_), files.path(), files.state());
  }

  const std::vector<policy::AnalysedRule>& rules() const { return rules_; }
  const std::vector<Problem>& problems() const { return problems_; }

 private:
  /// The rules that a file becomes.
  Status read_yaml(const std::string& path, const std::string& text, policy::RuleState state) {
    auto tree = parse_yaml(text, path);
    if (!tree) {
      std::ranges::move(tree.error().problems, std::back_inserter(problems_));
      return {};
    }
    InBundle in = place_in_bundle(path);
    if (is_evaluation(path)) {
      thresholds_[in.folder].add(std::move(in.path), path, std::move(*tree), state);
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
      snapshot::build_rules({*tree, text, path, snapshot::program_of(in.path)}, built, problems_);
    }
    std::ranges::move(binding.take(), std::back_inserter(problems_));
    take(std::move(built), path, state);
    return {};
  }

  void take(std::vector<policy::BuiltRule> built, const std::string& path, policy::RuleState state) {
    for (policy::BuiltRule& rule : built) {
      std::string place = rule.places(rule.policy.span.begin);
      add(std::move(rule.policy), std::move(place), path, state);
    }
  }

  void add(cedar::Policy rule, std::string place, const std::string& path, policy::RuleState state) {
    policy::AnalysedRule made{.place = std::move(place), .state = state};
    std::string id = rule.annotation("id");
    made.id = id.empty() ? rule.id : id;
    std::string folder = fs::path(place_in_bundle(path).folder).filename().string();
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
  std::map<std::string, ThresholdFiles> thresholds_;  // by the folder of the bundle
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
  reader.finish();
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
