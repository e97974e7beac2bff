// A tenant's name is not yet its scope: nobody but the gatekeeper turns one into the other.
// REFUSED: no matching constructor for initialization of '(tenancy::)?TenantScope'
#include "tenancy/permit.h"

namespace bailiwick::compile_fail::scope_outside_identity {

using tenancy::TenantScope, tenancy::TenantId;

TenantScope pass_on(TenantScope scope) {
  return scope;
}
#ifdef FAIL
TenantScope take(TenantId tenant) {
  return TenantScope(std::move(tenant), std::nullopt);
}
#endif

}  // namespace bailiwick::compile_fail::scope_outside_identity
