// PlatformStore: tenants as rows, tokens, bundle revisions. Holds no tenant's content.
//
// Only rooms whose job is the platform's state (identity, bundles, ledger) receive it from `app`.
#pragma once

#include <functional>
#include <vector>

#include "storage/sql.h"

namespace bailiwick::storage {

/// Safe from any thread; calls are serialised. Blocking. Writes are durable (synced) when they return.
class PlatformStore {
 public:
  virtual ~PlatformStore() = default;
  virtual Result<std::vector<Row>> query(PlatformSql sql, Params params = {}) = 0;
  virtual Result<std::int64_t> execute(PlatformSql sql, Params params = {}) = 0;
  /// All of `work` or nothing; `work` may call query and execute. A broken uniqueness rule is kConflict
  /// `storage.unique`, whose detail names the index.
  virtual Status transaction(const std::function<Status()>& work) = 0;
  /// A trivial round trip, for readiness.
  virtual Status ping() = 0;
};

}  // namespace bailiwick::storage
