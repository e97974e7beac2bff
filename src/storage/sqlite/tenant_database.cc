#include "storage/sqlite/tenant_database.h"

#include "base/files.h"
#include "storage/sqlite/migrate.h"

namespace bailiwick::storage {
namespace {

/// More sessions than this at once are rare; their connections are closed when they end.
constexpr std::size_t kMaxIdle = 4;

}  // namespace

Result<std::unique_ptr<Connection>> TenantDatabase::take_connection() {
  if (std::unique_ptr<Connection> idle = take_idle()) return idle;
  // Two first users must not race to turn one new file into a WAL file.
  MutexLock lock(opening_);
  if (!migrated_) CHECK_OK(make_private_folder(folder_));
  TRY(auto connection, Connection::open(folder_ / "tenant.db", busy_timeout_, Synchronous::kNormal));
  if (!migrated_) CHECK_OK(migrate(*connection, tenant_, migrations_));
  migrated_ = true;
  return connection;
}

std::unique_ptr<Connection> TenantDatabase::take_idle() {
  MutexLock lock(idle_mutex_);
  if (idle_.empty()) return nullptr;
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void TenantDatabase::give_back(std::unique_ptr<Connection> connection) {
  MutexLock lock(idle_mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(connection));
}

}  // namespace bailiwick::storage
