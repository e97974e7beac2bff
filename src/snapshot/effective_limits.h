// The limits that hold for a tenant: its quotas and its router's budget, whichever is stricter.
#pragma once

#include "metering/limits.h"
#include "snapshot/router_config.h"
#include "snapshot/tenant_declaration.h"

namespace bailiwick::snapshot {

metering::Limits limits_of(const TenantDeclaration& tenant, const RouterConfig& router);

}  // namespace bailiwick::snapshot
