#include "policy/role_kernel.h"

#include "policy/operations.h"
#include "policy/role_policies.h"
#include "policy/role_table.h"
#include "policy/rules.h"

namespace bailiwick::policy {

namespace {

void decide_within(const Question& question, const cedar::Request& operation, Decision& decision) {
  RoleAnswer roles = ask_roles(operation);
  decision.reason = roles.reason;
  if (!roles.permitted) return;
  RulesAnswer rules = ask_rules(question, operation);
  decision.change = rules.change;
  if (rules.denial) {
    decision.reason = std::move(rules.denial->reason);
    decision.message = std::move(rules.denial->message);
    return;
  }
  decision.effect = Effect::kAllow;
}

}  // namespace

Decision RoleKernel::decide(const Question& question) const {
  Decision decision{.reason = "tenant.mismatch", .policy_revision = std::string(kRolesRevision)};
  const tenancy::Principal& principal = question.principal;
  bool foreign = principal.tenant && (question.tenant == nullptr || *question.tenant != *principal.tenant);
  if (!foreign)
    described(question,
              [&](const cedar::Request& operation) { decide_within(question, operation, decision); });
  return decision;
}

}  // namespace bailiwick::policy
