#include "identity/late_question.h"

#include "policy/rules.h"

namespace bailiwick::identity {

Status check_facts(const Permitted& permitted, const snapshot::TenantSnapshot& snapshot,
                   std::string_view resource, const policy::Facts& facts, WallTime now) {
  const tenancy::TenantScope& scope = permitted.scope;
  BW_CHECK(snapshot.id() == scope.tenant());
  policy::Question question{.principal = permitted.principal,
                            .action = permitted.action,
                            .tenant = &scope.tenant(),
                            .program = scope.program() ? &*scope.program() : nullptr,
                            .name_space = scope.name_space() ? &*scope.name_space() : nullptr,
                            .resource = resource,
                            .time = now,
                            .facts = facts};
  snapshot.give_rules(question);
  policy::RulesAnswer answer = policy::ask_rules(question);
  // What became looser by a fact counts; the decision itself was counted at the door.
  if (snapshot.rollout && answer.change && *answer.change != policy::RuleChange::kNone)
    snapshot.rollout->note(permitted.principal.subject, permitted.action, *answer.change);
  if (!answer.denial) return {};
  return fail(ErrorCode::kForbidden, answer.denial->reason, std::move(answer.denial->message));
}

}  // namespace bailiwick::identity
