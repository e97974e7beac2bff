// PlatformBundle: what holds for every tenant of the installation: the folder `_platform` beside theirs.
#pragma once

#include "bundles/revision.h"
#include "policy/rules.h"
#include "snapshot/platform_files.h"

namespace bailiwick::bundles {

/// No tenant can be called so: it is no slug.
inline constexpr std::string_view kPlatformFolder = "_platform";

struct PlatformBundle {
  snapshot::PlatformQuotas quotas;
  std::vector<snapshot::Signer> signers;  ///< of tenants' revisions
  policy::RulesPtr guardrails;            ///< null when there never was such a folder
  std::string revision;                   ///< empty when there never was such a folder
  snapshot::FileTexts files;
};

/// Whether the file belongs into the folder.
bool is_platform_file(std::string_view path);

/// Those of its files that are guardrails.
snapshot::FileTexts guardrail_files(const snapshot::FileTexts& files);

/// `place` stands before paths in problems. Errors: kInvalid `bundle.invalid` with every problem.
Result<PlatformBundle> check_platform(snapshot::FileTexts files, std::string_view place);

}  // namespace bailiwick::bundles
