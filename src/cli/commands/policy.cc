// policy check|format|schema: Cedar on local files, without a server; its other verbs are in policy_show.cc,
// policy_conflicts.cc and policy_explain.cc.
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "policy/cedar/format.h"
#include "policy/cedar/lexer.h"
#include "policy/cedar/limits.h"
#include "policy/cedar/parser.h"
#include "policy/cedar/schema.h"
#include "policy/operations.h"
#include "policy/rule_files.h"

namespace bailiwick::cli {
namespace {

Result<std::string> read(const std::string& path) {
  return read_file(path, cedar::kMaxTextBytes);
}

/// Prints what is wrong with a file; other errors end the command.
Result<Exit> report(const Context& context, Error error) {
  if (error.problems.empty()) return std::unexpected(std::move(error));
  *context.out << to_string(error.problems);
  return Exit::kGateFailed;
}

Result<Exit> check(const Context& context, const std::vector<std::string>& paths,
                   const std::string& schema_path) {
  std::optional<cedar::Schema> schema;
  if (!schema_path.empty()) {
    TRY(std::string text, read(schema_path));
    auto parsed = schema_path.ends_with(".json") ? cedar::parse_schema_json(text, schema_path)
                                                 : cedar::parse_schema(text, schema_path);
    if (!parsed) return report(context, std::move(parsed.error()));
    schema = std::move(*parsed);
  }
  std::map<std::string, std::string> files;
  for (const std::string& path : paths) {
    TRY(files[path], read(path));
  }
  auto rules = policy::read_rules(files, "", policy::RulesOf::kTenant, schema ? &*schema : nullptr);
  if (!rules) return report(context, std::move(rules.error()));
  *context.out << fmt::format("good: {} rule{} of operations", rules->operations.size(),
                              rules->operations.size() == 1 ? "" : "s");
  if (schema) *context.out << fmt::format(", {} of the application", rules->application.size());
  *context.out << '\n';
  return Exit::kOk;
}

enum class Output { kPrint, kInPlace };

/// All files are read before the first is written: a fault in one leaves all as they are.
Result<Exit> format(const Context& context, const std::vector<std::string>& paths, Output output) {
  std::map<std::string, std::string> changed;
  for (const std::string& path : paths) {
    TRY(std::string text, read(path));
    auto parsed = cedar::parse_policies(text, path);
    if (!parsed) return report(context, std::move(parsed.error()));
    if (has_comments(cedar::Source(path, text))) {
      return fail(ErrorCode::kInvalid, "policy.comments",
                  path + " has comments, and formatting would drop them; write them as annotations");
    }
    std::string formatted = to_string(*parsed);
    if (output == Output::kPrint) *context.out << formatted;
    if (formatted != text) changed.emplace(path, std::move(formatted));
  }
  if (output == Output::kPrint) return Exit::kOk;
  for (const auto& [path, text] : changed) CHECK_OK(write_file_atomically(path, text));
  return Exit::kOk;
}

}  // namespace

void add_policy(CLI::App& app, Context& context) {
  CLI::App* policy =
      app.add_subcommand("policy", "Rules in Cedar, on local files, and why a decision was made");
  policy->require_subcommand(1);
  auto paths = std::make_shared<std::vector<std::string>>();
  auto schema = std::make_shared<std::string>();
  auto in_place = std::make_shared<bool>(false);

  CLI::App* checked =
      policy->add_subcommand("check", "Check rules, each fault with its place; exit 3 on a fault");
  checked->add_option("file", *paths, "Files of Cedar policies")->required();
  checked->add_option("--schema", *schema, "Schema of an application of your own (.cedarschema or .json)");
  checked->callback([&context, paths, schema] {
    context.command = [&context, paths, schema] { return check(context, *paths, *schema); };
  });

  CLI::App* formatted = policy->add_subcommand("format", "Print policies in their one form");
  formatted->add_option("file", *paths, "Files of Cedar policies")->required();
  formatted->add_flag("--write", *in_place, "Change the files instead");
  formatted->callback([&context, paths, in_place] {
    context.command = [&context, paths, in_place] {
      return format(context, *paths, *in_place ? Output::kInPlace : Output::kPrint);
    };
  });

  add_policy_show(*policy, context);
  add_policy_conflicts(*policy, context);
  add_policy_explain(*policy, context);

  CLI::App* vocabulary =
      policy->add_subcommand("schema", "Print the vocabulary in which rules speak of operations");
  auto roles = std::make_shared<bool>(false);
  vocabulary->add_flag("--roles", *roles, "That of the built-in roles, which know every operation");
  vocabulary->callback([&context, roles] {
    context.command = [&context, roles]() -> Result<Exit> {
      *context.out << policy::operations_schema_text(*roles ? policy::Vocabulary::kRoles
                                                            : policy::Vocabulary::kRules);
      return Exit::kOk;
    };
  });
}

}  // namespace bailiwick::cli
