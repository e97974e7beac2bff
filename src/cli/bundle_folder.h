// A bundle's folder as commands work on it, and the signing of what is in it.
#pragma once

#include "bundles/signature.h"
#include "bundles/source_folder.h"
#include "cli/context.h"

namespace bailiwick::cli {

/// Reads a tenant's folder, or `_platform`. Errors: kNotFound `bundle.no_folder`; kInvalid `bundle.invalid`
/// when a file in it may not be there.
Result<bundles::TenantFolder> read_bundle_folder(const std::string& folder);

/// A private key that only its owner can read. Errors: kForbidden `key.open_to_others`, `key.malformed`, and
/// those of read_file().
Result<crypto::PrivateKey> read_private_key(const std::string& file);

/// signers.yaml, or a file of public keys, all of which count as authors and approvers of this tenant.
Result<std::vector<snapshot::Signer>> read_signers(const std::string& file, const std::string& tenant);

/// What a new statement says beside the files. Empty or 0 = as it was, or the next.
struct StatementOptions {
  std::string author;
  std::string version;
  std::int64_t serial = 0;
  std::string expires_in;  ///< `30d`
};

/// Follows `previous`, where there is one. Errors: kInvalid `usage.version`; kForbidden `bundle.serial` when
/// `previous` is so high that hardly anything could follow, which only somebody who wants that writes.
Result<bundles::Statement> next_statement(const Context& context, const std::string& tenant,
                                          const snapshot::FileTexts& files,
                                          const std::optional<bundles::Statement>& previous,
                                          const StatementOptions& options);

}  // namespace bailiwick::cli
