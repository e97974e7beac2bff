// The embedded adapters of the storage ports: SQLite files in the data folder. Included by `app` and tests
// alone.
//
// Every file is opened in WAL mode, with foreign keys on and SQLite's own defences up: no attached files, no
// direct writes to the schema, no functions run from it. Disk trouble is kUnavailable, with its cause in the
// detail.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

#include "storage/platform_store.h"
#include "storage/tenant_store.h"

namespace bailiwick::storage {

struct SqliteOptions {
  std::filesystem::path folder;  ///< the data folder; made when absent
  /// Of every room, each room's in order of version from 1.
  std::vector<Migration> migrations;
  /// How long a statement waits for another process (a backup) to let go of the file.
  std::chrono::milliseconds busy_timeout{5000};
  /// Tenants whose files stay open. Tenants in use are never closed, so more may be open for a while.
  std::size_t max_open_tenants = 64;
};

/// `FOLDER/platform.db`, migrated. Errors: kUnavailable `storage.unavailable`, `storage.full`; kInternal
/// `storage.migration_changed`, `storage.schema_newer`.
Result<std::unique_ptr<PlatformStore>> open_sqlite_platform_store(const SqliteOptions& options);

/// `FOLDER/tenants/<tenant>/tenant.db`, each made and migrated on first use.
Result<std::unique_ptr<TenantStore>> open_sqlite_tenant_store(const SqliteOptions& options);

}  // namespace bailiwick::storage
