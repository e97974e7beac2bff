#include <mutex>

#include "base/files.h"
#include "storage/sqlite/migrate.h"
#include "storage/sqlite/sqlite_store.h"

namespace bailiwick::storage {
namespace {

class SqlitePlatformStore final : public PlatformStore {
 public:
  explicit SqlitePlatformStore(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  Result<std::vector<Row>> query(PlatformSql sql, Params params) override {
    std::lock_guard lock(mutex_);
    return connection_->query(sql.text(), {}, params);
  }
  Result<std::int64_t> execute(PlatformSql sql, Params params) override {
    std::lock_guard lock(mutex_);
    return connection_->execute(sql.text(), {}, params);
  }
  Status transaction(const std::function<Status()>& work) override {
    std::lock_guard lock(mutex_);
    return connection_->transaction(work);
  }
  Status ping() override {
    CHECK_OK(query("SELECT version FROM schema_migrations LIMIT 1", {}));
    return {};
  }

 private:
  // Recursive, for the work of a transaction calls query and execute on this very store.
  std::recursive_mutex mutex_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace

Result<std::unique_ptr<PlatformStore>> open_sqlite_platform_store(const SqliteOptions& options) {
  check_migrations(options.migrations);
  CHECK_OK(make_private_folder(options.folder));
  TRY(auto connection,
      Connection::open(options.folder / "platform.db", options.busy_timeout, Synchronous::kFull));
  CHECK_OK(migrate(*connection, "_platform", options.migrations));
  return std::make_unique<SqlitePlatformStore>(std::move(connection));
}

}  // namespace bailiwick::storage
