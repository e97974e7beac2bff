// soak: plays a scenario of load against a server and holds its answers to the scenario's bounds. A gate for
// pipelines, and where the figures for `capacity` come from.
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "base/files.h"
#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "cli/soak/report.h"
#include "cli/soak/spawned_server.h"

namespace bailiwick::cli {
namespace {

constexpr std::size_t kMaxScenario = 1 << 20;
constexpr std::size_t kMaxSoakToken = 8192;

struct SoakArguments {
  std::string scenario;
  std::string duration;
  bool spawn = false;
  pid_t pid = 0;
};

Result<Scenario> scenario_of(const SoakArguments& arguments) {
  TRY(std::string text, read_file(arguments.scenario, kMaxScenario));
  TRY(Scenario scenario, parse_scenario(text, arguments.scenario));
  if (arguments.duration.empty()) return scenario;
  TRY(std::chrono::milliseconds total, parse_duration(arguments.duration));
  if (total < std::chrono::seconds(1) || total > kLongestSoak) {
    return fail(ErrorCode::kInvalid, "usage.for", "--for: a soak takes from 1s to 24h");
  }
  scenario.stretch_to(total);
  return scenario;
}

/// The token that a reference names, or the caller's own where there is none.
Result<std::string> token_of(const TenantLoad& load, const Context& context) {
  auto unusable = [&](std::string_view why) {
    return fail(ErrorCode::kUnauthenticated, "token.missing",
                fmt::format("no token for tenant {}: {}", load.tenant.str(), why));
  };
  if (!load.token) {
    if (!context.token.empty()) return context.token;
    return unusable("name it in the scenario (`token: env:NAME` or file:/path), or set BAILIWICK_TOKEN");
  }
  std::string_view reference = load.token->str();
  if (reference.starts_with("env:")) {
    std::string name(reference.substr(4));
    auto found = context.environment.find(name);
    if (found != context.environment.end() && !found->second.empty()) return found->second;
    return unusable(fmt::format("{} is not set", name));
  }
  auto text = read_file(reference.substr(5), kMaxSoakToken);
  if (!text) return unusable(text.error().message);
  while (!text->empty() && std::isspace(static_cast<unsigned char>(text->back())) != 0) text->pop_back();
  return std::move(*text);
}

/// Each token opens what it is for: better said now than by a million refusals.
Status tokens_work(const Scenario& scenario, const SoakTarget& target) {
  for (std::size_t i = 0; i < scenario.tenants.size(); ++i) {
    Context caller;
    caller.url = target.url;
    caller.ca_file = target.ca_file;
    caller.token = target.tokens[i];
    const std::string& tenant = scenario.tenants[i].tenant.str();
    CHECK_OK(ApiClient(caller).call({.path = "/v1/whoami", .headers = {{"X-Bailiwick-Tenant", tenant}}}));
  }
  return {};
}

Result<SoakTarget> target_of(const Scenario& scenario, const SoakArguments& arguments, const Context& context,
                             const SpawnedServer* spawned) {
  SoakTarget target{.url = context.url, .ca_file = context.ca_file, .metrics_token = context.token};
  if (arguments.pid > 0) target.pid = arguments.pid;
  if (spawned != nullptr) {
    target.url = spawned->url();
    target.tokens = spawned->tokens();
    target.pid = spawned->pid();
    return target;
  }
  for (const TenantLoad& load : scenario.tenants) {
    TRY(std::string token, token_of(load, context));
    target.tokens.push_back(std::move(token));
  }
  CHECK_OK(tokens_work(scenario, target));
  return target;
}

/// `429×12 timeout×3`: every status but 200, and what came instead of an answer.
std::string mishaps(const json::value& row) {
  std::string text;
  for (const char* kind : {"statuses", "errors"}) {
    for (const auto& member : row.at(kind).as_object()) {
      if (member.key() == "200") continue;
      text += fmt::format("{}{}\u00d7{}", text.empty() ? "" : " ", std::string_view(member.key()),
                          json::serialize(member.value()));
    }
  }
  return text;
}

json::object soak_line(const json::value& row, std::string_view phase, std::string_view tenant) {
  json::object line = row.as_object();
  line["phase"] = json::string(phase);
  line["tenant"] = json::string(tenant);
  line["mishaps"] = json::string(mishaps(row));
  return line;
}

/// A line for each phase, and one below it for each tenant when there are several.
void print_phases(const Context& context, const json::object& report) {
  json::array lines;
  for (const json::value& phase : report.at("phases").as_array()) {
    std::string name(phase.at("phase").as_string());
    lines.push_back(soak_line(phase, name, "all"));
    const json::array& tenants = phase.at("tenants").as_array();
    for (const json::value& tenant : tenants) {
      if (tenants.size() > 1) lines.push_back(soak_line(tenant, name, tenant.at("tenant").as_string()));
    }
  }
  print_rows(context, report, lines,
             {{"PHASE", "phase"},
              {"TENANT", "tenant"},
              {"ASKED", "asked"},
              {"GOOD", "good"},
              {"ERRORS", "error_rate"},
              {"P50 MS", "p50_ms"},
              {"P95 MS", "p95_ms"},
              {"P99 MS", "p99_ms"},
              {"MAX MS", "max_ms"},
              {"JAIN", "jain"},
              {"RETRIES", "retries"},
              {"NOT GOOD", "mishaps"}});
}

void print_soak(const Context& context, const json::object& report) {
  print_phases(context, report);
  *context.out << '\n';
  json::object rest{{"recovery_s", report.at("recovery_s")},
                    {"server", report.at("server")},
                    {"generator", report.at("generator")},
                    {"measured", report.at("measured")}};
  print_object(context, rest);
  if (report.at("interrupted").as_bool()) *context.out << "\ninterrupted: the figures are those until then\n";
  const json::array& bounds = report.at("bounds").as_array();
  if (bounds.empty()) return;
  *context.out << '\n';
  print_rows(
      context, report, bounds,
      {{"BOUND", "bound"}, {"PHASE", "phase"}, {"WANT AT MOST", "want"}, {"GOT", "got"}, {"MET", "met"}});
}

Result<Exit> soak(const Context& context, const SoakArguments& arguments) {
  TRY(Scenario scenario, scenario_of(arguments));
  std::unique_ptr<SpawnedServer> spawned;
  if (arguments.spawn) {
    TRY(spawned, SpawnedServer::start(scenario, context));
  }
  TRY(SoakTarget target, target_of(scenario, arguments, context, spawned.get()));
  std::uint64_t written = spawned ? written_bytes(spawned->data()) : 0;
  SoakFigures figures(scenario);
  TRY(SoakRun run, LoadGenerator(scenario, target, figures, context).run());
  SoakSurroundings around{.url = target.url};
  if (spawned) around.written_bytes = std::max(written, written_bytes(spawned->data())) - written;
  json::object report = soak_report(scenario, figures, run, around);
  if (context.format == Format::kTable)
    print_soak(context, report);
  else
    print_value(context, report);
  return report.at("passed").as_bool() ? Exit::kOk : Exit::kGateFailed;
}

}  // namespace

void add_soak(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<SoakArguments>();
  CLI::App* command = app.add_subcommand(
      "soak", "Play a scenario of load against a server; exit 3 when a bound that it names is missed");
  command
      ->add_option("--scenario", arguments->scenario,
                   "JSON of phases, tenants and bounds; see docs/capacity.md")
      ->required();
  command->add_option("--for", arguments->duration,
                      "How long all phases take together, in proportion: 10m; at most 24h");
  auto* spawn =
      command->add_flag("--spawn", arguments->spawn,
                        "Start a server with the scenario's tenants and a provider that always answers");
  command
      ->add_option("--pid", arguments->pid,
                   "The server's process, for its memory and CPU; default: its /metrics")
      ->check(CLI::PositiveNumber)
      ->excludes(spawn);
  command->callback([&context, arguments] {
    context.command = [&context, arguments] { return soak(context, *arguments); };
  });
}

}  // namespace bailiwick::cli
