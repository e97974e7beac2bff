#include <list>
#include <unordered_map>

#include "storage/sqlite/migrate.h"
#include "storage/sqlite/sqlite_store.h"
#include "storage/sqlite/tenant_database.h"

namespace bailiwick::storage {
namespace {

class SqliteTenantSession final : public TenantSession {
 public:
  SqliteTenantSession(std::shared_ptr<TenantDatabase> database, std::unique_ptr<Connection> connection,
                      tenancy::TenantId tenant)
      : database_(std::move(database)), connection_(std::move(connection)), tenant_(std::move(tenant)) {}
  ~SqliteTenantSession() override { database_->give_back(std::move(connection_)); }

  Result<std::vector<Row>> query(TenantSql sql, Params params) override {
    return connection_->query(sql.text(), tenant_.view(), params);
  }
  Status each(TenantSql sql, Params params, const std::function<Next(const Row&)>& row) override {
    return connection_->each(sql.text(), tenant_.view(), params,
                             [&](Row& current) { return row(current) == Next::kContinue; });
  }
  Result<std::int64_t> execute(TenantSql sql, Params params) override {
    if (connection_->in_transaction()) return connection_->execute(sql.text(), tenant_.view(), params);
    MutexLock lock(database_->writers());
    return connection_->execute(sql.text(), tenant_.view(), params);
  }
  Status transaction(const std::function<Status()>& work) override {
    BW_CHECK(!connection_->in_transaction());
    MutexLock lock(database_->writers());
    // One sync for a whole transaction is cheap, and who groups writes is about to promise them to someone.
    CHECK_OK(connection_->set_synchronous(Synchronous::kFull));
    Status outcome = connection_->transaction(work);
    [[maybe_unused]] Status back = connection_->set_synchronous(Synchronous::kNormal);
    return outcome;
  }

 private:
  std::shared_ptr<TenantDatabase> database_;
  std::unique_ptr<Connection> connection_;
  tenancy::TenantId tenant_;
};

class SqliteTenantStore final : public TenantStore {
 public:
  explicit SqliteTenantStore(const SqliteOptions& options) : options_(options) {}

 protected:
  Result<std::unique_ptr<TenantSession>> open_session(const tenancy::TenantScope& scope) override {
    std::shared_ptr<TenantDatabase> database = database_of(scope.tenant());
    TRY(auto connection, database->take_connection());
    return std::make_unique<SqliteTenantSession>(std::move(database), std::move(connection), scope.tenant());
  }

 private:
  using Recent = std::list<std::pair<std::string, std::shared_ptr<TenantDatabase>>>;

  /// The tenant's database, from now on the most recently used one.
  std::shared_ptr<TenantDatabase> database_of(const tenancy::TenantId& tenant) {
    BW_CHECK(!tenant.str().empty());
    Recent closed;  // files close after the lock is free: that may have to write
    MutexLock lock(mutex_);
    if (auto known = by_tenant_.find(tenant.view()); known != by_tenant_.end()) {
      recent_.splice(recent_.begin(), recent_, known->second);
      return recent_.front().second;
    }
    auto database = std::make_shared<TenantDatabase>(options_.folder / "tenants" / tenant.str(), tenant.str(),
                                                     options_.busy_timeout, options_.migrations);
    recent_.emplace_front(tenant.str(), database);
    by_tenant_[recent_.front().first] = recent_.begin();
    take_surplus(closed);
    return database;
  }

  /// Moves the least recently used databases that no session holds into `closed`, down to the limit.
  void take_surplus(Recent& closed) BW_REQUIRES(mutex_) {
    for (auto at = recent_.end(); at != recent_.begin() && recent_.size() > options_.max_open_tenants;) {
      auto candidate = std::prev(at);
      if (candidate->second.use_count() > 1) {
        at = candidate;
        continue;
      }
      by_tenant_.erase(candidate->first);
      closed.splice(closed.end(), recent_, candidate);
    }
  }

  const SqliteOptions options_;
  Mutex mutex_;
  Recent recent_ BW_GUARDED_BY(mutex_);  // most recently used first
  std::unordered_map<std::string_view, Recent::iterator> by_tenant_
      BW_GUARDED_BY(mutex_);  // keys live in recent_
};

}  // namespace

Result<std::unique_ptr<TenantStore>> open_sqlite_tenant_store(const SqliteOptions& options) {
  check_migrations(options.migrations);
  return std::make_unique<SqliteTenantStore>(options);
}

}  // namespace bailiwick::storage
