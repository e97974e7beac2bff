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

void TenantSnapshot::note_in(tenancy::Footprint& footprint) const {
  constexpr std::size_t kCounts = 16;  // of references, in front of what std::make_shared makes
  const char* begin = reinterpret_cast<const char*>(this) - kCounts;
  const char* end = reinterpret_cast<const char*>(&tenant.id + 1);
  footprint.note(tenancy::Footprint::Part::kTenant, begin, static_cast<std::size_t>(end - begin));
}

std::string TenantSnapshot::revision_asked(const policy::Question& question) const {
  bool both = rollout && question.held_to == policy::HeldTo::kBoth;
  return both ? rules_revision + "+before-" + rollout->baseline() : rules_revision;
}

}  // namespace bailiwick::snapshot
