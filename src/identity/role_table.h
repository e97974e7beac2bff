// The table of roles × actions, as data. GET /v1/roles prints it.
#pragma once

#include <array>
#include <span>

#include "policy/kernel.h"
#include "tenancy/action.h"
#include "tenancy/principal.h"

namespace bailiwick::identity {

/// How decisions name this table in `policy_revision`.
inline constexpr std::string_view kRolesRevision = "roles-1";

/// What `role` adds to the roles it includes.
struct RoleRow {
  tenancy::Role role;
  std::optional<tenancy::Role> includes;
  std::span<const tenancy::Action> adds;
};

std::span<const RoleRow> role_table();

/// Does `role` permit `action`? One bit test.
bool role_permits(tenancy::Role role, tenancy::Action action);

/// Does the binding permit `action` somewhere in its reach? A role bound to a program or namespace permits
/// only work that belongs to one: what concerns the whole tenant (its documents, ledger, tokens, life) asks
/// for the role in the whole tenant, or naming the program in a header would be enough to get at it.
bool binding_permits(const tenancy::RoleBinding& binding, tenancy::Action action);

/// What one binding says of a question, scopes aside.
enum class BindingAnswer {
  kPermits,
  kOfAnother,    ///< the platform's role of who has a tenant, or a tenant's of who has none
  kNotInRole,    ///< the role does not permit the action anywhere
  kWholeTenant,  ///< the role does, but bound to a program or namespace it permits no such action
  kOutOfReach,   ///< it is bound to another program or namespace than the question names
};
BindingAnswer ask_binding(const tenancy::RoleBinding& binding, const policy::Question& question);

/// Does one of `scopes` cover the action? `*`, `corpus.*`, `corpus.read`; a colon counts as a dot. Empty =
/// all.
bool scopes_cover(std::span<const std::string> scopes, tenancy::Action action);

/// Decides by roles, their reach (tenant, program, namespace) and scopes, then by the rules of the platform
/// and of the tenant. The platform admin is no principal of a tenant: its rules do not bind it. Pure.
class RoleKernel final : public policy::Kernel {
 public:
  policy::Decision decide(const policy::Question& question) const override;
};

}  // namespace bailiwick::identity
