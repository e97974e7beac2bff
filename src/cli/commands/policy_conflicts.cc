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

namespace bailiwick::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPlatformFolder = "_platform";

struct ConflictArguments {
  std::vector<std::string> paths;
  std::vector<std::string> proposed;
  std::string schema;
};

/// Files as they are named, and the `.cedar` files below folders.
Result<std::set<std::string>> cedar_files(const std::vector<std::string>& paths) {
  std::set<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.insert(path);
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
      if (entry.is_regular_file() && entry.path().extension() == ".cedar")
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
    auto parsed = cedar::parse_policies(text, path);
    if (!parsed) {
      std::ranges::move(parsed.error().problems, std::back_inserter(problems_));
      if (parsed.error().problems.empty()) return std::unexpected(std::move(parsed.error()));
      return {};
    }
    cedar::Source source(path, text);
    std::string folder = fs::absolute(path).parent_path().filename().string();
    for (cedar::Policy& rule : *parsed) {
      policy::AnalysedRule made{.place = source.place(rule.span.begin), .state = state};
      std::string id = rule.annotation("id");
      made.id = id.empty() ? rule.id : id;
      bool is_platform = folder == kPlatformFolder;
      made.origin = is_platform ? policy::RuleOrigin::kPlatform : policy::RuleOrigin::kTenant;
      if (!is_platform) made.tenant = tenant_.empty() ? folder : tenant_;
      auto priority = policy::priority_of(rule);
      if (!priority) {
        problems_.push_back(
            {made.place, "@priority is \"security\", \"regulatory\", \"tenant\" or \"default\""});
        continue;
      }
      made.priority = *priority;
      made.policy = std::move(rule);
      rules_.push_back(std::move(made));
    }
    return {};
  }

  const std::vector<policy::AnalysedRule>& rules() const { return rules_; }
  const std::vector<Problem>& problems() const { return problems_; }

 private:
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
  TRY(std::set<std::string> active, cedar_files(arguments.paths));
  TRY(std::set<std::string> proposed, cedar_files(arguments.proposed));
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
  conflicts->add_option("path", arguments->paths,
                        "Files of Cedar, or folders with *.cedar; those of the platform lie in `_platform`");
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
