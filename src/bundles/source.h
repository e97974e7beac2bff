// Source: where declared state comes from, a folder (source_folder.h) or a branch of a git repository
// (source_git.h): `<tenant>/…` for each tenant, and `_platform/…`.
//
// Reads regular files only. Links and special files are refused, for what is read is what was reviewed; names
// that begin with a dot and README.md are passed over, and so is `documents/`, which is content and not
// declared state. The envelope of signatures stands beside the files and is none of them. Sizes, counts and
// depth are capped while reading.
#pragma once

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

/// Everything that a source declares, at one moment.
struct SourceTree {
  std::optional<TenantFolder> platform;
  std::vector<TenantFolder> tenants;  ///< in order of name
};

class Source {
 public:
  virtual ~Source() = default;
  /// As it is now. What is wrong with one tenant's folder is among its problems. Errors: kUnavailable when
  /// nothing can be read. Blocks; safe from any thread.
  virtual Result<SourceTree> read() = 0;
};

}  // namespace bailiwick::bundles
