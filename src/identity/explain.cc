#include "identity/explain.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/binding.h"
#include "policy/role_kernel.h"

namespace bailiwick::identity {
namespace {

using policy::BindingAnswer, policy::Effect;

void explain_roles(const policy::Question& question, Explanation& made) {
  const tenancy::Principal& principal = question.principal;
  std::string_view action = tenancy::name_of(question.action);
  for (const tenancy::RoleBinding& binding : principal.bindings)
    made.bindings.push_back({binding, policy::ask_binding(binding, question)});
  auto permitting = std::ranges::find(made.bindings, BindingAnswer::kPermits, &ExplainedBinding::answer);
  if (principal.tenant && (question.tenant == nullptr || *question.tenant != *principal.tenant)) {
    made.roles_message = "the credential is of another tenant";
  } else if (!policy::scopes_cover(principal.scopes, question.action)) {
    std::string role = permitting == made.bindings.end()
                           ? fmt::format("no role permits {} here, and", action)
                           : fmt::format("{} permits {}, but", describe_binding(permitting->binding), action);
    made.roles_message = fmt::format("{} no scope covers it: {}", role, fmt::join(principal.scopes, ", "));
  } else if (permitting == made.bindings.end()) {
    made.roles_message = fmt::format("no role permits {} here", action);
  } else {
    made.roles = Effect::kAllow;
    made.roles_message = fmt::format("{} permits {}{}", describe_binding(permitting->binding), action,
                                     principal.scopes.empty() ? "" : ", and a scope covers it");
  }
}

}  // namespace

Explanation explain(const policy::Question& question) {
  Explanation made{
      .decision = policy::RoleKernel().decide(question), .bindings = {}, .roles_message = {}, .rules = {}};
  explain_roles(question, made);
  made.rules = policy::explain_rules(question);
  if (made.roles == Effect::kAllow) return made;
  for (policy::RulesStep& step : made.rules) {
    step.outcome = policy::RulesStep::Outcome::kNotAsked;
    step.reason.clear();
    step.message = "the roles deny it already";
  }
  return made;
}

std::string describe_binding(const tenancy::RoleBinding& binding) {
  std::string text(name_of(binding.role));
  if (binding.program) text += fmt::format(" in program {}", binding.program->view());
  if (binding.name_space) text += fmt::format(" in namespace {}", binding.name_space->view());
  return text;
}

std::string_view describe_answer(BindingAnswer answer) {
  switch (answer) {
    case BindingAnswer::kPermits:
      return "permits";
    case BindingAnswer::kOfAnother:
      return "not a role of this principal's kind";
    case BindingAnswer::kNotInRole:
      return "not in the role";
    case BindingAnswer::kWholeTenant:
      return "not in its reach: this needs the role in the whole tenant";
    case BindingAnswer::kOutOfReach:
      return "not in its reach: the request was not in that program or namespace";
  }
  return "";
}

}  // namespace bailiwick::identity
