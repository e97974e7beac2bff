// The four stages from files to a snapshot: parse → validate → sandbox → commit.
//
// The first three are here and change nothing; the registry commits. Every fault that a stage can see is
// reported at once, and a stage runs only when the one before it found nothing, except that parse and
// validate report together.
#pragma once

#include <filesystem>

#include "bundles/sandbox.h"
#include "bundles/signature.h"
#include "snapshot/effective_limits.h"

namespace bailiwick::bundles {

/// A bundle that may be committed.
struct CheckedBundle {
  snapshot::TenantDeclaration tenant;  ///< its quotas are those that hold, inherited ones included
  snapshot::QuotaOrigins inherited;
  std::shared_ptr<const snapshot::BundleFiles> files;
  snapshot::EffectiveLimits limits;
  std::string revision;
  std::optional<SignedRevision> signature;  ///< absent = unsigned
};

/// A bundle that somebody wants to be active.
struct Proposal {
  std::string tenant;  ///< as the place of the files says it
  std::string place;   ///< stands before paths in problems
  snapshot::FileTexts files;
  std::optional<std::string> envelope;
};

/// How many people must sign, as one bundle's governance asks: 1 to 10. Its programs may ask for more.
std::int64_t people_to_sign(const snapshot::BundleFiles& files);

/// Stages 1 and 2, but for the signature, which a server checks before the next stage. `folder` is the
/// tenant's id as the place of the files says it; `place` stands before paths in problems. Errors: kInvalid
/// `bundle.invalid` with every problem.
Result<snapshot::ParsedBundle> validate_files(const snapshot::FileTexts& files, std::string_view folder,
                                              std::string_view place,
                                              const snapshot::PlatformQuotas& platform = {});
/// What a valid bundle comes to under the platform's quotas.
CheckedBundle checked_bundle(snapshot::ParsedBundle valid, const snapshot::FileTexts& files,
                             const snapshot::PlatformQuotas& platform = {});
/// Stage 3, of what is valid. Errors: kInvalid `bundle.invalid` with every problem, and those of
/// Sandbox::run().
Status try_out(const Sandbox& sandbox, const Trial& trial);
/// Stages 1 to 3 of files whose signature does not matter, or has been checked, where the platform says
/// nothing.
Result<CheckedBundle> check_bundle(const Sandbox& sandbox, const snapshot::FileTexts& files,
                                   std::string_view folder, std::string_view place);

/// Stages 1 and 2 of a bundle that passed the third when it was activated. Its tests are not run again: a
/// tenant must not be able to hold up what the platform forbids by a test that it be allowed. Errors: as
/// validate_files().
Result<CheckedBundle> check_again(const snapshot::FileTexts& files, std::string_view folder,
                                  std::string_view place, const snapshot::PlatformQuotas& platform);

/// What is wrong with a bundle, without keeping it.
struct FolderCheck {
  std::string tenant;
  std::string revision;  ///< empty when there are problems
  std::vector<Problem> problems;
  snapshot::Quotas quotas = {};  ///< that would hold
  snapshot::QuotaOrigins inherited = {};
  std::optional<SignedRevision> signature = {};  ///< absent = unsigned, or wrong
  bool signers_known = false;                    ///< whether its keys could be checked here
  std::int64_t tests = 0;                        ///< of its own that were decided
};

/// Checks one tenant's folder (it holds tenant.yaml) or a folder of such folders, and what tenants may not
/// share: names and namespaces. Either way under the folder `_platform` beside them, whose signers.yaml is
/// believed: who wrote it is for the server to check. A signature that is there must be good, and none need
/// be. Needs no server. Errors: kUnavailable `bundles.folder`.
Result<std::vector<FolderCheck>> validate_folder(const Sandbox& sandbox, const std::filesystem::path& folder,
                                                 WallTime now);

}  // namespace bailiwick::bundles
