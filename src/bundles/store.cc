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

#define TENANT_COLUMNS \
  "id, uuid, name, status, reason, created_at, updated_at, version, serial, folder_manifest FROM tenants "

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
                   .folder_manifest = {}};
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

}  // namespace

std::vector<storage::Migration> migrations() {
  return {{"bundles", 1, kSchema}, {"bundles", 2, kPlatformSchema}};
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
      "serial, folder_manifest) VALUES (:id, :uuid, :name, :key, :status, :reason, :created, "
      ":updated, :version, :serial, :manifest)",
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
       {":manifest", manifest}}));
  return {};
}

Status update_tenant(storage::PlatformStore& store, const TenantRow& row) {
  std::string manifest = json::serialize(to_json_object(row.folder_manifest)), key = fold_name(row.name);
  TRY(std::int64_t changed,
      store.execute(
          "UPDATE tenants SET name = :name, name_key = :key, status = :status, reason = :reason, "
          "updated_at = :updated, version = :version, serial = :serial, folder_manifest = :manifest "
          "WHERE id = :id",
          {{":id", row.id},
           {":name", row.name},
           {":key", key},
           {":status", name_of(row.lifecycle.status)},
           {":reason", row.lifecycle.reason},
           {":updated", micros(row.lifecycle.updated_at)},
           {":version", row.lifecycle.version},
           {":serial", row.serial},
           {":manifest", manifest}}));
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
  std::string files = json::serialize(to_json_object(row.files));
  CHECK_OK(store.execute(
      "INSERT INTO bundle_revisions (tenant, serial, revision, source, files, created_at, created_by) "
      "VALUES (:id, :serial, :revision, :source, :files, :created, :by)",
      {{":id", row.tenant},
       {":serial", row.serial},
       {":revision", row.revision},
       {":source", name_of(row.source)},
       {":files", files},
       {":created", micros(row.created_at)},
       {":by", row.created_by}}));
  return {};
}

Result<RevisionRow> find_revision(storage::PlatformStore& store, std::string_view tenant,
                                  std::int64_t serial) {
  TRY(auto rows, store.query("SELECT revision, source, files, created_at, created_by FROM bundle_revisions "
                             "WHERE tenant = :id AND serial = :serial",
                             {{":id", tenant}, {":serial", serial}}));
  if (rows.empty()) {
    return fail(ErrorCode::kInternal, "bundles.revision_absent", "the tenant's revision is not stored",
                fmt::format("{} has no revision of serial {}", tenant, serial));
  }
  const storage::Row& row = rows.front();
  RevisionRow revision{.tenant = std::string(tenant),
                       .serial = serial,
                       .revision = row.text(0),
                       .source = enum_from<RevisionSource>(row.text(1)).value(),  // the table checks the word
                       .files = {},
                       .created_at = from_micros(row.integer(3)),
                       .created_by = row.text(4)};
  TRY(revision.files, from_json_object(row.text(2)));
  return revision;
}

Result<std::vector<RevisionRow>> revisions(storage::PlatformStore& store, std::string_view tenant,
                                           std::int64_t before, std::int64_t limit) {
  TRY(auto rows, store.query("SELECT serial, revision, source, created_at, created_by FROM bundle_revisions "
                             "WHERE tenant = :id AND serial < :before ORDER BY serial DESC LIMIT :limit",
                             {{":id", tenant}, {":before", before}, {":limit", limit}}));
  std::vector<RevisionRow> found;
  for (const storage::Row& row : rows) {
    found.push_back({.tenant = std::string(tenant),
                     .serial = row.integer(0),
                     .revision = row.text(1),
                     .source = enum_from<RevisionSource>(row.text(2)).value(),  // the table checks the word
                     .files = {},
                     .created_at = from_micros(row.integer(3)),
                     .created_by = row.text(4)});
  }
  return found;
}

Result<std::optional<snapshot::FileTexts>> latest_platform(storage::PlatformStore& store) {
  TRY(auto rows, store.query("SELECT files FROM platform_revisions ORDER BY serial DESC LIMIT 1"));
  if (rows.empty()) return std::nullopt;
  TRY(snapshot::FileTexts files, from_json_object(rows.front().text(0)));
  return files;
}

Status insert_platform(storage::PlatformStore& store, std::string_view revision,
                       const snapshot::FileTexts& files, WallTime created_at, std::string_view created_by) {
  std::string text = json::serialize(to_json_object(files));
  CHECK_OK(store.execute(
      "INSERT INTO platform_revisions (revision, files, created_at, created_by) "
      "VALUES (:revision, :files, :created, :by)",
      {{":revision", revision}, {":files", text}, {":created", micros(created_at)}, {":by", created_by}}));
  return {};
}

}  // namespace bailiwick::bundles::store
