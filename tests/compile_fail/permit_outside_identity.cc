// A scope and a principal are not yet a permit.
// REFUSED: no matching constructor for initialization of 'Permit<Action::kAsk>'
#include "tenancy/permit.h"

namespace bailiwick::compile_fail::permit_outside_identity {

using tenancy::Action, tenancy::Permit, tenancy::TenantScope;
using PrincipalPtr = std::shared_ptr<const tenancy::Principal>;

Permit<Action::kAsk> pass_on(Permit<Action::kAsk> permit) {
  return permit;
}
#ifdef FAIL
Permit<Action::kAsk> make(TenantScope scope, PrincipalPtr principal) {
  return Permit<Action::kAsk>(std::move(scope), std::move(principal), "");
}
#endif

}  // namespace bailiwick::compile_fail::permit_outside_identity
