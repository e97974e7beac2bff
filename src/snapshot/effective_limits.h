// The limits that hold for a tenant and its programs: quotas and the router's budget, whichever is stricter.
#pragma once

#include "metering/meter.h"
#include "snapshot/bundle_files.h"
#include "snapshot/tenant_declaration.h"

namespace bailiwick::snapshot {

struct EffectiveLimits {
  metering::Limits tenant;
  metering::TenantMeter::LimitsByName programs;  ///< those that have any

  Status apply_to(metering::TenantMeter& meter) const;
};
EffectiveLimits limits_of(const TenantDeclaration& tenant, const BundleFiles& files);

/// Of anything that has such quotas and counts its days in this time zone.
metering::Limits to_limits(const RequestQuotas& quotas, std::string_view time_zone);

}  // namespace bailiwick::snapshot
