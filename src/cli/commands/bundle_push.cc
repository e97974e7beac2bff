// bundle diff|push|activate|rollback: bundles between a folder and the server.
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "bundles/platform_bundle.h"
#include "cli/api_client.h"
#include "cli/bundle_folder.h"
#include "cli/commands/commands.h"
#include "cli/flips.h"
#include "cli/output.h"
#include "cli/text_diff.h"

namespace bailiwick::cli {
namespace {

struct PushArguments {
  std::string folder;
  bool dry_run = false;
};

struct ActivateArguments {
  std::int64_t serial = 0;  ///< 0 = the one before the active
  std::string key;
  std::string signers;
  StatementOptions statement;
  bool dry_run = false;
};

std::string bundles_path(const std::string& tenant, const std::string& rest = "") {
  return "/v1/tenants/" + percent_encode(tenant) + "/bundles" + rest;
}

/// The folder and the tenant that it is of, which --tenant may not contradict.
Result<bundles::TenantFolder> tenant_folder(const Context& context, const std::string& path) {
  TRY(bundles::TenantFolder folder, read_bundle_folder(path));
  if (folder.name == bundles::kPlatformFolder) {
    return fail(ErrorCode::kInvalid, "usage.platform",
                "_platform is read from the server's own folder of tenants: put it there and `bailiwick "
                "bundle reload`");
  }
  if (context.tenant.empty() || context.tenant == folder.name) return folder;
  return fail(
      ErrorCode::kInvalid, "usage.tenant",
      fmt::format("{} is the folder of '{}', and --tenant says '{}'", path, folder.name, context.tenant));
}

Result<json::value> bundle_call(const Context& context, const ApiRequest& request) {
  TRY(ApiAnswer answer, ApiClient(context).call(request));
  return answer.json();
}

snapshot::FileTexts files_in(const json::value& revision) {
  snapshot::FileTexts files;
  for (const auto& member : revision.at("files").as_object())
    files.emplace(member.key(), std::string_view(member.value().as_string()));
  return files;
}

/// `{"path", "change", "diff"}` of every file that is not the same on both sides.
json::array changes_between(const snapshot::FileTexts& active, const snapshot::FileTexts& here) {
  snapshot::FileTexts all = here;
  all.insert(active.begin(), active.end());
  json::array changes;
  for (const auto& [path, ignored] : all) {
    auto before = active.find(path), after = here.find(path);
    std::string_view old_text = before == active.end() ? std::string_view() : before->second;
    std::string_view new_text = after == here.end() ? std::string_view() : after->second;
    if (before != active.end() && after != here.end() && old_text == new_text) continue;
    std::string_view change = before == active.end() ? "added" : after == here.end() ? "removed" : "changed";
    changes.push_back(json::object{{"path", json::string(path)},
                                   {"change", json::string(change)},
                                   {"diff", json::string(unified_diff(old_text, new_text))}});
  }
  return changes;
}

Result<Exit> diff_bundle(const Context& context, const std::string& path) {
  TRY(bundles::TenantFolder folder, tenant_folder(context, path));
  TRY(json::value active, bundle_call(context, {.path = bundles_path(folder.name, "/active")}));
  snapshot::FileTexts files = files_in(active);
  json::array changes = changes_between(files, folder.files);
  Exit exit = changes.empty() ? Exit::kOk : Exit::kGateFailed;
  if (context.format != Format::kTable) {
    std::string here = bundles::revision_of(bundles::manifest_of(folder.files));
    print_value(context, json::object{{"tenant", json::string(folder.name)},
                                      {"active", active.at("revision")},
                                      {"here", json::string(here)},
                                      {"changes", std::move(changes)}});
    return exit;
  }
  for (const json::value& change : changes) {
    *context.out << fmt::format("{}: {}\n{}", std::string_view(change.at("change").as_string()),
                                std::string_view(change.at("path").as_string()),
                                std::string_view(change.at("diff").as_string()));
  }
  return exit;
}

Result<Exit> push_bundle(const Context& context, const PushArguments& arguments) {
  TRY(bundles::TenantFolder folder, tenant_folder(context, arguments.folder));
  json::object body{{"files", bundles::to_json_object(folder.files)}};
  if (folder.envelope) {
    auto envelope = parse_json(*folder.envelope);
    if (!envelope) {
      return fail(ErrorCode::kInvalid, "bundle.envelope",
                  fmt::format("{}{}: {}", folder.place, bundles::kEnvelopeFile, envelope.error().message));
    }
    body["envelope"] = std::move(*envelope);
  }
  std::string path = with_query(bundles_path(folder.name), {{"dry_run", arguments.dry_run ? "true" : ""}});
  TRY(json::value active,
      bundle_call(context, {.method = "POST", .path = std::move(path), .body = json::serialize(body)}));
  print_with_replay(context, active);
  return Exit::kOk;
}

/// The newest revisions first.
Result<json::array> recent_revisions(const Context& context, const std::string& tenant) {
  TRY(json::value page,
      bundle_call(context, {.path = with_query(bundles_path(tenant), {{"page_size", "500"}})}));
  return page.at("revisions").as_array();
}

/// Whether the files that the server calls the older revision are those that somebody signed whom we know: a
/// server does not choose what our key signs.
Result<bundles::SignedRevision> check_older(const std::string& tenant, const json::value& older,
                                            const snapshot::FileTexts& files,
                                            std::vector<snapshot::Signer> signers) {
  std::string place = fmt::format("serial {}: ", older.at("serial").to_number<std::int64_t>());
  if (older.at("envelope").is_null()) {
    return fail(ErrorCode::kForbidden, "bundle.unsigned",
                place +
                    "nobody has signed it, so nothing tells its files from others; take them from your "
                    "version control, `bundle sign` them and `bundle push` them");
  }
  // Who may sign no more for being stolen is not followed; who has only grown old is.
  std::erase_if(signers, [](const snapshot::Signer& signer) { return signer.revoked; });
  bundles::SigningRules rules{
      .tenant = tenant, .signers = std::move(signers), .scrutiny = bundles::Scrutiny::kStored};
  return check_signature(json::serialize(older.at("envelope")), bundles::manifest_of(files), place, rules);
}

/// A statement of older content that follows everything that was signed.
Result<json::value> sign_older(const Context& context, const std::string& tenant,
                               const json::array& revisions, const ActivateArguments& arguments) {
  TRY(crypto::PrivateKey key, read_private_key(arguments.key));
  std::string path = bundles_path(tenant, "/" + std::to_string(arguments.serial));
  TRY(json::value older, bundle_call(context, {.path = std::move(path)}));
  if (older.at("serial").to_number<std::int64_t>() != arguments.serial) {
    return fail(ErrorCode::kUnavailable, "revision.other",
                fmt::format("the server was asked for serial {} and sent another", arguments.serial));
  }
  snapshot::FileTexts files = files_in(older);
  TRY(std::vector<snapshot::Signer> signers, read_signers(arguments.signers, tenant));
  TRY(bundles::SignedRevision before, check_older(tenant, older, files, std::move(signers)));
  *context.err << fmt::format("signing the files of version {}, serial {}, by {}\n", before.statement.version,
                              before.statement.serial, before.statement.author);
  for (const json::value& revision : revisions) {
    const json::object* signature = revision.at("signature").if_object();
    if (signature == nullptr) continue;
    before.statement.serial =
        std::max(before.statement.serial, signature->at("serial").to_number<std::int64_t>());
  }
  TRY(bundles::Statement statement,
      next_statement(context, tenant, files, before.statement, arguments.statement));
  crypto::Envelope envelope = bundles::envelope_of(statement);
  crypto::add_signature(envelope, key);
  return parse_json(crypto::to_json(envelope));
}

Result<Exit> activate_revision(const Context& context, ActivateArguments arguments) {
  TRY(std::string tenant, required_tenant(context));
  TRY(json::array revisions, recent_revisions(context, tenant));
  if (arguments.serial == 0) {
    if (revisions.size() < 2)
      return fail(ErrorCode::kNotFound, "revision.not_found", "there is no revision before the active one");
    arguments.serial = revisions[1].at("serial").to_number<std::int64_t>();
  }
  json::object body{{"serial", arguments.serial}};
  if (!arguments.key.empty()) {
    if (arguments.signers.empty()) {
      return fail(
          ErrorCode::kInvalid, "usage.signers",
          "say who may have signed the older revision: --signers FILE, signers.yaml or public keys as PEM");
    }
    TRY(body["envelope"], sign_older(context, tenant, revisions, arguments));
  }
  std::string path =
      with_query(bundles_path(tenant, "/activate"), {{"dry_run", arguments.dry_run ? "true" : ""}});
  TRY(json::value active,
      bundle_call(context, {.method = "POST", .path = std::move(path), .body = json::serialize(body)}));
  print_with_replay(context, active);
  return Exit::kOk;
}

void add_activate(CLI::App& command, Context& context, const std::shared_ptr<ActivateArguments>& arguments) {
  command.add_option("--key", arguments->key, "Sign the older content anew with this private key");
  command.add_option(
      "--signers", arguments->signers,
      "With --key: who may have signed the older revision; signers.yaml, or public keys as PEM");
  command.add_option("--author", arguments->statement.author,
                     "Who goes back, for people to read; default $USER");
  command.add_option("--new-serial", arguments->statement.serial, "Of the new signature; default the next")
      ->check(CLI::Range(std::int64_t{1}, bundles::kMaxSerial));
  command.add_flag("--dry-run", arguments->dry_run, "Check everything, change nothing");
  command.callback([&context, arguments] {
    context.command = [&context, arguments] { return activate_revision(context, *arguments); };
  });
}

}  // namespace

void add_bundle_server(CLI::App& bundle, Context& context) {
  auto path = std::make_shared<std::string>();
  CLI::App* diff =
      bundle.add_subcommand("diff", "What a push of the folder would change; exit 3 when anything");
  diff->add_option("dir", *path, "The tenant's folder")->required();
  diff->callback(
      [&context, path] { context.command = [&context, path] { return diff_bundle(context, *path); }; });

  auto push = std::make_shared<PushArguments>();
  CLI::App* send =
      bundle.add_subcommand("push",
                            "Make the folder the tenant's bundle, whole or not at all; says which recorded "
                            "decisions come out otherwise");
  send->add_option("dir", push->folder, "The tenant's folder")->required();
  send->add_flag("--dry-run", push->dry_run, "Check everything, change nothing");
  send->callback(
      [&context, push] { context.command = [&context, push] { return push_bundle(context, *push); }; });

  auto activate = std::make_shared<ActivateArguments>();
  CLI::App* again = bundle.add_subcommand("activate", "Make an older revision hold again, as a new one");
  again->add_option("serial", activate->serial, "Its serial; `bundle log` lists them")
      ->required()
      ->check(CLI::Range(std::int64_t{1}, bundles::kMaxSerial));
  add_activate(*again, context, activate);

  auto back = std::make_shared<ActivateArguments>();
  CLI::App* rollback =
      bundle.add_subcommand("rollback", "Go back to an older revision; default the one before");
  rollback->add_option("serial", back->serial, "Its serial; `bundle log` lists them")
      ->check(CLI::Range(std::int64_t{1}, bundles::kMaxSerial));
  add_activate(*rollback, context, back);
}

}  // namespace bailiwick::cli
