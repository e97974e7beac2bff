// A platform action has no tenant to name.
// REFUSED: invalid reference to function 'tenant': constraints not satisfied
#include "tenancy/permit.h"

namespace bailiwick::compile_fail::platform_permit_has_no_tenant {

using tenancy::Action, tenancy::Permit;

auto tenant_of(const Permit<Action::kTenantsGet>& permit) {
  return permit.tenant();
}
#ifdef FAIL
auto tenant_of(const Permit<Action::kTenantsList>& permit) {
  return permit.tenant();
}
#endif

}  // namespace bailiwick::compile_fail::platform_permit_has_no_tenant
