// Rules: what a tenant, or the platform for all tenants, says of Bailiwick's own operations, compiled.
//
// A rule is a Cedar policy whose scope names Bailiwick's actions (operations.h). It can only narrow: a forbid
// that applies denies, whatever else permits, and so does one that cannot be evaluated. A permit grants
// nothing that roles do not; but where permits speak of an action, one of them must apply. The platform's
// rules are forbids.
//
// `@id` names a rule in records and answers, `@reason` and `@remedy` are what the caller is told.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "base/result.h"
#include "policy/cedar/ast.h"
#include "policy/cedar/evaluator.h"
#include "policy/kernel.h"

namespace bailiwick::policy {

/// What one rule says of one question.
struct ExplainedRule {
  enum class Outcome { kApplies, kDoesNotApply, kFailed };
  std::string id;
  cedar::Effect effect = cedar::Effect::kForbid;
  std::string text;  ///< as Cedar, whatever file says it
  Outcome outcome = Outcome::kDoesNotApply;
  std::string fault;  ///< why it could not be evaluated
};
struct ExplainedRules {
  std::vector<ExplainedRule> rules;  ///< those that apply or failed first, else in order
  std::size_t left_out = 0;
};

class Rules {
 public:
  /// Of rules that were read and checked (rule_files.h).
  static Result<std::shared_ptr<const Rules>> compile(std::span<const cedar::Policy> rules);

  /// Why the rules deny what roles permit; nothing when they do not.
  struct Denial {
    std::string reason;   ///< `rule.<id>`, `rule.no_permit`, or a generated rule's id: `sovereignty.region`;
                          ///< `evaluation.…` only where no other rule forbids
    std::string message;  ///< for the caller: why, and what to do
    bool failed = false;  ///< the rule could not be evaluated
  };
  /// `operation` is the question, described (operations.h).
  std::optional<Denial> deny(const Question& question, const cedar::Request& operation) const;
  std::optional<Denial> deny(const Question& question) const;

  /// What each rule says that speaks of the operation, be it asked about or not; `limit` of them at most.
  /// Takes longer than deny(), which stops when the answer is certain.
  ExplainedRules explain(const Question& question, std::size_t limit) const;

  /// Every rule as Cedar, in order: equal texts decide alike.
  const std::string& text() const;
  std::size_t size() const;
  bool empty() const { return size() == 0; }

  ~Rules();
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;

 private:
  struct Compiled;
  explicit Rules(std::unique_ptr<const Compiled> compiled);

  const std::unique_ptr<const Compiled> compiled_;
};

using RulesPtr = std::shared_ptr<const Rules>;

struct RulesAnswer {
  std::optional<Rules::Denial> denial;
  std::optional<RuleChange> change;  ///< nothing when there were no rules of before, or they were not asked
};
/// What the guardrails of a question deny, or else the tenant's rules, which do not bind the platform admin:
/// those of now, and those of before for whom is held to both. A guardrail is stricter than any rule of a
/// tenant, so it is named first. `operation` is the question, described.
RulesAnswer ask_rules(const Question& question, const cedar::Request& operation);
RulesAnswer ask_rules(const Question& question);

}  // namespace bailiwick::policy
