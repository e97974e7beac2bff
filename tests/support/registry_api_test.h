// Routes of the tenant registry over a real connection, on a store of their own.
#pragma once

#include <gtest/gtest.h>

#include "bundles/registry.h"
#include "storage/sqlite/sqlite_store.h"
#include "support/served_edge.h"
#include "support/temp_folder.h"

namespace bailiwick::testing_support {

class RegistryApiTest : public testing::Test {
 protected:
  TempFolder folder_;
  ServedEdge rig_;
  std::unique_ptr<storage::PlatformStore> store_ =
      storage::open_sqlite_platform_store(
          {.folder = folder_.path(), .migrations = bundles::registry_migrations()})
          .value();
  bundles::InProcessSandbox sandbox_;
  bundles::TenantRegistry registry_{
      {*store_, rig_.ledger, rig_.slices, rig_.tenants, rig_.clock, rig_.random, sandbox_}, nullptr};
};

}  // namespace bailiwick::testing_support
