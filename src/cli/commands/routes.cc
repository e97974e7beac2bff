// routes show|clear-cache: how a tenant's models are doing, and the answers that are kept of them.
#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

const std::vector<Column> kTargetColumns{{"PROVIDER", "provider"},   {"MODEL", "model"},
                                         {"STATE", "state"},         {"READY IN MS", "ready_in_ms"},
                                         {"P95 MS", "p95_ms"},       {"ERRORS", "error_share"},
                                         {"IN FLIGHT", "in_flight"}, {"WAITING", "waiting"}};

Result<std::string> tenant_path(const Context& context) {
  TRY(std::string tenant, required_tenant(context));
  return "/v1/tenants/" + percent_encode(tenant);
}

Result<Exit> show_routes(const Context& context) {
  TRY(std::string path, tenant_path(context));
  TRY(ApiAnswer answer, ApiClient(context).call({.path = path + "/routes"}));
  TRY(json::value view, answer.json());
  print_rows(context, view, view.at("targets").as_array(), kTargetColumns);
  return Exit::kOk;
}

Result<Exit> clear_cache(const Context& context) {
  TRY(std::string path, tenant_path(context));
  TRY(ApiAnswer answer, ApiClient(context).call({.method = "DELETE", .path = path + "/cache"}));
  TRY(json::value view, answer.json());
  print_object(context, view);
  return Exit::kOk;
}

}  // namespace

void add_routes(CLI::App& app, Context& context) {
  CLI::App* routes = app.add_subcommand("routes", "How a tenant's models are doing, and their kept answers");
  routes->require_subcommand(1);
  CLI::App* show = routes->add_subcommand("show", "State, latency and errors of every model of the routes");
  show->callback([&context] { context.command = [&context] { return show_routes(context); }; });
  CLI::App* clear =
      routes->add_subcommand("clear-cache", "Forget the model answers that are kept to be given again");
  clear->callback([&context] { context.command = [&context] { return clear_cache(context); }; });
}

}  // namespace bailiwick::cli
