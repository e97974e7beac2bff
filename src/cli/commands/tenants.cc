// tenants create|get|list|update|suspend|resume|delete
#include <memory>

#include <fmt/format.h>

#include "base/document.h"
#include "base/files.h"
#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/flips.h"
#include "cli/output.h"
#include "snapshot/tenant_declaration.h"

namespace bailiwick::cli {
namespace {

constexpr std::size_t kMaxDeclaration = 1 << 20;

const std::vector<Column> kTenantColumns{{"ID", "id"},          {"NAME", "name"},   {"STATUS", "status"},
                                         {"PLAN", "plan"},      {"OWNER", "owner"}, {"UPDATED", "updated_at"},
                                         {"VERSION", "version"}};

/// Flags of create and update; what is not given is not sent.
struct TenantFields {
  std::string id;
  std::string file;
  std::string name;
  std::string description;
  std::string plan;
  std::string owner;
  std::string isolation;
  std::vector<std::string> labels;
  std::int64_t version = 0;
  bool dry_run = false;
};

Result<json::object> body_of(const TenantFields& fields) {
  json::object body;
  if (!fields.file.empty()) {
    TRY(std::string text, read_file(fields.file, kMaxDeclaration));
    TRY(Node node, parse_yaml(text, fields.file));
    json::value value = to_json(node);
    if (!value.is_object())
      return fail(ErrorCode::kInvalid, "usage.file", fields.file + ": expected a mapping of tenant fields");
    body = std::move(value.get_object());
  }
  for (auto [key, text] : {std::pair{"name", &fields.name},
                           {"description", &fields.description},
                           {"plan", &fields.plan},
                           {"owner", &fields.owner}}) {
    if (!text->empty()) body[key] = json::string(*text);
  }
  if (!fields.isolation.empty()) body["isolation"] = json::object{{"level", json::string(fields.isolation)}};
  if (!fields.labels.empty()) {
    json::object labels;
    for (const std::string& label : fields.labels) {
      std::size_t equals = label.find('=');
      if (equals == std::string::npos)
        return fail(ErrorCode::kInvalid, "usage.label", "write labels as key=value");
      labels[label.substr(0, equals)] = json::string(label.substr(equals + 1));
    }
    body["labels"] = std::move(labels);
  }
  return body;
}

void add_fields(CLI::App* command, TenantFields& fields) {
  command->add_option("-f,--file", fields.file, "Read the fields from a tenant.yaml (or JSON)");
  command->add_option("--name", fields.name, "Display name, unique in the installation");
  command->add_option("--description", fields.description, "What the tenant is for");
  command->add_option("--plan", fields.plan, "What it pays for")->check(words_of<snapshot::Plan>());
  command->add_option("--owner", fields.owner, "Who answers for the tenant");
  command->add_option("--isolation", fields.isolation, "How far its resources are its own")
      ->check(words_of<snapshot::IsolationLevel>());
  command->add_option("--label", fields.labels, "key=value; may be repeated")->allow_extra_args(false);
  command->add_flag("--dry-run", fields.dry_run, "Check everything and change nothing");
}

std::string dry(const TenantFields& fields) {
  return fields.dry_run ? "true" : "";
}

Result<Exit> show(const Context& context, const ApiAnswer& answer) {
  TRY(json::value value, answer.json());
  print_with_replay(context, value);
  return Exit::kOk;
}

std::string tenant_path(const std::string& id) {
  return "/v1/tenants/" + percent_encode(id);
}

Result<Exit> create(const Context& context, const TenantFields& fields) {
  TRY(json::object body, body_of(fields));
  if (!fields.id.empty()) body["id"] = json::string(fields.id);
  TRY(ApiAnswer answer,
      ApiClient(context).call({.method = "POST",
                               .path = with_query("/v1/tenants", {{"dry_run", dry(fields)}}),
                               .body = json::serialize(body)}));
  return show(context, answer);
}

/// Without --version the change applies to what stands now: the version is read first.
Result<Exit> update(const Context& context, const TenantFields& fields) {
  TRY(json::object body, body_of(fields));
  ApiClient client(context);
  std::string version = std::to_string(fields.version);
  if (fields.version == 0) {
    TRY(ApiAnswer now, client.call({.path = tenant_path(fields.id)}));
    version = now.headers.get("etag");
  } else {
    version = "\"" + version + "\"";
  }
  TRY(ApiAnswer answer, client.call({.method = "PATCH",
                                     .path = with_query(tenant_path(fields.id), {{"dry_run", dry(fields)}}),
                                     .body = json::serialize(body),
                                     .headers = {{"If-Match", version}}}));
  return show(context, answer);
}

struct Filters {
  std::string status, plan, label, prefix;
  std::int64_t limit = 0;
};

Result<Exit> list(const Context& context, const Filters& filters) {
  json::object whole{{"tenants", json::array{}}};
  json::array& rows = whole["tenants"].get_array();
  std::string token;
  do {
    TRY(ApiAnswer answer,
        ApiClient(context).call({.path = with_query("/v1/tenants", {{"status", filters.status},
                                                                    {"plan", filters.plan},
                                                                    {"label", filters.label},
                                                                    {"name_prefix", filters.prefix},
                                                                    {"page_token", token}})}));
    TRY(json::value page, answer.json());
    for (const json::value& row : page.at("tenants").as_array()) {
      if (filters.limit == 0 || static_cast<std::int64_t>(rows.size()) < filters.limit) rows.push_back(row);
    }
    token = page.at("next_page_token").as_string();
  } while (!token.empty() && (filters.limit == 0 || static_cast<std::int64_t>(rows.size()) < filters.limit));
  print_rows(context, whole, rows, kTenantColumns);
  return Exit::kOk;
}

}  // namespace

void add_tenants(CLI::App& app, Context& context) {
  CLI::App* tenants = app.add_subcommand("tenants", "Create, change, suspend and remove tenants");
  tenants->require_subcommand(1);
  auto fields = std::make_shared<TenantFields>();
  auto filters = std::make_shared<Filters>();
  auto reason = std::make_shared<std::string>();
  auto yes = std::make_shared<bool>(false);

  CLI::App* make = tenants->add_subcommand("create", "Create a tenant");
  make->add_option("id", fields->id, "Immutable slug, like acme-corp (or in the file)");
  add_fields(make, *fields);
  make->callback(
      [&context, fields] { context.command = [&context, fields] { return create(context, *fields); }; });

  CLI::App* get = tenants->add_subcommand("get", "Show one tenant");
  get->add_option("id", fields->id, "The tenant")->required();
  get->callback([&context, fields] {
    context.command = [&context, fields]() -> Result<Exit> {
      TRY(ApiAnswer answer, ApiClient(context).call({.path = tenant_path(fields->id)}));
      return show(context, answer);
    };
  });

  CLI::App* all = tenants->add_subcommand("list", "List tenants");
  all->add_option("--status", filters->status, "Only this status")->check(words_of<snapshot::TenantStatus>());
  all->add_option("--plan", filters->plan, "Only this plan")->check(words_of<snapshot::Plan>());
  all->add_option("--label", filters->label, "Only with this label, key=value");
  all->add_option("--name-prefix", filters->prefix, "Only names that begin so");
  all->add_option("--limit", filters->limit, "At most so many");
  all->callback(
      [&context, filters] { context.command = [&context, filters] { return list(context, *filters); }; });

  CLI::App* change = tenants->add_subcommand("update", "Change fields; others stay");
  change->add_option("id", fields->id, "The tenant")->required();
  change->add_option("--version", fields->version, "Refuse when the tenant is no longer at this version");
  add_fields(change, *fields);
  change->callback(
      [&context, fields] { context.command = [&context, fields] { return update(context, *fields); }; });

  struct Step {
    const char* name;
    const char* help;
  };
  for (Step step : {Step{"suspend", "Stop all calls of a tenant at once"},
                    Step{"resume", "Let a suspended tenant work again"}}) {
    CLI::App* command = tenants->add_subcommand(step.name, step.help);
    command->add_option("id", fields->id, "The tenant")->required();
    std::string verb = step.name;
    if (verb == "suspend") command->add_option("--reason", *reason, "Why; stands in the record")->required();
    command->add_flag("--dry-run", fields->dry_run, "Check everything and change nothing");
    command->callback([&context, fields, reason, verb] {
      context.command = [&context, fields, reason, verb]() -> Result<Exit> {
        std::string body;
        if (verb == "suspend") body = json::serialize(json::object{{"reason", json::string(*reason)}});
        TRY(ApiAnswer answer,
            ApiClient(context).call(
                {.method = "POST",
                 .path = with_query(tenant_path(fields->id) + "/" + verb, {{"dry_run", dry(*fields)}}),
                 .body = body}));
        return show(context, answer);
      };
    });
  }

  CLI::App* remove =
      tenants->add_subcommand("delete", "Remove a tenant: it drains, is sealed, and is archived");
  remove->add_option("id", fields->id, "The tenant")->required();
  remove->add_flag("--yes", *yes, "Do not ask");
  remove->add_flag("--dry-run", fields->dry_run, "Check everything and change nothing");
  remove->callback([&context, fields, yes] {
    context.command = [&context, fields, yes]() -> Result<Exit> {
      if (!*yes && !fields->dry_run) {
        return fail(ErrorCode::kInvalid, "usage.confirm",
                    fmt::format("this removes {} for good; its id is never used again. Add --yes to go on",
                                fields->id));
      }
      TRY(ApiAnswer answer, ApiClient(context).call(
                                {.method = "DELETE",
                                 .path = with_query(tenant_path(fields->id), {{"dry_run", dry(*fields)}})}));
      return show(context, answer);
    };
  });
}

}  // namespace bailiwick::cli
