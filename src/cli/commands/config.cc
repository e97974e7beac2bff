// config show|validate: what the server would run with, and why.
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "config/server_config.h"

namespace bailiwick::cli {
namespace {

constexpr std::size_t kMaxSettings = 1 << 20;

Result<config::Loaded> load(const Context& context, const std::string& file) {
  config::Sources sources{.file = file, .file_text = {}, .environment = context.environment, .flags = {}};
  if (!file.empty()) {
    TRY(sources.file_text, read_file(file, kMaxSettings));
  }
  return config::load(sources);
}

Result<Exit> show(const Context& context, const std::string& file, bool origin) {
  TRY(config::Loaded loaded, load(context, file));
  json::object whole;
  json::array rows;
  for (const config::Setting& setting : config::settings()) {
    const config::Origin& found = loaded.origins.at(std::string(setting.key));
    json::object row{{"setting", json::string(setting.key)}, {"value", json::string(found.value)}};
    if (origin) row["origin"] = json::string(found.origin);
    if (origin)
      whole[setting.key] =
          json::object{{"value", json::string(found.value)}, {"origin", json::string(found.origin)}};
    else
      whole[setting.key] = json::string(found.value);
    rows.push_back(std::move(row));
  }
  std::vector<Column> columns{{"SETTING", "setting"}, {"VALUE", "value"}};
  if (origin) columns.push_back({"ORIGIN", "origin"});
  print_rows(context, whole, rows, columns);
  return Exit::kOk;
}

Result<Exit> explain(const Context& context) {
  json::array rows;
  for (const config::Setting& setting : config::settings()) {
    std::string variable = config::environment_name(setting.key);
    if (!setting.alias.empty()) variable += fmt::format(", {}", setting.alias);
    rows.push_back(json::object{{"setting", json::string(setting.key)},
                                {"default", json::string(setting.fallback)},
                                {"example", json::string(setting.example)},
                                {"environment", json::string(variable)},
                                {"meaning", json::string(setting.meaning)}});
  }
  json::value whole = rows;
  print_rows(context, whole, rows,
             {{"SETTING", "setting"},
              {"DEFAULT", "default"},
              {"ENVIRONMENT", "environment"},
              {"MEANING", "meaning"}});
  return Exit::kOk;
}

}  // namespace

void add_config(CLI::App& app, Context& context) {
  CLI::App* config = app.add_subcommand("config", "The server's settings: values, origins, meanings");
  config->require_subcommand(1);
  auto file = std::make_shared<std::string>();
  auto origin = std::make_shared<bool>(false);

  CLI::App* show_command = config->add_subcommand("show", "What the server would run with; secrets hidden");
  show_command->add_option("-c,--config", *file, "Settings file");
  show_command->add_flag("--origin", *origin, "Say where each value comes from");
  show_command->callback([&context, file, origin] {
    context.command = [&context, file, origin] { return show(context, *file, *origin); };
  });

  CLI::App* validate = config->add_subcommand("validate", "Check a settings file");
  validate->add_option("file", *file, "Settings file")->required();
  validate->callback([&context, file] {
    context.command = [&context, file]() -> Result<Exit> {
      TRY([[maybe_unused]] config::Loaded loaded, load(context, *file));
      *context.out << *file << ": good\n";
      return Exit::kOk;
    };
  });

  CLI::App* meanings = config->add_subcommand("explain", "Every setting, its default and its meaning");
  meanings->callback([&context] { context.command = [&context] { return explain(context); }; });
}

}  // namespace bailiwick::cli
