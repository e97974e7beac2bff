// budgets show|raise: what may still be spent, and more of it for a while.
#include <memory>

#include <fmt/format.h>

#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

const std::vector<Column> kBudgetColumns{
    {"LEVEL", "level"},       {"NAME", "name"},       {"WINDOW", "window"},        {"LIMIT", "limit_usd"},
    {"RAISED", "raised_usd"}, {"SPENT", "spent_usd"}, {"RESERVED", "reserved_usd"}};

struct RaiseArguments {
  std::string window = "day";
  std::string by;
  std::string reason;
};

Result<std::string> budgets_path(const Context& context) {
  TRY(std::string tenant, required_tenant(context));
  return "/v1/tenants/" + percent_encode(tenant) + "/budgets";
}

Result<Exit> show_budgets(const Context& context) {
  TRY(std::string path, budgets_path(context));
  TRY(ApiAnswer answer, ApiClient(context).call({.path = path}));
  TRY(json::value view, answer.json());
  json::array rows;
  for (const json::value& level : view.at("levels").as_array()) {
    for (const json::value& budget : level.at("budgets").as_array()) {
      json::object row = budget.as_object();
      row["level"] = level.at("level");
      row["name"] = level.at("name");
      rows.push_back(std::move(row));
    }
  }
  print_rows(context, view, rows, kBudgetColumns);
  return Exit::kOk;
}

Result<Exit> raise_budget(const Context& context, const RaiseArguments& arguments) {
  TRY(std::string path, budgets_path(context));
  json::object body{{"window", json::string(arguments.window)},
                    {"by_usd", json::string(arguments.by)},
                    {"program", json::string(context.program)},
                    {"reason", json::string(arguments.reason)}};
  TRY(ApiAnswer answer,
      ApiClient(context).call({.method = "POST", .path = path + "/raise", .body = json::serialize(body)}));
  TRY(json::value view, answer.json());
  print_object(context, view);
  return Exit::kOk;
}

}  // namespace

void add_budgets(CLI::App& app, Context& context) {
  CLI::App* budgets = app.add_subcommand("budgets", "What may still be spent, and more of it for a while");
  budgets->require_subcommand(1);
  CLI::App* show = budgets->add_subcommand("show", "Budgets of a tenant, its programs and tokens");
  show->callback([&context] { context.command = [&context] { return show_budgets(context); }; });

  auto arguments = std::make_shared<RaiseArguments>();
  CLI::App* raise = budgets->add_subcommand(
      "raise", "More money until the day or month ends, for the tenant or a --program; recorded");
  raise->add_option("--by", arguments->by, "How much more, in USD")->required();
  raise->add_option("--window", arguments->window, "day or month")
      ->check(CLI::IsMember({"day", "month"}))
      ->capture_default_str();
  raise->add_option("--reason", arguments->reason, "Why; stands in the ledger")->required();
  raise->callback([&context, arguments] {
    context.command = [&context, arguments] { return raise_budget(context, *arguments); };
  });
}

}  // namespace bailiwick::cli
