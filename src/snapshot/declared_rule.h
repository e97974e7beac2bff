// DeclaredRule: one entry of `rules:` in policies/governance.yaml: a rule over Bailiwick's operations for
// people who do not write Cedar. declared_rules.h makes its one Cedar policy of it.
#pragma once

#include "base/binding.h"
#include "policy/cedar/ast.h"
#include "policy/priority.h"

namespace bailiwick::cedar {

constexpr std::array<std::pair<std::string_view, Effect>, 2> enum_table(Effect) {
  return {{{"permit", Effect::kPermit}, {"forbid", Effect::kForbid}}};
}

}  // namespace bailiwick::cedar

namespace bailiwick::snapshot {

inline constexpr std::size_t kMaxDeclaredRules = 1000;
/// Bytes of one condition.
inline constexpr std::size_t kMaxConditionBytes = 8192;

/// An expression of Cedar, as text. `true` needs no quotes.
struct CedarText {
  std::string text;
};

struct DeclaredRule {
  std::string id;
  cedar::Effect effect = cedar::Effect::kForbid;
  std::string principal;             ///< empty = anyone
  std::vector<std::string> actions;  ///< and groups of them
  std::string resource;              ///< empty = any
  std::optional<CedarText> when;
  std::optional<CedarText> unless;
  std::string reason;
  std::string remedy;
  std::optional<policy::PriorityClass> priority;
  std::vector<std::string> labels;
};
template <class Visitor>
void describe(Visitor& v, DeclaredRule& rule) {
  v.required("id", rule.id, "Its name in records and answers: no-deletes-by-night.",
             {.max_length = 63, .min_length = 1});
  v.required("effect", rule.effect, "forbid denies whatever else is said; permit narrows what roles permit.");
  v.field("principal", rule.principal,
          "Whom it is about: a role, like operator, or token:…; absent = anyone.",
          {.max_length = 255, .min_length = 1});
  v.required("actions", rule.actions,
             "Operations, like corpus.delete, or groups: corpus, content, management, all.",
             {.max_length = 100, .min_length = 1});
  v.field(
      "resource", rule.resource,
      "What it is about: program:…, namespace:…, document:…, collection:…, token:… or tenant; absent = any.",
      {.max_length = 1024, .min_length = 1});
  v.field("when", rule.when, "It applies only when this holds: an expression of Cedar, best in quotes.");
  v.field("unless", rule.unless, "It does not apply when this holds: likewise.");
  v.field("reason", rule.reason, "Why, for whoever is denied.", {.max_length = 1000});
  v.field("remedy", rule.remedy, "What to do, likewise.", {.max_length = 1000});
  v.field("priority", rule.priority, "What it serves; ranks the findings of `policy conflicts`.");
  v.field("labels", rule.labels, "Words to find it by.", {.max_length = 32});
}

}  // namespace bailiwick::snapshot

namespace bailiwick {

template <>
struct Binding<snapshot::CedarText> {
  static bool read(BindContext& c, const Node& n, snapshot::CedarText& out, const Rule&) {
    if (n.kind != Node::Kind::kScalar)
      return c.problem(n, "expected an expression of Cedar, in quotes"), false;
    if (n.text.size() > snapshot::kMaxConditionBytes) {
      return c.problem(n, "longer than " + std::to_string(snapshot::kMaxConditionBytes) + " bytes"), false;
    }
    out.text = n.text;
    return true;
  }
  static json::object schema(const Rule&) {
    return {{"type", json::array{"string", "boolean"}}, {"maxLength", snapshot::kMaxConditionBytes}};
  }
};

}  // namespace bailiwick
