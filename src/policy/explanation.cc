#include "policy/explanation.h"

namespace bailiwick::policy {
namespace {

using Outcome = RulesStep::Outcome;
using Whose = RulesStep::Whose;

/// Asks one set of rules, unless `not_asked` says why the decision does not come to them.
RulesStep step_of(Whose whose, const Rules* rules, const Question& question, std::string_view not_asked) {
  RulesStep step;
  step.whose = whose;
  if (rules != nullptr) step.rules = rules->explain(question, kMaxExplainedRules);
  if (!not_asked.empty()) {
    step.message = not_asked;
    return step;
  }
  step.outcome = Outcome::kPasses;
  if (rules == nullptr || rules->empty()) {
    step.message = "there are none";
  } else if (auto denial = rules->deny(question)) {
    step.outcome = Outcome::kDenies;
    step.reason = std::move(denial->reason);
    step.message = std::move(denial->message);
  } else {
    step.message =
        step.rules.rules.empty() ? "none speaks of this operation" : "none of them denies this operation";
  }
  return step;
}

}  // namespace

std::vector<RulesStep> explain_rules(const Question& question) {
  std::vector<RulesStep> steps;
  auto denied = [&] { return steps.back().outcome == Outcome::kDenies; };
  steps.push_back(step_of(Whose::kPlatform, question.guardrails, question, ""));
  std::string_view not_asked;
  if (denied()) not_asked = "a guardrail denies it already";
  if (question.principal.is_platform_admin()) not_asked = "a tenant's rules do not bind the platform admin";
  steps.push_back(step_of(Whose::kTenant, question.rules, question, not_asked));
  if (question.before == nullptr) return steps;
  if (not_asked.empty() && denied()) not_asked = "the new rules deny it already";
  if (not_asked.empty() && question.held_to == HeldTo::kNew)
    not_asked = "the rollout has reached this principal, so the rules of before do not bind it";
  steps.push_back(step_of(Whose::kBefore, question.before, question, not_asked));
  return steps;
}

}  // namespace bailiwick::policy
