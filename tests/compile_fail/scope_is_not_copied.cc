// Who sees a scope cannot keep one.
// REFUSED: call to deleted constructor of '(tenancy::)?TenantScope'
#include "tenancy/permit.h"

namespace bailiwick::compile_fail::scope_is_not_copied {

using tenancy::Action, tenancy::Permit, tenancy::TenantScope;

const TenantScope& look(const Permit<Action::kAsk>& permit) {
  return permit.scope();
}
#ifdef FAIL
TenantScope keep(const Permit<Action::kAsk>& permit) {
  return permit.scope();
}
#endif

}  // namespace bailiwick::compile_fail::scope_is_not_copied
