// tokens create|list|revoke|rotate
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "tenancy/principal.h"

namespace bailiwick::cli {
namespace {

const std::vector<Column> kTokenColumns{{"ID", "id"},
                                        {"NAME", "name"},
                                        {"ROLES", "roles"},
                                        {"SCOPES", "scopes"},
                                        {"CREATED", "created_at"},
                                        {"EXPIRES", "expires_at"},
                                        {"REVOKED", "revoked_at"}};

struct TokenFields {
  std::string id;
  std::string name;
  std::string role;
  std::string in_program;
  std::string in_namespace;
  std::vector<std::string> scopes;
  std::vector<std::string> quotas;
  std::string expires;
  std::string overlap = "24h";
};

Result<std::string> base_path(const Context& context) {
  TRY(std::string tenant, required_tenant(context));
  return "/v1/tenants/" + percent_encode(tenant) + "/tokens";
}

/// The roles that a tenant's token can have.
std::vector<std::string> tenant_roles() {
  std::vector<std::string> words = enum_words<tenancy::Role>();
  std::erase(words, name_of(tenancy::Role::kPlatformAdmin));
  return words;
}

/// `operator, viewer in program triage`
std::string roles_of(const json::value& token) {
  std::string text;
  for (const json::value& binding : token.at("bindings").as_array()) {
    if (!text.empty()) text += ", ";
    text += std::string_view(binding.at("role").as_string());
    for (const char* within : {"program", "namespace"}) {
      const json::value& name = binding.at(within);
      if (name.is_string()) text += fmt::format(" in {} {}", within, std::string_view(name.get_string()));
    }
  }
  return text;
}

/// The secret alone on stdout, so that `TOKEN=$(bailiwick tokens create …)` works; words about it on stderr.
Result<Exit> show_issued(const Context& context, const ApiAnswer& answer) {
  TRY(json::value value, answer.json());
  if (context.format != Format::kTable) {
    print_value(context, value);
    return Exit::kOk;
  }
  *context.out << std::string_view(value.at("token").as_string()) << '\n';
  *context.err << "Made " << std::string_view(value.at("id").as_string())
               << ". The token is shown this once.\n";
  return Exit::kOk;
}

/// `max_requests_per_minute=60`, `max_cost_per_day=2.50`: numbers and money go out as they were written.
Result<json::object> quotas_of(const std::vector<std::string>& given) {
  json::object quotas;
  for (const std::string& quota : given) {
    std::size_t equals = quota.find('=');
    if (equals == std::string::npos || !PicoDollars::parse(quota.substr(equals + 1))) {
      return fail(ErrorCode::kInvalid, "quota.malformed",
                  fmt::format("--quota {}: write KEY=NUMBER, such as max_requests_per_minute=60", quota));
    }
    std::string value = quota.substr(equals + 1);
    bool whole = value.find_first_not_of("0123456789") == std::string::npos;
    TRY(quotas[quota.substr(0, equals)], parse_json(whole ? value : fmt::format("\"{}\"", value)));
  }
  return quotas;
}

Result<Exit> create(const Context& context, const TokenFields& fields) {
  TRY(std::string path, base_path(context));
  json::object binding{{"role", json::string(fields.role)}};
  if (!fields.in_program.empty()) binding["program"] = json::string(fields.in_program);
  if (!fields.in_namespace.empty()) binding["namespace"] = json::string(fields.in_namespace);
  json::object body{{"name", json::string(fields.name)}, {"bindings", json::array{std::move(binding)}}};
  json::array scopes;
  for (const std::string& scope : fields.scopes) scopes.push_back(json::string(scope));
  body["scopes"] = std::move(scopes);
  TRY(body["quotas"], quotas_of(fields.quotas));
  if (!fields.expires.empty()) body["expires_in"] = json::string(fields.expires);
  TRY(ApiAnswer answer,
      ApiClient(context).call({.method = "POST", .path = path, .body = json::serialize(body)}));
  return show_issued(context, answer);
}

Result<Exit> list_tokens(const Context& context) {
  TRY(std::string path, base_path(context));
  json::object whole{{"tokens", json::array{}}};
  json::array& rows = whole["tokens"].get_array();
  std::string token;
  do {
    TRY(ApiAnswer answer, ApiClient(context).call({.path = with_query(path, {{"page_token", token}})}));
    TRY(json::value page, answer.json());
    for (const json::value& row : page.at("tokens").as_array()) rows.push_back(row);
    token = page.at("next_page_token").as_string();
  } while (!token.empty());
  json::array shown = rows;
  for (json::value& row : shown) row.as_object()["roles"] = json::string(roles_of(row));
  print_rows(context, whole, shown, kTokenColumns);
  return Exit::kOk;
}

Result<Exit> revoke(const Context& context, const TokenFields& fields) {
  TRY(std::string path, base_path(context));
  TRY(ApiAnswer answer,
      ApiClient(context).call({.method = "DELETE", .path = path + "/" + percent_encode(fields.id)}));
  TRY(json::value value, answer.json());
  print_object(context, value);
  return Exit::kOk;
}

Result<Exit> rotate(const Context& context, const TokenFields& fields) {
  TRY(std::string path, base_path(context));
  json::object body{{"overlap", json::string(fields.overlap)}};
  TRY(ApiAnswer answer, ApiClient(context).call({.method = "POST",
                                                 .path = path + "/" + percent_encode(fields.id) + "/rotate",
                                                 .body = json::serialize(body)}));
  return show_issued(context, answer);
}

}  // namespace

void add_tokens(CLI::App& app, Context& context) {
  CLI::App* tokens = app.add_subcommand("tokens", "Make, list, rotate and revoke a tenant's tokens");
  tokens->require_subcommand(1);
  auto fields = std::make_shared<TokenFields>();

  CLI::App* make = tokens->add_subcommand("create", "Make a token; it is shown once");
  make->add_option("--role", fields->role, "What the token may do")
      ->required()
      ->check(CLI::IsMember(tenant_roles()));
  make->add_option("--name", fields->name, "For people");
  make->add_option("--in-program", fields->in_program, "Only in this program");
  make->add_option("--in-namespace", fields->in_namespace, "Only in this namespace");
  make->add_option("--scope", fields->scopes, "Only this action, like ask or corpus.*; may be repeated")
      ->allow_extra_args(false);
  make->add_option("--quota", fields->quotas,
                   "What it may use at most, as in tenant.yaml: max_cost_per_day=5; may be repeated")
      ->allow_extra_args(false);
  make->add_option("--expires", fields->expires, "Life from now: 90d, 12h");
  make->callback(
      [&context, fields] { context.command = [&context, fields] { return create(context, *fields); }; });

  CLI::App* all = tokens->add_subcommand("list", "List tokens, ended ones included");
  all->callback([&context] { context.command = [&context] { return list_tokens(context); }; });

  CLI::App* end = tokens->add_subcommand("revoke", "End a token at once");
  end->add_option("id", fields->id, "tok_…")->required();
  end->callback(
      [&context, fields] { context.command = [&context, fields] { return revoke(context, *fields); }; });

  CLI::App* turn = tokens->add_subcommand("rotate", "Replace a token; the old one overlaps");
  turn->add_option("id", fields->id, "tok_…")->required();
  turn->add_option("--overlap", fields->overlap, "How long the old one goes on working")
      ->capture_default_str();
  turn->callback(
      [&context, fields] { context.command = [&context, fields] { return rotate(context, *fields); }; });
}

}  // namespace bailiwick::cli
