// Principal: who is asking, as far as a verified credential says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tenancy/tenant_id.h"

namespace bailiwick::tenancy {

enum class Role { kOwner, kAdmin, kApprover, kOperator, kAuditor, kViewer, kPlatformAdmin };

constexpr std::array<std::pair<std::string_view, Role>, 7> enum_table(Role) {
  return {{{"owner", Role::kOwner},
           {"admin", Role::kAdmin},
           {"approver", Role::kApprover},
           {"operator", Role::kOperator},
           {"auditor", Role::kAuditor},
           {"viewer", Role::kViewer},
           {"platform-admin", Role::kPlatformAdmin}}};
}

/// A role, and how far it goes: the whole tenant, one program, or one namespace.
struct RoleBinding {
  Role role = Role::kViewer;
  std::optional<ProgramId> program;
  std::optional<NamespaceId> name_space;
};

struct Principal {
  std::string subject;             ///< `token:tok_…`; stands in every record; never the credential itself
  std::optional<TenantId> tenant;  ///< absent for the platform admin alone
  std::vector<RoleBinding> bindings;
  /// Narrows the roles to these actions (`corpus.*`, `ask`); empty = all that the roles permit.
  std::vector<std::string> scopes;
  /// The token whose own limits count its requests: itself, or the one that it replaced; empty = none has
  /// any.
  std::string metered_as;

  bool is_platform_admin() const { return !tenant.has_value(); }
};

}  // namespace bailiwick::tenancy
