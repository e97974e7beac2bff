// Change: one step of one tenant, worked out and not yet made: what will be stored, and what readers will see
// then.
#pragma once

#include "bundles/commit.h"
#include "bundles/platform_bundle.h"
#include "bundles/store.h"
#include "tenancy/principal.h"

namespace bailiwick::bundles {

struct Change {
  TenantRow row;                                        ///< as it will be
  std::optional<snapshot::TenantStatus> status_before;  ///< absent for a tenant that is made
  std::optional<RevisionRow> revision;                  ///< absent when the files stay as they are
  TrialReport trial;                                    ///< of the revision; says nothing without one
  snapshot::EffectiveLimits limits;                     ///< that will hold
  std::shared_ptr<snapshot::TenantSnapshot> next;
};

/// Fills `snapshot` with what was declared and stored, under the platform's bundle; its meter is left alone.
void show(CheckedBundle checked, const TenantRow& row, const PlatformBundle& platform,
          snapshot::TenantSnapshot& snapshot);

/// What a principal may change of tenant.yaml. Errors: kForbidden `tenant.field_reserved` for a key that only
/// the platform admin may change, kInvalid for one that never changes so.
Status check_fields(const tenancy::Principal& principal, const json::object& before,
                    const json::object& after);

/// What a principal may change of router.yaml, whichever program's: `providers` name secrets of the server
/// and hosts that it calls, and by `budget.unknown_price` the platform's quotas are counted, so a new or
/// changed one comes from the platform admin. Errors: kForbidden
/// `tenant.field_reserved`.
Status check_upstreams(const tenancy::Principal& principal, const snapshot::BundleFiles& before,
                       const snapshot::BundleFiles& after);

/// kNotFound `tenant.not_found`.
std::unexpected<Error> no_such_tenant();
/// kConflict `tenant.state`.
std::unexpected<Error> wrong_state(snapshot::TenantStatus status, std::string_view step);

/// A slice of budget that counts as spent, as the ledger knows it.
struct BudgetGrant {
  std::string window;
  PicoDollars granted;
};

/// What a folder and the active revision come to together.
struct Merged {
  snapshot::FileTexts files;
  std::vector<std::string>
      conflicts;  ///< paths that both changed, differently, since the folder was last applied
};

/// Takes from the folder what changed there since `base`, and from the active revision all else.
Merged merge_folder(const Manifest& base, const snapshot::FileTexts& active,
                    const snapshot::FileTexts& folder);

/// RFC 7396: null removes, objects merge, everything else replaces.
json::value merge_patch(json::value target, const json::value& patch);
/// Without nulls and empty lists and mappings, at any depth: what a declaration does not say.
json::value without_empty(const json::value& value);

}  // namespace bailiwick::bundles
