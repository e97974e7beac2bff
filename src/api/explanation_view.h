// A recorded decision and its reasons, as the API shows them.
#pragma once

#include "api/access_replay.h"
#include "base/printing.h"
#include "identity/explain.h"
#include "identity/past_question.h"

namespace bailiwick::api {

struct ExplainedRoleView {
  std::string role;
  std::string program, name_space;
  std::string outcome;
};
template <class Visitor>
void describe(Visitor& v, ExplainedRoleView& view) {
  v.required("role", view.role, "Name of the role.");
  v.required("program", view.program, "That it is bound to; empty = none.");
  v.required("namespace", view.name_space, "That it is bound to; empty = none.");
  v.required("outcome", view.outcome,
             "`permits`, `not in the role`, `not in its reach: …`, `not in the scopes`; empty where it is "
             "not asked.");
}

struct AskedByView {
  std::string subject;
  std::vector<ExplainedRoleView> roles;
  std::vector<std::string> scopes;
  bool known = false;
};
template <class Visitor>
void describe(Visitor& v, AskedByView& view) {
  v.required("subject", view.subject, "As the record has it.");
  v.required("roles", view.roles, "As its token was made.");
  v.required("scopes", view.scopes, "That narrow them; empty = all that the roles permit.");
  v.required("known", view.known, "Whether what it might do is stored.");
}

struct ExplainedRuleView {
  std::string id;
  std::string effect;
  std::string outcome;
  std::string cedar;
};
template <class Visitor>
void describe(Visitor& v, ExplainedRuleView& view) {
  v.required("id", view.id, "Its @id.");
  v.required("effect", view.effect, "`permit` or `forbid`.");
  v.required("outcome", view.outcome, "`applies`, `does not apply`, or `could not be evaluated: …`.");
  v.required("cedar", view.cedar, "The rule, whatever file says it. A long one ends with `…`.");
}

enum class StepName { kRoles, kGuardrails, kRules, kBefore };
constexpr std::array<std::pair<std::string_view, StepName>, 4> enum_table(StepName) {
  return {{{"roles", StepName::kRoles},
           {"guardrails", StepName::kGuardrails},
           {"rules", StepName::kRules},
           {"before", StepName::kBefore}}};
}
enum class StepOutcome { kPermits, kPasses, kDenies, kNotAsked };
constexpr std::array<std::pair<std::string_view, StepOutcome>, 4> enum_table(StepOutcome) {
  return {{{"permits", StepOutcome::kPermits},
           {"passes", StepOutcome::kPasses},
           {"denies", StepOutcome::kDenies},
           {"not_asked", StepOutcome::kNotAsked}}};
}

struct StepView {
  StepName step = StepName::kRoles;
  StepOutcome outcome = StepOutcome::kNotAsked;
  std::string reason;
  std::string message;
  std::vector<ExplainedRoleView> roles;
  std::vector<ExplainedRuleView> rules;
  std::int64_t rules_left_out = 0;
};
template <class Visitor>
void describe(Visitor& v, StepView& view) {
  v.required("step", view.step, "Roles with scopes, guardrails, the tenant's rules, its rules of before.");
  v.required("outcome", view.outcome,
             "Roles permit or deny; rules pass or deny; `not_asked` when an earlier step decided.");
  v.required("reason", view.reason, "Machine word of a denial.");
  v.required("message", view.message, "Why, in words.");
  v.required("roles", view.roles, "Of the step `roles`: what each says.");
  v.required("rules", view.rules,
             "Rules that speak of the operation; those that apply or failed first. Also of a step that was "
             "not asked: what they would say.");
  v.required("rules_left_out", view.rules_left_out, "Rules that speak of it beyond those shown.");
}

struct DecidedView {
  std::optional<std::string> decision;
  std::string why_not;
  std::string reason;
  std::string message;
  std::optional<bool> agrees;
  std::string policy_revision;
  std::vector<StepView> steps;
};
template <class Visitor>
void describe(Visitor& v, DecidedView& view) {
  v.required("decision", view.decision, "`allow` or `deny`; null when it cannot be decided again.");
  v.required("why_not", view.why_not, "Why it cannot; empty when it can.");
  v.required("reason", view.reason, "Machine word.");
  v.required("message", view.message, "Of a denial by a rule: why, and what to do.");
  v.required("agrees", view.agrees,
             "Whether roles and rules said the same when it was recorded: the same decision, and a denial "
             "for the same reason. Null when it cannot be said.");
  v.required("policy_revision", view.policy_revision, "Of the roles and rules that were asked.");
  v.required("steps", view.steps, "In the order in which they are asked.");
}

struct ReplayedView {
  std::optional<bool> decision;
  std::string why_not;
  std::string policy;
  std::string reason;
  std::optional<bool> agrees;
};
template <class Visitor>
void describe(Visitor& v, ReplayedView& view) {
  v.required("decision", view.decision, "Null when it cannot be decided again.");
  v.required("why_not", view.why_not, "Why it cannot; empty when it can.");
  v.required("policy", view.policy, "That decided; empty when nothing permits.");
  v.required("reason", view.reason, "Of a denial.");
  v.required("agrees", view.agrees,
             "Whether the record says the same: the same decision, and a denial by the same policy.");
}

struct ExplainedEvaluationView {
  std::int64_t index = 0;
  Json recorded;
  ReplayedView then, now;
};
template <class Visitor>
void describe(Visitor& v, ExplainedEvaluationView& view) {
  v.required("index", view.index, "Of `extra.evaluations`, from 0.");
  v.required("recorded", view.recorded, "As it stands there.");
  v.required("then", view.then, "By the policies of the recorded revision.");
  v.required("now", view.now, "By those that hold now.");
}

struct ExplanationView {
  Json record;
  AskedByView asked_by;
  std::string note;
  DecidedView then, now;
  std::vector<ExplainedEvaluationView> evaluations;
};
template <class Visitor>
void describe(Visitor& v, ExplanationView& view) {
  v.required("record", view.record, "What happened; its keys are in docs/ledger.md.");
  v.required("asked_by", view.asked_by, "Who asked, and what it might do.");
  v.required("note", view.note, "What else ended the request, where roles and rules allowed it.");
  v.required("then", view.then, "Decided again by the roles and rules that the record names.");
  v.required("now", view.now, "The same question, of the same time, by the rules that hold now.");
  v.required("evaluations", view.evaluations,
             "Of a request to the Authorization API: each evaluation decided again.");
}

AskedByView asked_by_of(const json::object& record, const tenancy::Principal* principal);
/// `door` is what the record says.
DecidedView decided_of(const identity::Explanation& explained, const identity::DoorDecision& door,
                       std::string policy_revision);
ReplayedView view_of(ReplayedEvaluation replayed);

}  // namespace bailiwick::api
