#include "storage/sqlite/migrate.h"

#include <map>

#include <fmt/format.h>

#include "crypto/hash.h"

namespace bailiwick::storage {
namespace {

using Step = std::pair<std::string, int>;  // room, version

constexpr std::string_view kTables =
    "CREATE TABLE IF NOT EXISTS schema_migrations (room TEXT NOT NULL, version INTEGER NOT NULL,"
    " sha256 TEXT NOT NULL, PRIMARY KEY (room, version)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS file_owner (owner TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;";

Status check_owner(Connection& connection, std::string_view owner) {
  TRY(auto rows, connection.query("SELECT owner FROM file_owner", {}, {}));
  if (rows.empty()) {
    CHECK_OK(connection.execute("INSERT INTO file_owner (owner) VALUES (:owner)", {}, {{":owner", owner}}));
    return {};
  }
  if (rows.front().text(0) == owner) return {};
  return fail(ErrorCode::kInternal, "storage.wrong_owner", "The stored data belongs to someone else.",
              fmt::format("the file of {} stands in the place of {}; put back the right one",
                          rows.front().text(0), owner));
}

Result<std::map<Step, std::string>> applied_steps(Connection& connection) {
  TRY(auto rows, connection.query("SELECT room, version, sha256 FROM schema_migrations", {}, {}));
  std::map<Step, std::string> applied;
  for (const Row& row : rows) applied[{row.text(0), static_cast<int>(row.integer(1))}] = row.text(2);
  return applied;
}

Status apply(Connection& connection, const Migration& migration, std::string_view digest) {
  CHECK_OK(connection.run_script(migration.sql));
  CHECK_OK(connection.execute(
      "INSERT INTO schema_migrations (room, version, sha256) VALUES (:room, :version, :sha256)", {},
      {{":room", migration.room}, {":version", std::int64_t{migration.version}}, {":sha256", digest}}));
  return {};
}

Status apply_missing(Connection& connection, std::string_view owner, std::span<const Migration> migrations) {
  CHECK_OK(connection.run_script(kTables));
  CHECK_OK(check_owner(connection, owner));
  TRY(auto applied, applied_steps(connection));
  for (const Migration& migration : migrations) {
    std::string digest = crypto::to_hex(crypto::sha256(migration.sql));
    auto known = applied.extract({std::string(migration.room), migration.version});
    if (!known) {
      CHECK_OK(apply(connection, migration, digest));
    } else if (known.mapped() != digest) {
      return fail(
          ErrorCode::kInternal, "storage.migration_changed", "The stored data has another schema.",
          fmt::format("migration {} of {} is not the one that was applied; leave it and add a new one",
                      migration.version, migration.room));
    }
  }
  if (applied.empty()) return {};
  const auto& [room, version] = applied.begin()->first;
  return fail(ErrorCode::kInternal, "storage.schema_newer", "The stored data was written by a newer version.",
              fmt::format("migration {} of {} is unknown; start the version that wrote it", version, room));
}

}  // namespace

void check_migrations(std::span<const Migration> migrations) {
  std::map<std::string_view, int> last;
  for (const Migration& migration : migrations) {
    if (migration.version != ++last[migration.room]) {
      throw InvariantViolation(fmt::format("migrations of {}: version {} stands where {} is expected",
                                           migration.room, migration.version, last[migration.room]));
    }
  }
}

Status migrate(Connection& connection, std::string_view owner, std::span<const Migration> migrations) {
  return connection.transaction([&] { return apply_missing(connection, owner, migrations); });
}

}  // namespace bailiwick::storage
