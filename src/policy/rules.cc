#include "policy/rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "policy/cedar/format.h"
#include "policy/cedar/policy_set.h"
#include "policy/denial_text.h"
#include "policy/operations.h"
#include "policy/rule_files.h"

namespace bailiwick::policy {
namespace {

using cedar::Policy;

bool speaks_of(const Policy& policy, const cedar::EntityUid& action) {
  return std::ranges::any_of(policy.action.entities, [&](const cedar::EntityUid& named) {
    if (named == action) return true;
    const cedar::ActionInfo* group = operations_schema().action(named);
    return policy.action.kind != cedar::ActionConstraint::Kind::kEqual && group &&
           group->descendants.contains(action);
  });
}

}  // namespace

struct Rules::Compiled {
  cedar::PolicySet set;
  std::vector<Denial> told;            // by policy: what it says when it forbids
  std::vector<bool> permits_speak_of;  // by action
  std::string text;
};

Rules::Rules(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
Rules::~Rules() = default;

Result<std::shared_ptr<const Rules>> Rules::compile(std::span<const Policy> rules) {
  auto compiled = std::make_unique<Compiled>();
  TRY(compiled->set, cedar::PolicySet::compile(rules));
  compiled->permits_speak_of.resize(tenancy::kActions.size());
  for (const Policy& policy : rules) {
    bool generated = policy.id.starts_with(kGeneratedIds);
    compiled->told.push_back(
        {generated ? policy.id : fmt::format("rule.{}", policy.id), denial_text(policy)});
    compiled->text += cedar::to_string(policy);
    if (policy.effect == cedar::Effect::kForbid) continue;
    for (const tenancy::ActionInfo& info : tenancy::kActions) {
      if (!speaks_of(policy, {std::string(kOperationType), std::string(info.name)})) continue;
      compiled->permits_speak_of[static_cast<std::size_t>(info.action)] = true;
    }
  }
  return std::shared_ptr<const Rules>(new Rules(std::move(compiled)));
}

const std::string& Rules::text() const {
  return compiled_->text;
}

std::size_t Rules::size() const {
  return compiled_->set.policies().size();
}

std::optional<Rules::Denial> Rules::deny(const Question& question, const cedar::Request& operation) const {
  if (empty() || tenancy::reach_of(question.action) == tenancy::Reach::kPlatform) return std::nullopt;
  // Kept by the thread, so that decisions stop allocating.
  thread_local cedar::Scratch scratch;
  cedar::QuickVerdict verdict = compiled_->set.decide(operation, operation_entities(), scratch);
  if (verdict.allowed) return std::nullopt;
  if (verdict.deciding == cedar::QuickVerdict::kNobody) {
    if (!compiled_->permits_speak_of[static_cast<std::size_t>(question.action)]) return std::nullopt;
    return Denial{"rule.no_permit",
                  "the tenant's rules speak of this operation, and none of them permits it here"};
  }
  Denial denial = compiled_->told[verdict.deciding];
  if (verdict.fault != cedar::FaultKind::kNone) {
    denial.failed = true;
    denial.message +=
        fmt::format(" (the rule could not be evaluated, so it denies: {})", cedar::describe(verdict.fault));
  }
  return denial;
}

std::optional<Rules::Denial> Rules::deny(const Question& question) const {
  return described(question, [&](const cedar::Request& operation) { return deny(question, operation); });
}

RulesAnswer ask_rules(const Question& question) {
  return described(question, [&](const cedar::Request& operation) { return ask_rules(question, operation); });
}

RulesAnswer ask_rules(const Question& question, const cedar::Request& operation) {
  if (question.guardrails != nullptr) {
    if (auto denial = question.guardrails->deny(question, operation)) return {std::move(denial)};
  }
  if (question.principal.is_platform_admin()) return {};
  RulesAnswer answer;
  if (question.rules != nullptr) answer.denial = question.rules->deny(question, operation);
  if (question.before == nullptr) return answer;
  auto before = question.before->deny(question, operation);
  answer.change = RuleChange::kNone;
  if (answer.denial && answer.denial->failed) answer.change = RuleChange::kFaulty;
  if (before && !answer.denial) {
    answer.change = RuleChange::kLooser;
    if (question.held_to == HeldTo::kBoth) answer.denial = std::move(before);
  }
  return answer;
}

}  // namespace bailiwick::policy
