#include "policy/role_kernel.h"

#include "policy/role_policies.h"
#include "policy/role_table.h"
#include "policy/rules.h"

namespace bailiwick::policy {

Decision RoleKernel::decide(const Question& question) const {
  Decision decision{.reason = "tenant.mismatch", .policy_revision = std::string(kRolesRevision)};
  const tenancy::Principal& principal = question.principal;
  bool foreign = principal.tenant && (question.tenant == nullptr || *question.tenant != *principal.tenant);
  if (foreign) return decision;
  RoleAnswer roles = ask_roles(question);
  decision.reason = roles.reason;
  if (!roles.permitted) return decision;
  RulesAnswer rules = ask_rules(question);
  decision.change = rules.change;
  if (rules.denial) {
    decision.reason = std::move(rules.denial->reason);
    decision.message = std::move(rules.denial->message);
    return decision;
  }
  decision.effect = Effect::kAllow;
  return decision;
}

}  // namespace bailiwick::policy
