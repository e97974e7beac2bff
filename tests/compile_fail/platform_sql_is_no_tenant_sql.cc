// A statement over the platform's tables does not run in a tenant's session.
// REFUSED: no viable conversion from '(storage::)?PlatformSql' to '(storage::)?TenantSql'
#include "storage/tenant_store.h"

namespace bailiwick::compile_fail::platform_sql_is_no_tenant_sql {

using storage::PlatformSql, storage::TenantSession, storage::TenantSql;

auto run(TenantSession& session, TenantSql sql) {
  return session.query(sql);
}
#ifdef FAIL
auto run(TenantSession& session, PlatformSql sql) {
  return session.query(sql);
}
#endif

}  // namespace bailiwick::compile_fail::platform_sql_is_no_tenant_sql
