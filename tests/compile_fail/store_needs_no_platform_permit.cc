// Nor does a permit of the platform admin.
// REFUSED: no matching member function for call to 'open'
#include "storage/tenant_store.h"

namespace bailiwick::compile_fail::store_needs_no_platform_permit {

using tenancy::Action, tenancy::Permit;

auto read(storage::TenantStore& store, const Permit<Action::kAsk>& permit) {
  return store.open(permit);
}
#ifdef FAIL
auto peek(storage::TenantStore& store, const Permit<Action::kTenantsList>& permit) {
  return store.open(permit);
}
#endif

}  // namespace bailiwick::compile_fail::store_needs_no_platform_permit
