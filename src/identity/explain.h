// Explaining a decision: the kernel's answer to a question, with what each of its steps says: the roles with
// their reach and scopes, then the rules.
//
// Pure. The decision is the kernel's own; the steps are made of what it asks.
#pragma once

#include "policy/explanation.h"
#include "policy/role_policies.h"

namespace bailiwick::identity {

struct ExplainedBinding {
  tenancy::RoleBinding binding;
  policy::BindingAnswer answer = policy::BindingAnswer::kNotInRole;
};

struct Explanation {
  policy::Decision decision;
  std::vector<ExplainedBinding> bindings;        ///< as the principal has them
  policy::Effect roles = policy::Effect::kDeny;  ///< what roles and scopes say
  std::string roles_message;                     ///< in words
  /// None was asked when the roles deny; what they would have said is there all the same.
  std::vector<policy::RulesStep> rules;
};

Explanation explain(const policy::Question& question);

/// `operator in program support`.
std::string describe_binding(const tenancy::RoleBinding& binding);
/// Why a binding permits something, or does not: `not in its reach`.
std::string_view describe_answer(policy::BindingAnswer answer);

}  // namespace bailiwick::identity
