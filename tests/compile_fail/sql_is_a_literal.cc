// No text that was put together at run time becomes a statement.
// REFUSED: call to consteval function .*TenantSql::TenantSql' is not a constant expression
#include "storage/sql.h"

namespace bailiwick::compile_fail::sql_is_a_literal {

storage::TenantSql written() {
  return "SELECT body FROM notes WHERE tenant = :tenant";
}
#ifdef FAIL
storage::TenantSql assembled(const std::string& column) {
  std::string text = "SELECT " + column + " FROM notes WHERE tenant = :tenant";
  return text.c_str();
}
#endif

}  // namespace bailiwick::compile_fail::sql_is_a_literal
