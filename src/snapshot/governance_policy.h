// policies/governance.yaml: who must agree to what, and how changes reach requests.
#pragma once

#include "snapshot/declared_rule.h"
#include "snapshot/policy_header.h"
#include "tenancy/principal.h"

namespace bailiwick::snapshot {

/// What needs an approval.
enum class ApprovalSubject {
  kPolicyChange,
  kFeatureEnable,
  kBudgetIncrease,
  kBaseline,
  kEvidenceExport,
  kRelease
};
constexpr std::array<std::pair<std::string_view, ApprovalSubject>, 6> enum_table(ApprovalSubject) {
  return {{{"policy_change", ApprovalSubject::kPolicyChange},
           {"feature_enable", ApprovalSubject::kFeatureEnable},
           {"budget_increase", ApprovalSubject::kBudgetIncrease},
           {"baseline", ApprovalSubject::kBaseline},
           {"evidence_export", ApprovalSubject::kEvidenceExport},
           {"release", ApprovalSubject::kRelease}}};
}
enum class ApprovalChannel { kConsole, kSlack, kJira, kEmail };
constexpr std::array<std::pair<std::string_view, ApprovalChannel>, 4> enum_table(ApprovalChannel) {
  return {{{"console", ApprovalChannel::kConsole},
           {"slack", ApprovalChannel::kSlack},
           {"jira", ApprovalChannel::kJira},
           {"email", ApprovalChannel::kEmail}}};
}

/// Nobody approves their own request, and nobody counts twice.
struct ApprovalRule {
  ApprovalSubject subject = ApprovalSubject::kPolicyChange;
  std::int64_t approvals_required = 1;
  std::vector<std::string> approvers;  ///< subjects; empty = whoever has one of `roles`
  std::vector<tenancy::Role> roles{tenancy::Role::kApprover};
  ApprovalChannel channel = ApprovalChannel::kConsole;
  std::chrono::milliseconds expires_after{std::chrono::days(7)};
};
template <class Visitor>
void describe(Visitor& v, ApprovalRule& rule) {
  v.required("subject", rule.subject, "What needs the approval.");
  v.field("approvals_required", rule.approvals_required, "Different people who must agree.",
          {.min = 1, .max = 10});
  v.field("approvers", rule.approvers, "Who may approve; empty = whoever holds one of the roles.",
          {.max_length = 100});
  v.field("roles", rule.roles, "Roles that may approve.", {.max_length = 7});
  v.field("channel", rule.channel, "Where they are asked.");
  v.field("expires_after", rule.expires_after, "An unanswered request lapses then: 7d.");
  v.require(
      rule.approvers.empty() || static_cast<std::int64_t>(rule.approvers.size()) >= rule.approvals_required,
      "approvals_required is more than there are approvers");
}

/// The most that a threshold of a rollout can allow.
inline constexpr std::int64_t kMostRolloutFailures = 9'999;

/// How rules that loosen something reach a growing share of principals, and when they go back by themselves.
/// See rollout.h.
struct RolloutPolicy {
  std::vector<std::int64_t> stages{0, 10, 50, 100};
  std::int64_t min_samples = 100;
  std::chrono::milliseconds min_stage_time{std::chrono::hours(1)};
  std::int64_t max_errors = 0;
  std::optional<std::int64_t> max_flips;
  bool automatic_rollback = true;
  bool operator==(const RolloutPolicy&) const = default;
};
template <class Visitor>
void describe(Visitor& v, RolloutPolicy& rollout) {
  v.field("stages", rollout.stages,
          "Percent of principals at each stage, rising to 100; 0 only counts what would change.",
          {.max_length = 10, .min_length = 1});
  v.field("min_samples", rollout.min_samples, "Decisions that a stage must see.", {.min = 0, .max = 1e9});
  v.field("min_stage_time", rollout.min_stage_time, "How long a stage lasts at least: 1h.");
  v.field("max_errors", rollout.max_errors,
          "Principals for whom a new forbid may fail to be evaluated before the rollout is undone.",
          {.min = 0, .max = kMostRolloutFailures});
  v.field("max_flips", rollout.max_flips,
          "Pairs of principal and action that may become permitted in one stage before somebody has approved "
          "it; absent = any number.",
          {.min = 0, .max = kMostRolloutFailures});
  v.field("automatic_rollback", rollout.automatic_rollback, "A stage that fails is undone without asking.");
  bool rising = !rollout.stages.empty() && rollout.stages.front() >= 0 && rollout.stages.back() == 100;
  for (std::size_t i = 1; i < rollout.stages.size(); ++i)
    rising = rising && rollout.stages[i - 1] < rollout.stages[i];
  v.require(rising, "stages must rise to 100, like [0, 10, 50, 100]");
}

struct BreakGlassPolicy {
  bool enabled = false;
  std::chrono::milliseconds max_duration{std::chrono::hours(24)};
  std::vector<tenancy::Role> roles{tenancy::Role::kOwner};
};
template <class Visitor>
void describe(Visitor& v, BreakGlassPolicy& glass) {
  v.field("enabled", glass.enabled, "Rules may be overridden in an emergency, with a reason, on the record.");
  v.field("max_duration", glass.max_duration, "An override ends then: 24h.");
  v.field("roles", glass.roles, "Who may.", {.max_length = 7});
}

struct GovernancePolicy : PolicyHeader {
  std::vector<ApprovalRule> approvals;
  std::optional<RolloutPolicy> rollout;
  BreakGlassPolicy break_glass;
  std::int64_t two_person_from_tier = 2;  ///< action tiers are 0 (harmless) to 3 (irreversible)
  std::vector<std::string>
      signers;  ///< which of the platform's signers sign for this tenant; empty = all that may
  std::vector<DeclaredRule> rules;  ///< of this file alone: a program's hold beside the tenant's
};
template <class Visitor>
void describe(Visitor& v, GovernancePolicy& policy) {
  describe(v, static_cast<PolicyHeader&>(policy));
  v.field("approvals", policy.approvals, "What needs whose approval.", {.max_length = 32});
  v.field("rollout", policy.rollout, "New rules reach principals in stages; absent = all at once.");
  v.field("break_glass", policy.break_glass, "Emergency overrides.");
  v.field("two_person_from_tier", policy.two_person_from_tier,
          "Actions of this tier (0 harmless to 3 irreversible) and above need two people; activating a "
          "bundle is 1.",
          {.min = 0, .max = 3});
  v.field("signers", policy.signers,
          "Which signers of _platform/signers.yaml sign for this tenant; empty = all that may.",
          {.max_length = 100});
  v.field(
      "rules", policy.rules,
      "Rules over operations; each becomes one Cedar policy (docs/rules.md). A program's hold in it alone, "
      "beside the tenant's.",
      {.max_length = kMaxDeclaredRules});
}

}  // namespace bailiwick::snapshot
