// Payer: below the tenant, whose limits a request counts against.
#pragma once

#include "metering/demand.h"
#include "tenancy/permit.h"

namespace bailiwick::metering {

/// Refers to the permit's scope and principal.
inline Payer payer_of(const tenancy::TenantScope& scope, const tenancy::Principal& principal) {
  return {.program = scope.program() ? scope.program()->view() : std::string_view(),
          .token = principal.metered_as,
          .footprint = scope.footprint()};
}

}  // namespace bailiwick::metering
