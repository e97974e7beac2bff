#include "identity/late_question.h"

#include "policy/rules.h"

namespace bailiwick::identity {

Status check_facts(const Permitted& permitted, const snapshot::TenantSnapshot& snapshot,
                   std::string_view resource, const policy::Facts& facts, WallTime now) {
  const tenancy::TenantScope& scope = permitted.scope;
  BW_CHECK(snapshot.id() == scope.tenant());
  auto denial = policy::denied_by_rules({.principal = permitted.principal,
                                         .action = permitted.action,
                                         .tenant = &scope.tenant(),
                                         .program = scope.program() ? &*scope.program() : nullptr,
                                         .name_space = scope.name_space() ? &*scope.name_space() : nullptr,
                                         .resource = resource,
                                         .time = now,
                                         .guardrails = snapshot.guardrails.get(),
                                         .rules = snapshot.rules.get(),
                                         .facts = facts});
  if (!denial) return {};
  return fail(ErrorCode::kForbidden, denial->reason, std::move(denial->message));
}

}  // namespace bailiwick::identity
