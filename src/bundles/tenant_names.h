// TenantNames: what no two tenants share: ids, names (case is ignored) and namespaces.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "snapshot/tenant_declaration.h"

namespace bailiwick::bundles {

/// A name as it is compared: lower case, without blanks at its ends.
std::string fold_name(std::string_view name);

class TenantNames {
 public:
  /// Whether claim() would succeed. Errors: kConflict `tenant.name_taken`, `namespace.taken`.
  Status check(const snapshot::TenantDeclaration& tenant) const;
  /// Takes what the tenant is called, in place of what it was called before. Errors: as check(); nothing is
  /// taken then.
  Status claim(const snapshot::TenantDeclaration& tenant);

 private:
  struct Claims {
    std::string name;  ///< folded
    std::vector<std::string> namespaces;
  };
  std::unordered_map<std::string, Claims> claims_;           ///< by tenant
  std::unordered_map<std::string, std::string> names_;       ///< folded name → tenant
  std::unordered_map<std::string, std::string> namespaces_;  ///< namespace → tenant
};

}  // namespace bailiwick::bundles
