// Roles and scopes as Cedar: what every decision asks before any rule.
//
// Written from the table of roles (role_table.h), so that a right is given in one place: for each role a
// permit of what it may do in the whole tenant, and one of what it may also do in a part; for each operation
// a forbid of tokens whose scopes leave it out. The kernel decides by them as it does by rules.
#pragma once

#include <span>
#include <string>

#include "policy/cedar/evaluator.h"
#include "policy/kernel.h"

namespace bailiwick::policy {

/// In the vocabulary of roles (operations.h); the same for every tenant.
const std::string& role_policies_text();

struct RoleAnswer {
  bool permitted = false;
  std::string_view reason;  ///< `role.operator`, `role.insufficient`, `scope.insufficient`; lives for ever
};
/// `operation` is a question, described. Pure and quick.
RoleAnswer ask_roles(const cedar::Request& operation);
/// The same of a question. What roles say to who has no scopes is kept by the thread once it was asked.
RoleAnswer ask_roles(const Question& question);

/// Does `role` permit `action` in its whole tenant?
bool role_permits(tenancy::Role role, tenancy::Action action);
/// Does the binding permit `action` somewhere in its reach?
bool binding_permits(const tenancy::RoleBinding& binding, tenancy::Action action);
/// What one binding says of a question, scopes aside.
enum class BindingAnswer {
  kPermits,
  kOfAnother,    ///< the platform's role of who has a tenant, or a tenant's of who has none
  kNotInRole,    ///< the role does not permit the action anywhere
  kWholeTenant,  ///< the role does, but bound to a program or namespace it permits no such action
  kOutOfReach,   ///< it is bound to another program or namespace than the question names
};
BindingAnswer ask_binding(const tenancy::RoleBinding& binding, const Question& question);
/// Does one of `scopes` cover the action? `*`, `corpus.*`, `corpus.read`; `:` is as good as the dot. Empty =
/// all.
bool scopes_cover(std::span<const std::string> scopes, tenancy::Action action);

}  // namespace bailiwick::policy
