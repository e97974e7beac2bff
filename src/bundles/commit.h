// The four stages from files to a snapshot: parse → validate → sandbox → commit.
//
// The first three are here and change nothing; the registry commits. Every fault that a stage can see is
// reported at once, and a stage runs only when the one before it found nothing, except that parse and
// validate report together.
#pragma once

#include <filesystem>

#include "bundles/revision.h"
#include "metering/limits.h"

namespace bailiwick::bundles {

/// A bundle that may be committed.
struct CheckedBundle {
  snapshot::TenantDeclaration tenant;  ///< its quotas are those that hold, inherited ones included
  snapshot::QuotaOrigins inherited;
  std::shared_ptr<const snapshot::BundleFiles> files;
  metering::Limits limits;
  Manifest manifest;
  std::string revision;
};

/// `folder` is the tenant's id as the place of the files says it; `place` stands before paths in problems.
/// Errors: kInvalid `bundle.invalid` with every problem.
Result<CheckedBundle> check_bundle(const snapshot::FileTexts& files, std::string_view folder,
                                   std::string_view place, const snapshot::PlatformQuotas& platform = {});

/// What is wrong with a bundle, without keeping it.
struct FolderCheck {
  std::string tenant;
  std::string revision;  ///< empty when there are problems
  std::vector<Problem> problems;
  snapshot::Quotas quotas = {};  ///< that would hold
  snapshot::QuotaOrigins inherited = {};
};

/// Checks one tenant's folder (it holds tenant.yaml) or a folder of such folders, and what tenants may not
/// share: names and namespaces. Either way under the folder `_platform` beside them. Needs no server. Errors:
/// kUnavailable `bundles.folder`.
Result<std::vector<FolderCheck>> validate_folder(const std::filesystem::path& folder);

}  // namespace bailiwick::bundles
