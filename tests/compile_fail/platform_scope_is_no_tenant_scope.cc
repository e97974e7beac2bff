// What reaches the installation reaches no tenant.
// REFUSED: no viable conversion from .*PlatformScope.* to .*'const TenantScope'
#include "tenancy/permit.h"

namespace bailiwick::compile_fail::platform_scope_is_no_tenant_scope {

using tenancy::Action, tenancy::Permit, tenancy::TenantScope;

const TenantScope& of_tenant(const Permit<Action::kTenantsUpdate>& permit) {
  return permit.scope();
}
#ifdef FAIL
const TenantScope& of_platform(const Permit<Action::kTenantsCreate>& permit) {
  return permit.scope();
}
#endif

}  // namespace bailiwick::compile_fail::platform_scope_is_no_tenant_scope
