// TenantDatabase: one tenant's file: its idle connections and the lock of its writers. Private to this
// folder.
#pragma once

#include <span>
#include <vector>

#include "base/mutex.h"
#include "storage/sqlite/connection.h"

namespace bailiwick::storage {

/// Safe from any thread. Readers run side by side, each on its own connection; writers one after another.
class TenantDatabase {
 public:
  /// Touches no disk; `migrations` outlive it.
  TenantDatabase(std::filesystem::path folder, std::string tenant, std::chrono::milliseconds busy_timeout,
                 std::span<const Migration> migrations)
      : folder_(std::move(folder)),
        tenant_(std::move(tenant)),
        busy_timeout_(busy_timeout),
        migrations_(migrations) {}

  /// An idle connection or a new one; the first makes and migrates the file.
  Result<std::unique_ptr<Connection>> take_connection();
  void give_back(std::unique_ptr<Connection> connection);
  /// Held while a statement or transaction writes, so that writers wait here in turn and never by polling the
  /// file.
  Mutex& writers() { return writers_; }

 private:
  std::unique_ptr<Connection> take_idle();

  const std::filesystem::path folder_;
  const std::string tenant_;
  const std::chrono::milliseconds busy_timeout_;
  const std::span<const Migration> migrations_;
  Mutex writers_;
  Mutex opening_;
  bool migrated_ BW_GUARDED_BY(opening_) = false;
  Mutex idle_mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ BW_GUARDED_BY(idle_mutex_);
};

}  // namespace bailiwick::storage
