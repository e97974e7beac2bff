// The settings of a tenant's snapshot that is still being made.
#pragma once

#include "snapshot/tenant_snapshot.h"

namespace bailiwick::testing_support {

/// To be changed before anyone reads them; good until asked for again.
inline snapshot::Settings& settings_of(snapshot::TenantSnapshot& tenant) {
  auto files = std::make_shared<snapshot::BundleFiles>(*tenant.files);
  snapshot::Settings& settings = files->settings;
  tenant.files = std::move(files);
  return settings;
}

}  // namespace bailiwick::testing_support
