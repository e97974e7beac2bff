// Tenants and their bundle revisions as rows of the platform store.
//
// A tenant's row is never deleted, so its id, name and namespaces are never used again. Revisions are only
// added.
#pragma once

#include "bundles/revision.h"
#include "snapshot/tenant_snapshot.h"
#include "storage/platform_store.h"

namespace bailiwick::bundles {

/// Where a revision came from.
enum class RevisionSource { kFolder, kApi };
constexpr std::array<std::pair<std::string_view, RevisionSource>, 2> enum_table(RevisionSource) {
  return {{{"folder", RevisionSource::kFolder}, {"api", RevisionSource::kApi}}};
}

/// A tenant as stored.
struct TenantRow {
  std::string id;
  std::string name;
  snapshot::Lifecycle lifecycle;
  std::int64_t serial = 0;         ///< of the active revision
  Manifest folder_manifest;        ///< of the folder when it was last applied; empty for a tenant of the API
  std::int64_t signed_serial = 0;  ///< of the newest signature that took effect; 0 = none did
  std::string signed_digest;       ///< of what that one signed
};

struct RevisionRow {
  std::string tenant;
  std::int64_t serial = 0;
  std::string revision;
  RevisionSource source = RevisionSource::kApi;
  snapshot::FileTexts files;
  WallTime created_at{};
  std::string created_by;  ///< subject of the principal
  std::string envelope;    ///< with its signatures; empty = unsigned
  json::object signature;  ///< who signed what, once verified; empty = unsigned
};

/// The platform's newest revision.
struct PlatformRow {
  std::string revision;
  snapshot::FileTexts files;
  WallTime created_at{};
  std::string created_by;
  std::string envelope;            ///< empty = unsigned
  std::int64_t signed_serial = 0;  ///< of the newest signature that took effect, here or before; 0 = none did
  std::string signed_digest;
};

namespace store {

std::vector<storage::Migration> migrations();

/// In order of id.
Result<std::vector<TenantRow>> tenants(storage::PlatformStore& store);
Result<std::optional<TenantRow>> find_tenant(storage::PlatformStore& store, std::string_view id);
/// Errors: kConflict `storage.unique`.
Status insert_tenant(storage::PlatformStore& store, const TenantRow& row);
Status update_tenant(storage::PlatformStore& store, const TenantRow& row);
/// The tenant's namespaces become these. Errors: kConflict `storage.unique` when another tenant has one.
Status set_namespaces(storage::PlatformStore& store, std::string_view id,
                      const std::vector<tenancy::NamespaceId>& namespaces);

Status insert_revision(storage::PlatformStore& store, const RevisionRow& row);
/// Errors: kNotFound `revision.not_found`.
Result<RevisionRow> find_revision(storage::PlatformStore& store, std::string_view tenant,
                                  std::int64_t serial);

/// The newest of these whose content has this name. Errors: kNotFound `revision.not_found`.
Result<RevisionRow> find_named_revision(storage::PlatformStore& store, std::string_view tenant,
                                        std::string_view revision);

/// Up to `limit` revisions whose serial is below `before`, newest first, without their files.
Result<std::vector<RevisionRow>> revisions(storage::PlatformStore& store, std::string_view tenant,
                                           std::int64_t before, std::int64_t limit);

/// How many revisions after this serial the principal brought.
Result<std::int64_t> count_brought(storage::PlatformStore& store, std::string_view tenant,
                                   std::string_view subject, std::int64_t after);

/// The rollout that is under way, or was undone.
Result<std::optional<snapshot::RolloutState>> rollout_of(storage::PlatformStore& store,
                                                         std::string_view tenant);
/// Nothing = the active revision holds for everyone.
Status set_rollout(storage::PlatformStore& store, std::string_view tenant,
                   const std::optional<snapshot::RolloutState>& state);

/// So much more money in one window of a tenant's budgets.
struct BudgetRaise {
  std::string window;  ///< `day:2026-11-26`, `program:intake/month:2026-11`
  PicoDollars by;
};
Status insert_raise(storage::PlatformStore& store, std::string_view tenant, const BudgetRaise& raise,
                    std::string_view approved_by, WallTime when);
/// Those approved since `since`: windows that may not be over.
Result<std::vector<BudgetRaise>> raises_of(storage::PlatformStore& store, std::string_view tenant,
                                           WallTime since);

/// Nothing when there never was one.
Result<std::optional<PlatformRow>> latest_platform(storage::PlatformStore& store);
/// The newest of this name. Errors: kNotFound `revision.not_found`.
Result<PlatformRow> find_platform(storage::PlatformStore& store, std::string_view revision);
Status insert_platform(storage::PlatformStore& store, const PlatformRow& row);

}  // namespace store
}  // namespace bailiwick::bundles
