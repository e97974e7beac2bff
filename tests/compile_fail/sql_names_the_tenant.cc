// A statement over tenants' data that forgets the tenant is found before it runs.
// REFUSED: non-constexpr function 'sql_must_name_tenant' cannot be used in a constant expression
#include "storage/sql.h"

namespace bailiwick::compile_fail::sql_names_the_tenant {

storage::TenantSql own() {
  return "SELECT body FROM notes WHERE tenant = :tenant";
}
#ifdef FAIL
storage::TenantSql everyone() {
  return "SELECT body FROM notes";
}
#endif

}  // namespace bailiwick::compile_fail::sql_names_the_tenant
