#include "snapshot/declared_rules.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "base/scalar_place.h"
#include "policy/cedar/parser.h"
#include "policy/operations.h"
#include "snapshot/declared_rule.h"
#include "tenancy/principal.h"

namespace bailiwick::snapshot {
namespace {

using cedar::EntityUid;
using cedar::Span;

/// Where the parts of a rule stand. Each gets a range of bytes in a text of its own that is never put
/// together: the range of a condition is as long as the condition, so that spans inside it can be placed.
class RulePlaces {
 public:
  RulePlaces(std::shared_ptr<const std::string> text, std::string_view name)
      : text_(std::move(text)), name_(name) {}

  /// A part that is placed as a whole.
  Span add(const Node& node) { return add_part(Node{.line = node.line, .column = node.column}); }
  Span add_text(const Node& scalar) { return add_part(scalar); }

  std::string place(std::uint32_t offset) const {
    auto after = std::ranges::upper_bound(parts_, offset, {}, &Part::begin);
    const Part& part = after == parts_.begin() ? parts_.front() : *std::prev(after);
    TextPlace found{part.node.line, part.node.column};
    if (!part.node.text.empty()) {
      std::size_t inside = std::min<std::size_t>(offset - part.begin, part.node.text.size());
      found = place_in_scalar(*text_, part.node, inside);
    }
    return fmt::format("{}:{}:{}", name_, found.line, found.column);
  }

 private:
  struct Part {
    std::uint32_t begin;
    Node node;
  };

  Span add_part(Node node) {
    Span span{end_, end_ + static_cast<std::uint32_t>(node.text.size())};
    end_ = span.end + 1;  // the end of a text is a place of its own
    parts_.push_back({span.begin, std::move(node)});
    return span;
  }

  std::shared_ptr<const std::string> text_;
  std::string name_;
  std::vector<Part> parts_;
  std::uint32_t end_ = 0;
};

/// `list` as a sentence would have it.
std::string joined(const std::vector<std::string>& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

std::vector<std::string> tenant_roles() {
  std::vector<std::string> names;
  for (const auto& [name, role] : tenancy::enum_table(tenancy::Role{})) {
    if (role != tenancy::Role::kPlatformAdmin) names.emplace_back(name);
  }
  return names;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  std::string near = nearest(word, known);
  return near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near);
}

/// Builds the policy of one rule, or notes what is wrong with it.
class RuleBuilder {
 public:
  RuleBuilder(const DeclaredRule& rule, const Node& node, std::shared_ptr<RulePlaces> places,
              std::vector<Problem>& problems)
      : rule_(rule), node_(node), places_(std::move(places)), problems_(problems) {
    policy_.span = places_->add(node);
  }

  std::optional<policy::BuiltRule> build(std::string_view program) {
    std::size_t before = problems_.size();
    policy_.effect = rule_.effect;
    annotate();
    read_principal();
    read_actions();
    read_resource(program);
    read_condition("when", rule_.when, cedar::Condition::Kind::kWhen);
    read_condition("unless", rule_.unless, cedar::Condition::Kind::kUnless);
    if (problems_.size() > before) return std::nullopt;
    return policy::BuiltRule{std::move(policy_),
                             [places = places_](std::uint32_t offset) { return places->place(offset); }};
  }

 private:
  void fault(Span span, std::string message) {
    if (problems_.size() < cedar::Source::kMaxProblems)
      problems_.push_back({places_->place(span.begin), std::move(message)});
  }
  const Node& part(std::string_view key) const {
    const Node* found = node_.find(key);
    return found == nullptr ? node_ : *found;
  }

  void annotate() {
    auto add = [&](std::string_view name, std::string value) {
      if (!value.empty()) policy_.annotations.push_back({std::string(name), std::move(value)});
    };
    add("id", rule_.id);
    add("reason", rule_.reason);
    add("remedy", rule_.remedy);
    if (rule_.priority) add("priority", std::string(name_of(*rule_.priority)));
    for (const std::string& label : rule_.labels) {
      // The list is one annotation, with commas.
      if (label.empty() || label.size() > 63 || label.find_first_of(",\n") != std::string::npos)
        fault(places_->add(part("labels")), "a label is 1 to 63 bytes, without a comma or a line's end");
    }
    add("labels", joined(rule_.labels, ","));
  }

  void read_principal() {
    policy_.principal.span = places_->add(part("principal"));
    if (rule_.principal.empty()) return;
    using Kind = cedar::ScopeConstraint::Kind;
    std::vector<std::string> roles = tenant_roles();
    if (std::ranges::find(roles, rule_.principal) != roles.end()) {
      policy_.principal.kind = Kind::kIn;
      policy_.principal.entity = EntityUid{"Bailiwick::Role", rule_.principal};
    } else if (rule_.principal.starts_with("token:") && rule_.principal.size() > 6) {
      policy_.principal.kind = Kind::kEqual;
      policy_.principal.entity = EntityUid{"Bailiwick::Principal", rule_.principal};
    } else {
      fault(policy_.principal.span,
            fmt::format("principal: '{}' is none; write a role ({}) or token:… of a token's id{}",
                        excerpt(rule_.principal), joined(roles, ", "), did_you_mean(rule_.principal, roles)));
    }
  }

  void read_actions() {
    using Kind = cedar::ActionConstraint::Kind;
    const Node& list = part("actions");
    policy_.action.span = places_->add(list);
    for (std::size_t i = 0; i < rule_.actions.size(); ++i) {
      EntityUid uid{std::string(policy::kOperationType), rule_.actions[i]};
      if (!policy::operations_schema().action(uid)) {
        fault(places_->add(i < list.items.size() ? list.items[i] : list), unknown_action(rule_.actions[i]));
      } else if (std::ranges::find(policy_.action.entities, uid) == policy_.action.entities.end()) {
        policy_.action.entities.push_back(std::move(uid));
      }
    }
    if (policy_.action.entities.size() != 1) {
      policy_.action.kind = Kind::kInList;
    } else {
      const cedar::ActionInfo* info = policy::operations_schema().action(policy_.action.entities.front());
      policy_.action.kind = info->descendants.empty() ? Kind::kEqual : Kind::kIn;
    }
  }

  static std::string unknown_action(const std::string& name) {
    if (auto action = tenancy::action_from(name))
      return fmt::format("actions: '{}' is the platform's, and no rule of a tenant speaks of it", name);
    std::vector<std::string> known;
    for (const auto& [uid, info] : policy::operations_schema().actions()) known.push_back(uid.id);
    return fmt::format("actions: there is no operation or group '{}'{}; `bailiwick policy schema` lists them",
                       excerpt(name), did_you_mean(name, known));
  }

  void read_resource(std::string_view program) {
    using Kind = cedar::ScopeConstraint::Kind;
    policy_.resource.span = places_->add(part("resource"));
    std::size_t colon = rule_.resource.find(':');
    std::string_view kind = std::string_view(rule_.resource).substr(0, colon);
    std::string name = colon == std::string::npos ? "" : rule_.resource.substr(colon + 1);
    if (rule_.resource.empty()) {
      // Any.
    } else if ((kind == "program" || kind == "namespace") && tenancy::is_slug(name)) {
      policy_.resource.kind = Kind::kIn;
      policy_.resource.entity =
          EntityUid{kind == "program" ? "Bailiwick::Program" : "Bailiwick::Namespace", name};
    } else if (rule_.resource == "tenant" ||
               (!name.empty() && (kind == "document" || kind == "collection" || kind == "token"))) {
      policy_.resource.kind = Kind::kEqual;
      policy_.resource.entity = EntityUid{"Bailiwick::Resource", rule_.resource};
    } else {
      return fault(policy_.resource.span,
                   fmt::format("resource: '{}' is none; write program:NAME, namespace:NAME, "
                               "document:COLLECTION/ID, collection:NAME, token:ID or tenant",
                               excerpt(rule_.resource)));
    }
    if (!program.empty()) hold_in(program, kind == "program" ? name : std::string());
  }

  /// A program's rule holds in it alone: by its scope, or by a condition where the scope says something else.
  void hold_in(std::string_view program, std::string_view named) {
    EntityUid own{"Bailiwick::Program", std::string(program)};
    if (!named.empty() && named != program) {
      return fault(policy_.resource.span,
                   fmt::format("resource: this file's rules hold in the program '{}', not in '{}'; move the "
                               "rule to the tenant's policies/governance.yaml",
                               program, named));
    }
    if (policy_.resource.kind == cedar::ScopeConstraint::Kind::kAny) {
      policy_.resource.kind = cedar::ScopeConstraint::Kind::kIn;
      policy_.resource.entity = std::move(own);
    } else if (named.empty()) {
      Span span = policy_.resource.span;
      auto leaf = [&](cedar::Expr::Node node) { return cedar::make_expression(std::move(node), span); };
      policy_.conditions.push_back({cedar::Condition::Kind::kWhen,
                                    leaf(cedar::Binary{cedar::BinaryOp::kIn, leaf(cedar::Variable::kResource),
                                                       leaf(cedar::Literal{std::move(own)})})});
    }
  }

  void read_condition(std::string_view key, const std::optional<CedarText>& condition,
                      cedar::Condition::Kind kind) {
    if (!condition) return;
    Span span = places_->add_text(part(key));
    // Parsed behind as many blanks as stand before it, so that its spans count from the rule's first part.
    std::string padded = std::string(span.begin, ' ') + condition->text;
    cedar::Source source("", padded, [this](std::uint32_t offset) { return places_->place(offset); });
    cedar::ExprPtr body = cedar::parse_expression(source);
    for (const Problem& problem : source.problems())
      problems_.push_back({problem.where, fmt::format("{}: {}", key, problem.message)});
    if (body) policy_.conditions.push_back({kind, std::move(body)});
  }

  const DeclaredRule& rule_;
  const Node& node_;
  std::shared_ptr<RulePlaces> places_;
  std::vector<Problem>& problems_;
  cedar::Policy policy_;
};

}  // namespace

void build_rules(const RulesDocument& document, std::vector<policy::BuiltRule>& rules,
                 std::vector<Problem>& problems) {
  const Node* list = document.tree.find("rules");
  if (list == nullptr || list->kind != Node::Kind::kSequence || list->items.size() > kMaxDeclaredRules)
    return;
  auto text = std::make_shared<const std::string>(document.text);
  for (const Node& item : list->items) {
    // Each place is looked for in the whole file, and nobody mends more at once.
    if (problems.size() >= cedar::Source::kMaxProblems) return;
    DeclaredRule rule;
    BindContext unheard(std::string(document.name));
    if (!Binding<DeclaredRule>::read(unheard, item, rule, Rule{})) continue;
    auto places = std::make_shared<RulePlaces>(text, document.name);
    if (auto built = RuleBuilder(rule, item, std::move(places), problems).build(document.program))
      rules.push_back(std::move(*built));
  }
}

std::string_view program_of(std::string_view path) {
  constexpr std::string_view kPrefix = "programs/";
  if (!path.starts_with(kPrefix)) return {};
  path.remove_prefix(kPrefix.size());
  return path.substr(0, path.find('/'));
}

}  // namespace bailiwick::snapshot
