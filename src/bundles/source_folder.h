// SourceFolder: bundles as folders of files: `tenants/<tenant>/…`.
//
// Reads regular files only. Symbolic links and special files are refused, for what is read is what was
// reviewed; names that begin with a dot and README.md are passed over, and so is `documents/`, which is
// content and not declared state. The envelope of signatures stands beside the files and is none of them.
// Sizes, counts and depth are capped while reading. Blocking.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "bundles/revision.h"

namespace bailiwick::bundles {

/// One tenant's folder as it was found.
struct TenantFolder {
  std::string name;
  std::string place;  ///< what stands before paths in problems: `tenants/acme-corp/`
  snapshot::FileTexts files;
  std::optional<std::string> envelope;  ///< bundle.dsse.json; absent = unsigned
  std::vector<Problem> problems;        ///< what could not be read or may not be there
};

/// Of the folder: its files and its envelope, so that a new signature is a change too.
Manifest applied_manifest(const TenantFolder& folder);

/// Reads one tenant's folder.
TenantFolder read_tenant_folder(const std::filesystem::path& folder);

/// Reads the folder `_platform` below `root`; nothing when there is none.
std::optional<TenantFolder> read_platform_folder(const std::filesystem::path& root);

/// Reads every other folder below `root`, in order of name. Errors: kUnavailable `bundles.folder` when `root`
/// is not a folder that can be read.
Result<std::vector<TenantFolder>> read_tenant_folders(const std::filesystem::path& root);

}  // namespace bailiwick::bundles
