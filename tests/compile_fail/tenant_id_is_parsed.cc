// Text from outside is parsed before it names a tenant.
// REFUSED: no matching conversion for functional-style cast from 'std::string_view'
#include "tenancy/tenant_id.h"

namespace bailiwick::compile_fail::tenant_id_is_parsed {

auto parse(std::string_view text) {
  return tenancy::TenantId::parse(text);
}
#ifdef FAIL
auto believe(std::string_view text) {
  return tenancy::TenantId(text);
}
#endif

}  // namespace bailiwick::compile_fail::tenant_id_is_parsed
