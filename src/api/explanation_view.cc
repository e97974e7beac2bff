#include "api/explanation_view.h"

#include <fmt/format.h>

namespace bailiwick::api {
namespace {

using policy::Effect;
using policy::ExplainedRule;
using policy::RulesStep;

/// Bytes of a rule's text: a hundred of them are an answer still.
constexpr std::size_t kMaxRuleText = 8 << 10;

ExplainedRoleView view_of(const tenancy::RoleBinding& binding) {
  return {.role = std::string(name_of(binding.role)),
          .program = binding.program ? binding.program->str() : "",
          .name_space = binding.name_space ? binding.name_space->str() : "",
          .outcome = ""};
}

std::string outcome_of(const ExplainedRule& rule) {
  switch (rule.outcome) {
    case ExplainedRule::Outcome::kApplies:
      return "applies";
    case ExplainedRule::Outcome::kDoesNotApply:
      return "does not apply";
    case ExplainedRule::Outcome::kFailed:
      return fmt::format("could not be evaluated: {}", rule.fault);
  }
  return "";
}

/// Whole characters, at most.
std::string shortened(const std::string& text) {
  if (text.size() <= kMaxRuleText) return text;
  std::size_t end = kMaxRuleText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

StepView roles_step(const identity::Explanation& explained) {
  StepView step{.step = StepName::kRoles,
                .outcome = explained.roles == Effect::kAllow ? StepOutcome::kPermits : StepOutcome::kDenies,
                .reason = explained.roles == Effect::kAllow ? "" : explained.decision.reason,
                .message = explained.roles_message,
                .roles = {},
                .rules = {}};
  bool no_scope = explained.decision.reason == "scope.insufficient";
  for (const identity::ExplainedBinding& one : explained.bindings) {
    ExplainedRoleView& role = step.roles.emplace_back(view_of(one.binding));
    bool held_back = no_scope && one.answer == policy::BindingAnswer::kPermits;
    role.outcome = held_back ? "not in the scopes" : identity::describe_answer(one.answer);
  }
  return step;
}

StepName name_of_step(RulesStep::Whose whose) {
  switch (whose) {
    case RulesStep::Whose::kPlatform:
      return StepName::kGuardrails;
    case RulesStep::Whose::kTenant:
      return StepName::kRules;
    case RulesStep::Whose::kBefore:
      return StepName::kBefore;
  }
  return StepName::kRules;
}
StepOutcome outcome_of_step(RulesStep::Outcome outcome) {
  switch (outcome) {
    case RulesStep::Outcome::kPasses:
      return StepOutcome::kPasses;
    case RulesStep::Outcome::kDenies:
      return StepOutcome::kDenies;
    case RulesStep::Outcome::kNotAsked:
      return StepOutcome::kNotAsked;
  }
  return StepOutcome::kNotAsked;
}

StepView view_of(const RulesStep& asked) {
  StepView step{.step = name_of_step(asked.whose),
                .outcome = outcome_of_step(asked.outcome),
                .reason = asked.reason,
                .message = asked.message,
                .roles = {},
                .rules = {},
                .rules_left_out = static_cast<std::int64_t>(asked.rules.left_out)};
  for (const ExplainedRule& rule : asked.rules.rules) {
    step.rules.push_back({.id = rule.id,
                          .effect = rule.effect == cedar::Effect::kPermit ? "permit" : "forbid",
                          .outcome = outcome_of(rule),
                          .cedar = shortened(rule.text)});
  }
  return step;
}

}  // namespace

AskedByView asked_by_of(const json::object& record, const tenancy::Principal* principal) {
  AskedByView view;
  const json::value* subject = record.if_contains("principal");
  if (subject != nullptr && subject->is_string()) view.subject = subject->get_string();
  if (principal == nullptr) return view;
  view.known = true;
  view.scopes = principal->scopes;
  for (const tenancy::RoleBinding& binding : principal->bindings) view.roles.push_back(view_of(binding));
  return view;
}

DecidedView decided_of(const identity::Explanation& explained, const identity::DoorDecision& door,
                       std::string policy_revision) {
  bool allowed = explained.decision.effect == Effect::kAllow;
  DecidedView view{.decision = allowed ? "allow" : "deny",
                   .why_not = {},
                   .reason = explained.decision.reason,
                   .message = explained.decision.message,
                   .agrees = explained.decision.effect == door.effect &&
                             (allowed || explained.decision.reason == door.reason),
                   .policy_revision = std::move(policy_revision),
                   .steps = {roles_step(explained)}};
  for (const RulesStep& step : explained.rules) view.steps.push_back(view_of(step));
  return view;
}

ReplayedView view_of(ReplayedEvaluation replayed) {
  return {.decision = replayed.allowed,
          .why_not = std::move(replayed.why_not),
          .policy = std::move(replayed.policy),
          .reason = std::move(replayed.reason),
          .agrees = replayed.agrees};
}

}  // namespace bailiwick::api
