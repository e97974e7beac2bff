#include "bundles/store.h"

#include <fmt/format.h>

#include "bundles/tenant_names.h"

namespace bailiwick::bundles::store {
namespace {

constexpr std::string_view kSchema = R"sql(
CREATE TABLE tenants (
  id TEXT PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'suspended', 'terminating', 'archived')),
  reason TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  serial INTEGER NOT NULL,
  folder_manifest TEXT NOT NULL
);
CREATE TABLE tenant_namespaces (
  namespace TEXT PRIMARY KEY,
  tenant TEXT NOT NULL REFERENCES tenants (id)
);
CREATE INDEX tenant_namespaces_by_tenant ON tenant_namespaces (tenant);
CREATE TABLE bundle_revisions (
  tenant TEXT NOT NULL REFERENCES tenants (id),
  serial INTEGER NOT NULL,
  revision TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('folder', 'api')),
  files TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  PRIMARY KEY (tenant, serial)
);
)sql";

constexpr std::string_view kPlatformSchema = R"sql(
CREATE TABLE platform_revisions (
  serial INTEGER PRIMARY KEY,
  revision TEXT NOT NULL,
  files TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
);
)sql";

constexpr std::string_view kSignatureSchema = R"sql(
ALTER TABLE tenants ADD COLUMN signed_serial INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN signed_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE bundle_revisions ADD COLUMN envelope TEXT NOT NULL DEFAULT '';
ALTER TABLE bundle_revisions ADD COLUMN signature TEXT NOT NULL DEFAULT '{}';
ALTER TABLE platform_revisions ADD COLUMN envelope TEXT NOT NULL DEFAULT '';
ALTER TABLE platform_revisions ADD COLUMN signed_serial INTEGER NOT NULL DEFAULT 0;
ALTER TABLE platform_revisions ADD COLUMN signed_digest TEXT NOT NULL DEFAULT '';
)sql";

constexpr std::string_view kRolloutSchema = R"sql(
CREATE TABLE rollouts (
  tenant TEXT PRIMARY KEY REFERENCES tenants (id),
  baseline_serial INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'undone')),
  stage INTEGER NOT NULL,
  stage_since INTEGER NOT NULL,
  approved_by TEXT NOT NULL
);
)sql";

constexpr std::string_view kRaiseSchema = R"sql(
CREATE TABLE budget_raises (
  tenant TEXT NOT NULL REFERENCES tenants (id),
  window TEXT NOT NULL,
  by_pico INTEGER NOT NULL CHECK (by_pico > 0),
  approved_by TEXT NOT NULL,
  approved_at INTEGER NOT NULL
);
CREATE INDEX budget_raises_by_tenant ON budget_raises (tenant, approved_at);
)sql";

#define TENANT_COLUMNS                                                                         \
  "id, uuid, name, status, reason, created_at, updated_at, version, serial, folder_manifest, " \
  "signed_serial, "                                                                            \
  "signed_digest FROM tenants "
#define REVISION_COLUMNS "serial, revision, source, created_at, created_by, signature, "
#define PLATFORM_COLUMNS                                                                  \
  "revision, files, created_at, created_by, envelope, signed_serial, signed_digest FROM " \
  "platform_revisions "

std::int64_t micros(WallTime time) {
  return time.time_since_epoch().count();
}
WallTime from_micros(std::int64_t us) {
  return WallTime(std::chrono::microseconds(us));
}

Result<TenantRow> tenant_from(const storage::Row& row) {
  TenantRow tenant{.id = row.text(0),
                   .name = row.text(2),
                   .lifecycle = {},
                   .serial = row.integer(8),
                   .folder_manifest = {},
                   .signed_serial = row.integer(10),
                   .signed_digest = row.text(11)};
  tenant.lifecycle = {
      .uuid = row.text(1),
      .status = enum_from<snapshot::TenantStatus>(row.text(3)).value(),  // the table checks the word
      .reason = row.text(4),
      .created_at = from_micros(row.integer(5)),
      .updated_at = from_micros(row.integer(6)),
      .version = row.integer(7)};
  TRY(tenant.folder_manifest, from_json_object(row.text(9)));
  return tenant;
}

Result<RevisionRow> revision_from(const storage::Row& row, std::string_view tenant) {
  RevisionRow revision{.tenant = std::string(tenant),
                       .serial = row.integer(0),
                       .revision = row.text(1),
                       .source = enum_from<RevisionSource>(row.text(2)).value(),  // the table checks the word
                       .files = {},
                       .created_at = from_micros(row.integer(3)),
                       .created_by = row.text(4),
                       .envelope = {},
                       .signature = {}};
  TRY(revision.signature, parse_json_object(row.text(5)));
  return revision;
}

Result<RevisionRow> whole_revision_from(const storage::Row& row, std::string_view tenant) {
  TRY(RevisionRow revision, revision_from(row, tenant));
  TRY(revision.files, from_json_object(row.text(6)));
  revision.envelope = row.text(7);
  return revision;
}

Result<PlatformRow> platform_from(const storage::Row& row) {
  PlatformRow found{.revision = row.text(0),
                    .files = {},
                    .created_at = from_micros(row.integer(2)),
                    .created_by = row.text(3),
                    .envelope = row.text(4),
                    .signed_serial = row.integer(5),
                    .signed_digest = row.text(6)};
  TRY(found.files, from_json_object(row.text(1)));
  return found;
}

}  // namespace

std::vector<storage::Migration> migrations() {
  return {{"bundles", 1, kSchema},
          {"bundles", 2, kPlatformSchema},
          {"bundles", 3, kSignatureSchema},
          {"bundles", 4, kRolloutSchema},
          {"bundles", 5, kRaiseSchema}};
}

Result<std::vector<TenantRow>> tenants(storage::PlatformStore& store) {
  TRY(auto rows, store.query("SELECT " TENANT_COLUMNS "ORDER BY id"));
  std::vector<TenantRow> found;
  found.reserve(rows.size());
  for (const storage::Row& row : rows) {
    TRY(TenantRow tenant, tenant_from(row));
    found.push_back(std::move(tenant));
  }
  return found;
}

Result<std::optional<TenantRow>> find_tenant(storage::PlatformStore& store, std::string_view id) {
  TRY(auto rows, store.query("SELECT " TENANT_COLUMNS "WHERE id = :id", {{":id", id}}));
  if (rows.empty()) return std::nullopt;
  TRY(TenantRow tenant, tenant_from(rows.front()));
  return tenant;
}

Status insert_tenant(storage::PlatformStore& store, const TenantRow& row) {
  std::string manifest = json::serialize(to_json_object(row.folder_manifest)), key = fold_name(row.name);
  CHECK_OK(store.execute(
      "INSERT INTO tenants (id, uuid, name, name_key, status, reason, created_at, updated_at, version, "
      "serial, folder_manifest, signed_serial, signed_digest) VALUES (:id, :uuid, :name, :key, :status, "
      ":reason, "
      ":created, :updated, :version, :serial, :manifest, :signed_serial, :signed_digest)",
      {{":id", row.id},
       {":uuid", row.lifecycle.uuid},
       {":name", row.name},
       {":key", key},
       {":status", name_of(row.lifecycle.status)},
       {":reason", row.lifecycle.reason},
       {":created", micros(row.lifecycle.created_at)},
       {":updated", micros(row.lifecycle.updated_at)},
       {":version", row.lifecycle.version},
       {":serial", row.serial},
       {":manifest", manifest},
       {":signed_serial", row.signed_serial},
       {":signed_digest", row.signed_digest}}));
  return {};
}

Status update_tenant(storage::PlatformStore& store, const TenantRow& row) {
  std::string manifest = json::serialize(to_json_object(row.folder_manifest)), key = fold_name(row.name);
  TRY(std::int64_t changed,
      store.execute(
          "UPDATE tenants SET name = :name, name_key = :key, status = :status, reason = :reason, "
          "updated_at = :updated, version = :version, serial = :serial, folder_manifest = :manifest, "
          "signed_serial = :signed_serial, signed_digest = :signed_digest WHERE id = :id",
          {{":id", row.id},
           {":name", row.name},
           {":key", key},
           {":status", name_of(row.lifecycle.status)},
           {":reason", row.lifecycle.reason},
           {":updated", micros(row.lifecycle.updated_at)},
           {":version", row.lifecycle.version},
           {":serial", row.serial},
           {":manifest", manifest},
           {":signed_serial", row.signed_serial},
           {":signed_digest", row.signed_digest}}));
  BW_CHECK(changed == 1);
  return {};
}

Status set_namespaces(storage::PlatformStore& store, std::string_view id,
                      const std::vector<tenancy::NamespaceId>& namespaces) {
  CHECK_OK(store.execute("DELETE FROM tenant_namespaces WHERE tenant = :id", {{":id", id}}));
  for (const tenancy::NamespaceId& space : namespaces) {
    CHECK_OK(store.execute("INSERT INTO tenant_namespaces (namespace, tenant) VALUES (:namespace, :id)",
                           {{":namespace", space.view()}, {":id", id}}));
  }
  return {};
}

Status insert_revision(storage::PlatformStore& store, const RevisionRow& row) {
  std::string files = json::serialize(to_json_object(row.files)), signature = json::serialize(row.signature);
  CHECK_OK(store.execute(
      "INSERT INTO bundle_revisions (tenant, serial, revision, source, files, created_at, created_by, "
      "envelope, "
      "signature) VALUES (:id, :serial, :revision, :source, :files, :created, :by, :envelope, :signature)",
      {{":id", row.tenant},
       {":serial", row.serial},
       {":revision", row.revision},
       {":source", name_of(row.source)},
       {":files", files},
       {":created", micros(row.created_at)},
       {":by", row.created_by},
       {":envelope", row.envelope},
       {":signature", signature}}));
  return {};
}

Result<RevisionRow> find_revision(storage::PlatformStore& store, std::string_view tenant,
                                  std::int64_t serial) {
  TRY(auto rows, store.query("SELECT " REVISION_COLUMNS "files, envelope FROM bundle_revisions "
                             "WHERE tenant = :id AND serial = :serial",
                             {{":id", tenant}, {":serial", serial}}));
  if (rows.empty()) {
    return fail(ErrorCode::kNotFound, "revision.not_found",
                fmt::format("there is no revision of serial {}; `bailiwick bundle log` lists them", serial));
  }
  return whole_revision_from(rows.front(), tenant);
}

Result<RevisionRow> find_named_revision(storage::PlatformStore& store, std::string_view tenant,
                                        std::string_view revision) {
  TRY(auto rows, store.query("SELECT " REVISION_COLUMNS "files, envelope FROM bundle_revisions "
                             "WHERE tenant = :id AND revision = :revision ORDER BY serial DESC LIMIT 1",
                             {{":id", tenant}, {":revision", revision}}));
  if (rows.empty()) {
    return fail(ErrorCode::kNotFound, "revision.not_found",
                fmt::format("revision {} of the tenant's bundle is not stored", revision));
  }
  return whole_revision_from(rows.front(), tenant);
}

Result<std::vector<RevisionRow>> revisions(storage::PlatformStore& store, std::string_view tenant,
                                           std::int64_t before, std::int64_t limit) {
  TRY(auto rows, store.query("SELECT " REVISION_COLUMNS "NULL FROM bundle_revisions "
                             "WHERE tenant = :id AND serial < :before ORDER BY serial DESC LIMIT :limit",
                             {{":id", tenant}, {":before", before}, {":limit", limit}}));
  std::vector<RevisionRow> found;
  for (const storage::Row& row : rows) {
    TRY(RevisionRow revision, revision_from(row, tenant));
    found.push_back(std::move(revision));
  }
  return found;
}

Result<std::int64_t> count_brought(storage::PlatformStore& store, std::string_view tenant,
                                   std::string_view subject, std::int64_t after) {
  TRY(auto rows,
      store.query("SELECT count(*) FROM bundle_revisions WHERE tenant = :id AND created_by = :subject "
                  "AND serial > :after",
                  {{":id", tenant}, {":subject", subject}, {":after", after}}));
  return rows.front().integer(0);
}

Result<std::optional<snapshot::RolloutState>> rollout_of(storage::PlatformStore& store,
                                                         std::string_view tenant) {
  TRY(auto rows, store.query("SELECT baseline_serial, status, stage, stage_since, approved_by FROM rollouts "
                             "WHERE tenant = :id",
                             {{":id", tenant}}));
  if (rows.empty()) return std::nullopt;
  const storage::Row& row = rows.front();
  return snapshot::RolloutState{
      .baseline_serial = row.integer(0),
      .status = enum_from<snapshot::RolloutStatus>(row.text(1)).value(),  // the table checks the word
      .stage = row.integer(2),
      .stage_since = from_micros(row.integer(3)),
      .approved_by = row.text(4)};
}

Status set_rollout(storage::PlatformStore& store, std::string_view tenant,
                   const std::optional<snapshot::RolloutState>& state) {
  CHECK_OK(store.execute("DELETE FROM rollouts WHERE tenant = :id", {{":id", tenant}}));
  if (!state) return {};
  CHECK_OK(store.execute(
      "INSERT INTO rollouts (tenant, baseline_serial, status, stage, stage_since, approved_by) VALUES (:id, "
      ":baseline, :status, :stage, :since, :approved_by)",
      {{":id", tenant},
       {":baseline", state->baseline_serial},
       {":status", name_of(state->status)},
       {":stage", state->stage},
       {":since", micros(state->stage_since)},
       {":approved_by", state->approved_by}}));
  return {};
}

Status insert_raise(storage::PlatformStore& store, std::string_view tenant, const BudgetRaise& raise,
                    std::string_view approved_by, WallTime when) {
  CHECK_OK(
      store.execute("INSERT INTO budget_raises (tenant, window, by_pico, approved_by, approved_at) VALUES "
                    "(:id, :window, :by, "
                    ":approved_by, :when)",
                    {{":id", tenant},
                     {":window", raise.window},
                     {":by", raise.by.pico()},
                     {":approved_by", approved_by},
                     {":when", micros(when)}}));
  return {};
}

Result<std::vector<BudgetRaise>> raises_of(storage::PlatformStore& store, std::string_view tenant,
                                           WallTime since) {
  TRY(auto rows,
      store.query("SELECT window, by_pico FROM budget_raises WHERE tenant = :id AND approved_at >= :since",
                  {{":id", tenant}, {":since", micros(since)}}));
  std::vector<BudgetRaise> raises;
  for (const storage::Row& row : rows) raises.push_back({row.text(0), PicoDollars(row.integer(1))});
  return raises;
}

Result<std::optional<PlatformRow>> latest_platform(storage::PlatformStore& store) {
  TRY(auto rows, store.query("SELECT " PLATFORM_COLUMNS "ORDER BY serial DESC LIMIT 1"));
  if (rows.empty()) return std::nullopt;
  TRY(PlatformRow found, platform_from(rows.front()));
  return found;
}

Result<PlatformRow> find_platform(storage::PlatformStore& store, std::string_view revision) {
  TRY(auto rows,
      store.query("SELECT " PLATFORM_COLUMNS "WHERE revision = :revision ORDER BY serial DESC LIMIT 1",
                  {{":revision", revision}}));
  if (rows.empty()) {
    return fail(ErrorCode::kNotFound, "revision.not_found",
                fmt::format("revision {} of the platform's bundle is not stored", revision));
  }
  return platform_from(rows.front());
}

Status insert_platform(storage::PlatformStore& store, const PlatformRow& row) {
  std::string files = json::serialize(to_json_object(row.files));
  CHECK_OK(store.execute(
      "INSERT INTO platform_revisions (revision, files, created_at, created_by, envelope, signed_serial, "
      "signed_digest) VALUES (:revision, :files, :created, :by, :envelope, :signed_serial, :signed_digest)",
      {{":revision", row.revision},
       {":files", files},
       {":created", micros(row.created_at)},
       {":by", row.created_by},
       {":envelope", row.envelope},
       {":signed_serial", row.signed_serial},
       {":signed_digest", row.signed_digest}}));
  return {};
}

}  // namespace bailiwick::bundles::store
