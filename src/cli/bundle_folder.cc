#include "cli/bundle_folder.h"

#include <fmt/format.h>

#include "base/files.h"
#include "bundles/platform_bundle.h"

namespace bailiwick::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxKeyFile = 1 << 16;
constexpr std::size_t kMaxSignersFile = 1 << 20;
/// Serials are counted one by one, so no honest one comes near.
constexpr std::int64_t kMaxSerialFollowed = 1'000'000'000'000;

}  // namespace

Result<bundles::TenantFolder> read_bundle_folder(const std::string& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored))
    return fail(ErrorCode::kNotFound, "bundle.no_folder", folder + ": no such folder");
  bundles::TenantFolder found = bundles::read_tenant_folder(folder);
  if (!found.problems.empty()) return bundles::invalid_bundle(std::move(found.problems));
  return found;
}

Result<crypto::PrivateKey> read_private_key(const std::string& file) {
  std::error_code ignored;
  constexpr fs::perms kOthers = fs::perms::group_all | fs::perms::others_all;
  if ((fs::status(file, ignored).permissions() & kOthers) != fs::perms::none && fs::exists(file, ignored)) {
    return fail(ErrorCode::kForbidden, "key.open_to_others",
                fmt::format("{}: others can read this private key; chmod 600 it, or make a new one", file));
  }
  TRY(std::string text, read_file(file, kMaxKeyFile, FileKind::kSecret));
  crypto::SecretText secret(std::move(text));
  auto key = crypto::PrivateKey::from_pem(secret.reveal());
  if (!key)
    return fail(key.error().code, key.error().reason, fmt::format("{}: {}", file, key.error().message));
  return key;
}

Result<std::vector<snapshot::Signer>> read_signers(const std::string& file, const std::string& tenant) {
  TRY(std::string text, read_file(file, kMaxSignersFile));
  if (file.ends_with(".yaml")) {
    TRY(Node tree, parse_yaml(text, file));
    TRY(snapshot::SignerList list, bind_document<snapshot::SignerList>(tree, file, "bundle.invalid"));
    return std::move(list.signers);
  }
  TRY(std::vector<crypto::PublicKey> keys, crypto::public_keys_of(text));
  std::vector<snapshot::Signer> signers = bundles::platform_signers(keys);
  for (snapshot::Signer& signer : signers) {
    signer.tenants = {tenant};
    signer.roles = {snapshot::SignerRole::kAuthor, snapshot::SignerRole::kApprover};
  }
  return signers;
}

Result<bundles::Statement> next_statement(const Context& context, const std::string& tenant,
                                          const snapshot::FileTexts& files,
                                          const std::optional<bundles::Statement>& previous,
                                          const StatementOptions& options) {
  if (previous && options.serial == 0 && previous->serial > kMaxSerialFollowed) {
    return fail(
        ErrorCode::kForbidden, "bundle.serial",
        fmt::format("{} says serial {}, which leaves no room for what follows, and nobody has checked who "
                    "wrote it; say the serial yourself: --serial, or --new-serial when going back",
                    bundles::kEnvelopeFile, previous->serial));
  }
  WallTime now = std::chrono::floor<std::chrono::seconds>(SystemClock().wall());
  bundles::Statement next{.tenant = tenant,
                          .version = previous ? previous->version : "1.0.0",
                          .serial = previous ? previous->serial + 1 : 1,
                          .author = options.author,
                          .created_at = {now},
                          .expires_at = std::nullopt,
                          .files = bundles::manifest_of(files)};
  if (options.serial > 0) next.serial = options.serial;
  if (!options.version.empty()) next.version = options.version;
  if (next.author.empty()) {
    auto user = context.environment.find("USER");
    next.author = user == context.environment.end() ? "unknown" : user->second;
  }
  if (!options.expires_in.empty()) {
    TRY(std::chrono::milliseconds lifetime, parse_duration(options.expires_in));
    next.expires_at = snapshot::Moment{now + lifetime};
  }
  if (std::string fault = bundles::fault_of(next); !fault.empty())
    return fail(ErrorCode::kInvalid, "usage.version", fault);
  return next;
}

}  // namespace bailiwick::cli
