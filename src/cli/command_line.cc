#include "cli/command_line.h"

#include <algorithm>
#include <iostream>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "base/binding.h"
#include "base/files.h"
#include "cli/commands/commands.h"

namespace bailiwick::cli {
namespace {

constexpr std::size_t kMaxTokenFile = 4096;

struct Globals {
  std::string token_file;
  bool token_stdin = false;
  std::string format = "table";
};

std::string trimmed(std::string text) {
  text.erase(text.find_last_not_of(" \t\r\n") + 1);
  return text;
}

void take_environment(Context& context) {
  auto set = [&](const char* name, std::string& member) {
    if (auto found = context.environment.find(name);
        found != context.environment.end() && !found->second.empty()) {
      member = found->second;
    }
  };
  set("BAILIWICK_URL", context.url);
  set("BAILIWICK_TOKEN", context.token);
  set("BAILIWICK_TENANT", context.tenant);
  set("BAILIWICK_PROGRAM", context.program);
  set("BAILIWICK_CA_FILE", context.ca_file);
}

void add_globals(CLI::App& app, Context& context, Globals& globals) {
  app.add_option("--url", context.url, "Server; BAILIWICK_URL")->group("Connection")->capture_default_str();
  app.add_option("--tenant", context.tenant, "Tenant; BAILIWICK_TENANT")->group("Connection");
  app.add_option("--program", context.program, "Program inside the tenant; BAILIWICK_PROGRAM")
      ->group("Connection");
  app.add_option("--token-file", globals.token_file, "File with the token; default BAILIWICK_TOKEN")
      ->group("Connection");
  app.add_flag("--token-stdin", globals.token_stdin, "Read the token from standard input")
      ->group("Connection");
  app.add_option("--ca-file", context.ca_file, "PEM file that vouches for the server; BAILIWICK_CA_FILE")
      ->group("Connection");
  app.add_option("-o,--format", globals.format, "table, json or yaml; csv of usage and capacity")
      ->check(CLI::IsMember({"table", "json", "yaml", "csv"}))
      ->capture_default_str();
}

Status settle_globals(Context& context, const Globals& globals) {
  context.format = globals.format == "json"   ? Format::kJson
                   : globals.format == "yaml" ? Format::kYaml
                   : globals.format == "csv"  ? Format::kCsv
                                              : Format::kTable;
  if (context.format == Format::kCsv && !context.offers_csv) {
    return fail(
        ErrorCode::kInvalid, "usage.format",
        "this command prints table, json or yaml; `usage report`, `usage invoice` and `capacity` print csv");
  }
  if (!globals.token_file.empty()) {
    TRY(std::string text, read_file(globals.token_file, kMaxTokenFile));
    context.token = trimmed(std::move(text));
  } else if (globals.token_stdin) {
    std::getline(std::cin, context.token);
    context.token = trimmed(std::move(context.token));
  }
  return {};
}

/// How far the words of a command line name commands.
struct Reached {
  const CLI::App* level;
  std::string path;     ///< `bailiwick tenants`
  std::string unknown;  ///< the first word that is neither a command nor an option
};

std::vector<std::string> commands_below(const CLI::App& level) {
  std::vector<std::string> names;
  for (const CLI::App* sub : level.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

Reached follow(const CLI::App& app, const std::vector<std::string>& arguments) {
  Reached reached{.level = &app, .path = app.get_name(), .unknown = {}};
  for (const std::string& word : arguments) {
    if (word.starts_with("-") || commands_below(*reached.level).empty()) break;
    std::vector<std::string> names = commands_below(*reached.level);
    if (std::ranges::find(names, word) == names.end()) {
      reached.unknown = word;
      break;
    }
    reached.level = reached.level->get_subcommand(word);
    reached.path += " " + word;
  }
  return reached;
}

/// What to say of a command line that is none. A noun without its verb is a question: its help answers.
void explain(const CLI::App& app, const CLI::ParseError& error, const std::vector<std::string>& arguments,
             const Context& context) {
  Reached reached = follow(app, arguments);
  if (!reached.unknown.empty()) {
    std::string near = nearest(reached.unknown, commands_below(*reached.level));
    *context.err << fmt::format("bailiwick: there is no command '{}'; {}\n", reached.unknown,
                                near.empty() ? fmt::format("see `{} --help`", reached.path)
                                             : fmt::format("did you mean '{}'?", near));
    return;
  }
  bool wants_verb = error.get_name() == "RequiredError" && !commands_below(*reached.level).empty();
  if (wants_verb) {
    std::string parents = reached.path.substr(0, reached.path.rfind(' '));
    *context.err << reached.level->help(reached.level == &app ? "" : parents);
    return;
  }
  *context.err << fmt::format("bailiwick: {}\nsee `{} --help`\n", error.what(), reached.path);
}

int execute(Context& context, const Globals& globals) {
  auto settled = settle_globals(context, globals);
  Result<Exit> outcome =
      settled ? context.command() : Result<Exit>(std::unexpected(std::move(settled.error())));
  context.out->flush();
  if (outcome) return static_cast<int>(*outcome);
  print_error(context, outcome.error());
  return static_cast<int>(exit_of(outcome.error()));
}

}  // namespace

int run_command_line(std::vector<std::string> arguments, Context& context,
                     const std::vector<AddCommand>& more) {
  CLI::App app("Bailiwick: one installation, many tenants' AI work, complete separation.", "bailiwick");
  app.set_version_flag("--version", "bailiwick " BAILIWICK_VERSION);
  app.fallthrough();
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  Globals globals;
  take_environment(context);
  add_globals(app, context, globals);
  for (const AddCommand& add : more) add(app, context);
  for (auto* add : {add_tenants, add_tokens, add_budgets, add_routes, add_corpus, add_ask, add_ledger,
                    add_bundle, add_policy, add_usage, add_prices, add_config, add_eval, add_evaluate,
                    add_soak, add_capacity, add_doctor, add_api, add_completion}) {
    add(app, context);
  }
  app.footer("Help on a command: bailiwick help COMMAND, or bailiwick COMMAND --help");
  if (!arguments.empty() && arguments.front() == "help") {
    arguments.erase(arguments.begin());
    if (follow(app, arguments).unknown.empty()) arguments.emplace_back("--help");
  }
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(std::move(reversed));
    if (!context.command) {
      *context.err << app.help();
      return static_cast<int>(Exit::kUsage);
    }
    return execute(context, globals);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, *context.out, *context.err);
    explain(app, error, arguments, context);
    return static_cast<int>(Exit::kUsage);
  } catch (const std::exception& error) {
    *context.err << "bailiwick: " << error.what() << '\n';
    return static_cast<int>(Exit::kFailure);
  }
}

}  // namespace bailiwick::cli
