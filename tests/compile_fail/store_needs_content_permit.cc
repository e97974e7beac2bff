// A permit to manage a tenant opens none of its data.
// REFUSED: no matching member function for call to 'open'
#include "storage/tenant_store.h"

namespace bailiwick::compile_fail::store_needs_content_permit {

using tenancy::Action, tenancy::Permit;

auto read(storage::TenantStore& store, const Permit<Action::kCorpusRead>& permit) {
  return store.open(permit);
}
#ifdef FAIL
auto peek(storage::TenantStore& store, const Permit<Action::kTenantsUpdate>& permit) {
  return store.open(permit);
}
#endif

}  // namespace bailiwick::compile_fail::store_needs_content_permit
