#include "policy/rules.h"

#include <algorithm>
#include <bitset>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "policy/cedar/format.h"
#include "policy/cedar/policy_set.h"
#include "policy/denial_text.h"
#include "policy/operations.h"
#include "policy/rule_files.h"

namespace bailiwick::policy {
namespace {

using cedar::Policy;

using ActionSet = std::bitset<tenancy::kActions.size()>;

std::size_t index_of(tenancy::Action action) {
  return static_cast<std::size_t>(action);
}

/// What a rule speaks of that names an action, or a group, in its scope.
struct Named {
  ActionSet itself;
  ActionSet with_members;
};
const std::map<std::string, Named, std::less<>>& named_actions() {
  static const auto kNamed = [] {
    std::map<std::string, Named, std::less<>> all;
    for (const auto& [uid, info] : operations_schema().actions()) {
      Named& named = all[uid.id];
      for (const tenancy::ActionInfo& each : tenancy::kActions) {
        cedar::EntityUid operation{std::string(kOperationType), std::string(each.name)};
        named.itself.set(index_of(each.action), operation == uid);
        named.with_members.set(index_of(each.action),
                               operation == uid || info.descendants.contains(operation));
      }
    }
    return all;
  }();
  return kNamed;
}

ActionSet spoken_of(const Policy& policy) {
  ActionSet spoken;
  for (const cedar::EntityUid& uid : policy.action.entities) {
    auto found = named_actions().find(uid.id);
    if (uid.type != kOperationType || found == named_actions().end()) continue;
    bool is_equal = policy.action.kind == cedar::ActionConstraint::Kind::kEqual;
    spoken |= is_equal ? found->second.itself : found->second.with_members;
  }
  return spoken;
}

cedar::FaultKind fault_of(const cedar::Verdict& verdict, std::uint32_t rule) {
  auto found = std::ranges::lower_bound(verdict.faults, rule, {}, &cedar::PolicyFault::policy);
  return found != verdict.faults.end() && found->policy == rule ? found->kind : cedar::FaultKind::kNone;
}

}  // namespace

struct Rules::Compiled {
  cedar::PolicySet set;
  // By policy: what it says when it forbids, which operations it speaks of, and where its text ends.
  std::vector<Denial> told;
  std::vector<ActionSet> speaks_of;
  std::vector<cedar::Effect> effects;
  std::vector<std::size_t> text_ends;
  ActionSet permits_speak_of;
  std::string text;

  bool is_threshold(std::uint32_t policy) const {
    return set.policies()[policy].id.starts_with(kThresholdIds);
  }
  /// A threshold is the mildest of rules: whatever else forbids is named instead of it.
  void name_gravest(cedar::QuickVerdict& denied, const cedar::Request& operation,
                    cedar::Scratch& scratch) const {
    if (!is_threshold(denied.deciding)) return;
    cedar::Verdict all = set.explain(operation, operation_entities(), scratch);
    for (std::uint32_t policy : all.deciding) {
      if (is_threshold(policy)) continue;
      denied.deciding = policy;
      denied.fault = fault_of(all, policy);
      return;
    }
  }

  std::string_view text_of(std::size_t policy) const {
    std::size_t begin = policy == 0 ? 0 : text_ends[policy - 1];
    return std::string_view(text).substr(begin, text_ends[policy] - begin);
  }
};

Rules::Rules(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
Rules::~Rules() = default;

Result<std::shared_ptr<const Rules>> Rules::compile(std::span<const Policy> rules) {
  // Most tenants have none: they share it.
  static const std::shared_ptr<const Rules> kNone(new Rules(std::make_unique<Compiled>()));
  if (rules.empty()) return kNone;
  auto compiled = std::make_unique<Compiled>();
  TRY(compiled->set, cedar::PolicySet::compile(rules));
  for (const Policy& policy : rules) {
    bool generated = !file_of_generated(policy.id).empty();
    compiled->told.push_back(
        {generated ? policy.id : fmt::format("rule.{}", policy.id), denial_text(policy)});
    compiled->text += cedar::to_string(policy);
    compiled->text_ends.push_back(compiled->text.size());
    compiled->effects.push_back(policy.effect);
    compiled->speaks_of.push_back(spoken_of(policy));
    if (policy.effect == cedar::Effect::kPermit) compiled->permits_speak_of |= compiled->speaks_of.back();
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
    if (!compiled_->permits_speak_of.test(index_of(question.action))) return std::nullopt;
    return Denial{"rule.no_permit",
                  "the tenant's rules speak of this operation, and none of them permits it here"};
  }
  compiled_->name_gravest(verdict, operation, scratch);
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

ExplainedRules Rules::explain(const Question& question, std::size_t limit) const {
  using Outcome = ExplainedRule::Outcome;
  ExplainedRules explained;
  if (empty() || tenancy::reach_of(question.action) == tenancy::Reach::kPlatform) return explained;
  cedar::Arena facts;
  cedar::Scratch scratch;
  OperationRequest operation;
  describe_operation(question, facts, operation);
  cedar::Verdict verdict = compiled_->set.explain(operation.request, operation_entities(), scratch);
  auto outcome_of = [&](std::uint32_t rule) {
    if (std::ranges::binary_search(verdict.applying, rule)) return Outcome::kApplies;
    return fault_of(verdict, rule) == cedar::FaultKind::kNone ? Outcome::kDoesNotApply : Outcome::kFailed;
  };
  std::vector<std::uint32_t> spoken, silent;
  for (std::uint32_t rule = 0; rule < compiled_->speaks_of.size(); ++rule) {
    if (!compiled_->speaks_of[rule].test(index_of(question.action))) continue;
    (outcome_of(rule) == Outcome::kDoesNotApply ? silent : spoken).push_back(rule);
  }
  std::ranges::copy(silent, std::back_inserter(spoken));
  explained.left_out = spoken.size() - std::min(spoken.size(), limit);
  spoken.resize(spoken.size() - explained.left_out);
  for (std::uint32_t rule : spoken) {
    cedar::FaultKind fault = fault_of(verdict, rule);
    explained.rules.push_back(
        {.id = compiled_->set.policies()[rule].id,
         .effect = compiled_->effects[rule],
         .text = std::string(compiled_->text_of(rule)),
         .outcome = outcome_of(rule),
         .fault = fault == cedar::FaultKind::kNone ? "" : std::string(cedar::describe(fault))});
  }
  return explained;
}

RulesAnswer ask_rules(const Question& question) {
  auto silent = [](const Rules* rules) { return rules == nullptr || rules->empty(); };
  if (silent(question.guardrails) && silent(question.rules) && question.before == nullptr) return {};
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
