// bundle init|keygen|sign|verify: making a bundle and its signatures, without a server.
#include <filesystem>
#include <memory>
#include <ostream>

#include <fmt/format.h>

#include "base/files.h"
#include "base/printing.h"
#include "bundles/commit.h"
#include "bundles/platform_bundle.h"
#include "cli/bundle_folder.h"
#include "cli/commands/commands.h"
#include "cli/output.h"

namespace bailiwick::cli {
namespace {

struct SignArguments {
  std::string folder;
  std::string key;
  StatementOptions statement;
  bool approve = false;
};

Result<Exit> init_bundle(const Context& context, const std::string& folder, const std::string& name) {
  std::filesystem::path path = std::filesystem::absolute(folder).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  std::string tenant = context.tenant.empty() ? path.filename().string() : context.tenant;
  TRY(tenancy::TenantId id, tenancy::TenantId::parse(tenant));
  if (path.filename() != id.view()) {
    return fail(ErrorCode::kInvalid, "usage.folder",
                fmt::format("a tenant's folder has its id as its name: bailiwick bundle init {}",
                            (path / id.view()).string()));
  }
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored))
    return fail(ErrorCode::kConflict, "bundle.exists", folder + ": exists already; nothing was written");
  std::string fields = to_yaml(
      json::object{{"id", json::string(id.view())}, {"name", json::string(name.empty() ? id.view() : name)}});
  std::string text =
      "# Who the tenant is and what it may use. `bailiwick schema tenant` lists every key, and `bailiwick "
      "schema`\n"
      "# the other files that may stand here.\n" +
      fields;
  TRY(bundles::CheckedBundle checked,
      bundles::check_bundle(*context.sandbox, {{"tenant.yaml", text}}, id.view(), ""));
  std::filesystem::create_directories(path);
  CHECK_OK(write_file_atomically(path / "tenant.yaml", text));
  print_object(context, json::object{{"folder", json::string(folder)},
                                     {"tenant", json::string(id.view())},
                                     {"revision", json::string(checked.revision)}});
  return Exit::kOk;
}

Result<Exit> make_key(const Context& context, const std::string& file) {
  std::string public_file = file + ".pub";
  for (const std::string& path : {file, public_file}) {
    if (std::filesystem::exists(std::filesystem::symlink_status(path))) {
      return fail(
          ErrorCode::kConflict, "key.exists",
          fmt::format("{}: exists already; nothing was written, for a key that is lost cannot sign again",
                      path));
    }
  }
  SystemRandom random;
  crypto::PrivateKey key = crypto::PrivateKey::generate(random);
  CHECK_OK(write_file_atomically(file, key.to_pem().reveal(), FileKind::kSecret));
  CHECK_OK(write_file_atomically(public_file, key.public_key().to_pem()));
  print_object(context, json::object{{"key_id", json::string(key.public_key().id())},
                                     {"private_key", json::string(file)},
                                     {"public_key", json::string(public_file)}});
  return Exit::kOk;
}

/// Nothing is signed that no server would take.
Status check_content(const Context& context, const bundles::TenantFolder& folder) {
  if (folder.name == bundles::kPlatformFolder)
    CHECK_OK(bundles::check_platform(folder.files, folder.place));
  else
    CHECK_OK(bundles::check_bundle(*context.sandbox, folder.files, folder.name, folder.place));
  return {};
}

std::optional<bundles::Statement> previous_statement(const bundles::TenantFolder& folder) {
  if (!folder.envelope) return std::nullopt;
  auto envelope = crypto::parse_envelope(*folder.envelope);
  if (!envelope) return std::nullopt;
  auto statement = bundles::statement_of(*envelope);
  if (!statement || statement->tenant != folder.name) return std::nullopt;
  return std::move(*statement);
}

/// What the author signed, after a look at whether it still is what is here.
Result<crypto::Envelope> envelope_to_approve(const bundles::TenantFolder& folder) {
  if (!folder.envelope) {
    return fail(ErrorCode::kNotFound, "bundle.unsigned",
                fmt::format("{}{}: there is nothing to approve; the author signs first, without --approve",
                            folder.place, bundles::kEnvelopeFile));
  }
  bundles::SigningRules rules{.tenant = folder.name, .scrutiny = bundles::Scrutiny::kContent};
  CHECK_OK(check_signature(*folder.envelope, bundles::manifest_of(folder.files), folder.place, rules));
  return crypto::parse_envelope(*folder.envelope);
}

Result<Exit> sign_bundle(const Context& context, const SignArguments& arguments) {
  TRY(bundles::TenantFolder folder, read_bundle_folder(arguments.folder));
  CHECK_OK(check_content(context, folder));
  TRY(crypto::PrivateKey key, read_private_key(arguments.key));
  crypto::Envelope envelope;
  if (arguments.approve) {
    TRY(envelope, envelope_to_approve(folder));
  } else {
    TRY(bundles::Statement statement,
        next_statement(context, folder.name, folder.files, previous_statement(folder), arguments.statement));
    envelope = bundles::envelope_of(statement);
  }
  std::string key_id = key.public_key().id();
  for (const crypto::EnvelopeSignature& signature : envelope.signatures) {
    if (signature.key_id == key_id)
      return fail(ErrorCode::kConflict, "bundle.signed_already",
                  "this key has signed it; another one approves");
  }
  crypto::add_signature(envelope, key);
  CHECK_OK(write_file_atomically(std::filesystem::path(arguments.folder) / bundles::kEnvelopeFile,
                                 crypto::to_json(envelope)));
  TRY(bundles::Statement statement, bundles::statement_of(envelope));
  print_object(context, json::object{{"tenant", json::string(statement.tenant)},
                                     {"serial", statement.serial},
                                     {"version", json::string(statement.version)},
                                     {"revision", json::string(bundles::revision_of(statement.files))},
                                     {"key_id", json::string(key_id)},
                                     {"signatures", envelope.signatures.size()}});
  return Exit::kOk;
}

Result<bundles::SigningRules> rules_of(const bundles::TenantFolder& folder, std::string signers_file) {
  std::filesystem::path beside =
      std::filesystem::path(folder.place) / ".." / bundles::kPlatformFolder / "signers.yaml";
  bool platform = folder.name == bundles::kPlatformFolder;
  if (signers_file.empty() && !platform) signers_file = beside.lexically_normal().string();
  if (signers_file.empty()) {
    return fail(ErrorCode::kInvalid, "usage.signers",
                "say which keys sign _platform: --signers FILE, the one that bundles.platform_signers names");
  }
  bundles::SigningRules rules{.tenant = folder.name, .now = SystemClock().wall()};
  TRY(rules.signers, read_signers(signers_file, folder.name));
  if (platform) return rules;
  TRY(snapshot::ParsedBundle valid, bundles::validate_files(folder.files, folder.name, folder.place));
  rules.only = valid.files.settings.governance.signers;
  rules.people = bundles::people_to_sign(valid.files);
  return rules;
}

Result<Exit> verify_bundle(const Context& context, const std::string& path, const std::string& signers_file) {
  TRY(bundles::TenantFolder folder, read_bundle_folder(path));
  TRY(bundles::SigningRules rules, rules_of(folder, signers_file));
  Result<bundles::SignedRevision> found =
      folder.envelope
          ? check_signature(*folder.envelope, bundles::manifest_of(folder.files), folder.place, rules)
          : Result<bundles::SignedRevision>(std::unexpected(bundles::unsigned_bundle(folder.place)));
  json::object report{{"tenant", json::string(folder.name)},
                      {"state", found ? "good" : json::string(found.error().reason)}};
  if (found) {
    for (auto& member : found->summary()) report.emplace(member.key(), member.value());
    if (found->statement.expires_at) report["expires_at"] = json::string(found->statement.expires_at->str());
  }
  report["problems"] = found ? json::value(json::array()) : to_json_value(found.error().problems);
  if (context.format != Format::kTable) {
    print_value(context, report);
  } else if (found) {
    *context.out << fmt::format("{}: good, version {}, serial {}", folder.name, found->statement.version,
                                found->statement.serial);
    for (const bundles::SignedBy& by : found->by) *context.out << fmt::format(", signed by {}", by.signer);
    *context.out << '\n';
  } else {
    *context.out << to_string(found.error().problems);
  }
  return found ? Exit::kOk : Exit::kGateFailed;
}

void add_sign(CLI::App& bundle, Context& context) {
  CLI::App* sign =
      bundle.add_subcommand("sign", "Sign a tenant's folder, or _platform: writes bundle.dsse.json");
  auto arguments = std::make_shared<SignArguments>();
  sign->add_option("dir", arguments->folder, "The folder")->required();
  sign->add_option("--key", arguments->key, "File with the private key")->required();
  sign->add_option("--author", arguments->statement.author, "Who made it, for people to read; default $USER");
  sign->add_option("--serial", arguments->statement.serial, "Higher than every one before; default the next")
      ->check(CLI::Range(std::int64_t{1}, bundles::kMaxSerial));
  sign->add_option("--bundle-version", arguments->statement.version, "Version like 1.2.3; default as before");
  sign->add_option("--expires-in", arguments->statement.expires_in,
                   "It may not be activated after that: 30d");
  sign->add_flag("--approve", arguments->approve, "Add a second signature to what another has signed");
  sign->callback([&context, arguments] {
    context.command = [&context, arguments] { return sign_bundle(context, *arguments); };
  });
}

}  // namespace

void add_bundle_signing(CLI::App& bundle, Context& context) {
  auto path = std::make_shared<std::string>();
  auto word = std::make_shared<std::string>();
  CLI::App* init = bundle.add_subcommand("init", "Write the folder of a new tenant with what it must hold");
  init->add_option("dir", *path, "The folder, named by the tenant's id")->required();
  init->add_option("--name", *word, "What people call the tenant; default the id");
  init->callback([&context, path, word] {
    context.command = [&context, path, word] { return init_bundle(context, *path, *word); };
  });

  CLI::App* keygen =
      bundle.add_subcommand("keygen", "Make a key that signs bundles: FILE, and FILE.pub to give away");
  keygen->add_option("file", *path, "File of the private key")->required();
  keygen->callback(
      [&context, path] { context.command = [&context, path] { return make_key(context, *path); }; });

  add_sign(bundle, context);

  CLI::App* verify =
      bundle.add_subcommand("verify", "Check who signed a folder; exit 3 when it is unsigned or wrong");
  verify->add_option("dir", *path, "The folder")->required();
  verify->add_option("--signers", *word,
                     "signers.yaml, or public keys as PEM; default _platform/signers.yaml beside the folder");
  verify->callback([&context, path, word] {
    context.command = [&context, path, word] { return verify_bundle(context, *path, *word); };
  });
}

}  // namespace bailiwick::cli
