// bundle validate|test|import|reload|log and schema; its other verbs are in bundle_sign.cc and bundle_push.cc
#include <filesystem>
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "base/files.h"
#include "base/printing.h"
#include "bundles/commit.h"
#include "bundles/decision_os.h"
#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/flips.h"
#include "cli/output.h"
#include "snapshot/bundle_format.h"

namespace bailiwick::cli {
namespace {

constexpr std::size_t kMaxImport = 1 << 20;

/// `{"quota", "value", "origin"}` of every quota that would hold.
json::array effective_quotas(const bundles::FolderCheck& check) {
  json::array quotas;
  json::value printed = to_json_value(check.quotas);
  for (const auto& member : printed.as_object()) {
    if (member.value().is_null()) continue;
    auto inherited = check.inherited.find(member.key());
    std::string origin =
        inherited == check.inherited.end() ? "tenant.yaml" : "_platform " + inherited->second;
    quotas.push_back(json::object{
        {"quota", json::string(member.key())}, {"value", member.value()}, {"origin", json::string(origin)}});
  }
  return quotas;
}

void print_inherited(const Context& context, const json::array& quotas) {
  for (const json::value& quota : quotas) {
    std::string_view origin(quota.at("origin").as_string());
    if (origin == "tenant.yaml") continue;
    const json::value& value = quota.at("value");
    std::string text = value.is_string() ? std::string(value.get_string()) : json::serialize(value);
    *context.out << fmt::format("  {} {}, from {}\n", std::string_view(quota.at("quota").as_string()), text,
                                origin);
  }
}

/// `signed by ada, serial 3`, or `unsigned`.
std::string signature_state(const bundles::FolderCheck& check) {
  if (!check.signature) return "unsigned";
  std::string state = fmt::format("signed, serial {}", check.signature->statement.serial);
  if (!check.signers_known) return state + ", by keys that are not known here";
  for (const bundles::SignedBy& by : check.signature->by) state += ", by " + by.signer;
  return state;
}

Result<Exit> validate(const Context& context, const std::string& folder) {
  TRY(std::vector<bundles::FolderCheck> checks,
      bundles::validate_folder(*context.sandbox, folder, SystemClock().wall()));
  json::array rows;
  bool good = true;
  for (const bundles::FolderCheck& check : checks) {
    good = good && check.problems.empty();
    json::array quotas = effective_quotas(check);
    if (context.format == Format::kTable) {
      *context.out << to_string(check.problems);
      if (check.problems.empty())
        *context.out << fmt::format("{}: good, revision {}, {}\n", check.tenant, check.revision,
                                    signature_state(check));
      print_inherited(context, quotas);
    }
    rows.push_back(
        json::object{{"tenant", json::string(check.tenant)},
                     {"revision", json::string(check.revision)},
                     {"signature", check.signature ? json::value(check.signature->summary()) : nullptr},
                     {"signers_known", check.signers_known},
                     {"problems", to_json_value(check.problems)},
                     {"quotas", std::move(quotas)}});
  }
  if (context.format != Format::kTable) print_value(context, rows);
  return good ? Exit::kOk : Exit::kGateFailed;
}

/// The bundles' own tests. A bundle that is wrong otherwise has none that could be run.
Result<Exit> test(const Context& context, const std::string& folder) {
  TRY(std::vector<bundles::FolderCheck> checks,
      bundles::validate_folder(*context.sandbox, folder, SystemClock().wall()));
  json::array rows;
  bool good = true;
  for (const bundles::FolderCheck& check : checks) {
    good = good && check.problems.empty();
    if (context.format == Format::kTable) {
      *context.out << to_string(check.problems)
                   << fmt::format("{}: {} tests decided, {} problems\n", check.tenant, check.tests,
                                  check.problems.size());
    }
    rows.push_back(json::object{{"tenant", json::string(check.tenant)},
                                {"tests", check.tests},
                                {"passed", check.problems.empty()},
                                {"problems", to_json_value(check.problems)}});
  }
  if (context.format != Format::kTable) print_value(context, rows);
  return good ? Exit::kOk : Exit::kGateFailed;
}

Result<Exit> import_file(const Context& context, const std::string& file, const std::string& into) {
  TRY(std::string text, read_file(file, kMaxImport));
  TRY(bundles::ImportedBundle bundle, bundles::import_decision_os(text, file));
  std::filesystem::path folder = std::filesystem::path(into) / bundle.tenant;
  if (std::filesystem::exists(folder)) {
    return fail(ErrorCode::kConflict, "bundle.exists",
                folder.string() + ": exists already; nothing was written");
  }
  for (const auto& [path, content] : bundle.files) {
    std::filesystem::path target = folder / path;
    std::filesystem::create_directories(target.parent_path());
    CHECK_OK(write_file_atomically(target, content));
  }
  for (const std::string& note : bundle.notes) *context.err << "note: " << note << '\n';
  *context.out << folder.string() << '\n';
  return Exit::kOk;
}

Result<Exit> reload(const Context& context) {
  TRY(ApiAnswer answer, ApiClient(context).call({.method = "POST", .path = "/v1/bundles/reload"}));
  TRY(json::value report, answer.json());
  const json::array& rows = report.at("tenants").as_array();
  print_rows(context, report, rows, {{"TENANT", "tenant"}, {"OUTCOME", "outcome"}, {"REVISION", "revision"}});
  Exit exit = Exit::kOk;
  for (const json::value& row : rows) {
    if (row.at("outcome").as_string() == "rejected" || row.at("outcome").as_string() == "conflict")
      exit = Exit::kGateFailed;
    if (context.format != Format::kTable) continue;
    if (row.at("replay").at("flips_total").to_number<std::int64_t>() > 0) {
      *context.out << std::string_view(row.at("tenant").as_string()) << ": ";
      print_replay(context, row.at("replay"));
    }
    for (const json::value& problem : row.at("problems").as_array()) {
      *context.err << std::string_view(problem.at("where").as_string()) << ": "
                   << std::string_view(problem.at("message").as_string()) << '\n';
    }
  }
  return exit;
}

Result<Exit> log_revisions(const Context& context, std::int64_t limit) {
  TRY(std::string tenant, required_tenant(context));
  std::string path = with_query("/v1/tenants/" + percent_encode(tenant) + "/bundles",
                                {{"page_size", std::to_string(limit)}});
  TRY(ApiAnswer answer, ApiClient(context).call({.path = path}));
  TRY(json::value page, answer.json());
  const json::array& revisions = page.at("revisions").as_array();
  print_rows(context, revisions, revisions,
             {{"SERIAL", "serial"},
              {"REVISION", "revision"},
              {"ACTIVE", "active"},
              {"SOURCE", "source"},
              {"SIGNED", "signature.serial"},
              {"CREATED", "created_at"},
              {"BY", "created_by"}});
  return Exit::kOk;
}

Result<Exit> schema(const Context& context, const std::string& kind) {
  if (kind.empty()) {
    for (auto kinds : {snapshot::bundle_file_kinds(), snapshot::platform_file_kinds()}) {
      for (const snapshot::FileKind& known : kinds) *context.out << known.name << '\n';
    }
    return Exit::kOk;
  }
  const snapshot::FileKind* found = snapshot::find_kind(kind);
  if (found == nullptr)
    return fail(ErrorCode::kNotFound, "schema.unknown",
                "no such kind of file; `bailiwick schema` lists them");
  *context.out << pretty_json(snapshot::schema_document(*found)) << '\n';
  return Exit::kOk;
}

}  // namespace

void add_bundle(CLI::App& app, Context& context) {
  CLI::App* bundle = app.add_subcommand("bundle", "Tenants' declared files");
  bundle->require_subcommand(1);
  auto path = std::make_shared<std::string>();
  auto into = std::make_shared<std::string>("tenants");

  CLI::App* check =
      bundle->add_subcommand("validate", "Check a tenant's folder or a whole tree; exit 3 on a fault");
  check->add_option("dir", *path, "The folder")->required();
  check->callback(
      [&context, path] { context.command = [&context, path] { return validate(context, *path); }; });

  CLI::App* run =
      bundle->add_subcommand("test", "Run the tests/ of a tenant's folder or tree; exit 3 on a fault");
  run->add_option("dir", *path, "The folder")->required();
  run->callback([&context, path] { context.command = [&context, path] { return test(context, *path); }; });

  add_bundle_signing(*bundle, context);
  add_bundle_server(*bundle, context);
  add_bundle_watch(*bundle, context);
  add_bundle_rollout(*bundle, context);

  CLI::App* import = bundle->add_subcommand("import", "Turn a DecisionOS tenant file into a bundle");
  import->add_option("file", *path, "The file")->required();
  import->add_option("--into", *into, "Folder of the tenants")->capture_default_str();
  import->callback([&context, path, into] {
    context.command = [&context, path, into] { return import_file(context, *path, *into); };
  });

  CLI::App* history = bundle->add_subcommand("log", "Revisions of a tenant's bundle, newest first");
  auto limit = std::make_shared<std::int64_t>(20);
  history->add_option("-n,--lines", *limit, "How many")->check(CLI::Range(1, 500))->capture_default_str();
  history->callback(
      [&context, limit] { context.command = [&context, limit] { return log_revisions(context, *limit); }; });

  bundle->add_subcommand("reload", "Have the server read its folder, or its git repository, again")
      ->callback([&context] { context.command = [&context] { return reload(context); }; });

  CLI::App* print = app.add_subcommand("schema", "JSON Schema of a kind of bundle file");
  print->add_option("kind", *path, "tenant, router, …; absent = list");
  print->callback(
      [&context, path] { context.command = [&context, path] { return schema(context, *path); }; });
}

}  // namespace bailiwick::cli
