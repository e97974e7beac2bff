#include "snapshot/tenant_snapshot.h"

namespace bailiwick::snapshot {

void TenantSnapshot::give_rules(policy::Question& question) const {
  question.guardrails = guardrails.get();
  question.rules = rules.get();
  if (!rollout) return;
  question.before = &rollout->before();
  question.held_to =
      rollout->reaches(question.principal.subject) ? policy::HeldTo::kNew : policy::HeldTo::kBoth;
}

std::string TenantSnapshot::revision_asked(const policy::Question& question) const {
  bool both = rollout && question.held_to == policy::HeldTo::kBoth;
  return both ? rules_revision + "+before-" + rollout->baseline() : rules_revision;
}

}  // namespace bailiwick::snapshot
