// TenantStore: the only door to tenant data. A permit opens it; the session binds the tenant itself.
#pragma once

#include <functional>
#include <memory>

#include "storage/sql.h"
#include "tenancy/permit.h"

namespace bailiwick::storage {

/// A session with one tenant's database, for one thread at a time. `:tenant` is bound by the session.
class TenantSession {
 public:
  virtual ~TenantSession() = default;
  virtual Result<std::vector<Row>> query(TenantSql sql, Params params = {}) = 0;
  /// Row by row, without holding them all; `row` returns kStop to end early.
  enum class Next { kContinue, kStop };
  virtual Status each(TenantSql sql, Params params, const std::function<Next(const Row&)>& row) = 0;
  /// Number of rows changed. Survives the death of the process; on disk with the next checkpoint.
  virtual Result<std::int64_t> execute(TenantSql sql, Params params = {}) = 0;
  /// All of `work` or nothing of it, on disk when it returns. Serialised with other writers of the same
  /// tenant, so `work` must not write through a second session. Does not nest.
  virtual Status transaction(const std::function<Status()>& work) = 0;
};

class TenantStore {
 public:
  virtual ~TenantStore() = default;

  /// Opens the tenant of the permit, creating and migrating its database on first use. Blocking: call it on
  /// the blocking pool. Errors: kUnavailable `storage.unavailable`.
  template <tenancy::Action A>
    requires(tenancy::reach_of(A) == tenancy::Reach::kContent)
  Result<std::unique_ptr<TenantSession>> open(const tenancy::Permit<A>& permit) {
    return open_session(permit.scope());
  }

 protected:
  virtual Result<std::unique_ptr<TenantSession>> open_session(const tenancy::TenantScope& scope) = 0;
};

}  // namespace bailiwick::storage
