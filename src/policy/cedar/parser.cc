#include "policy/cedar/parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/expression_parser.h"
#include "policy/cedar/limits.h"

namespace bailiwick::cedar {
namespace {

class PolicyParser {
 public:
  explicit PolicyParser(Source& source) : tokens_(source), expressions_(tokens_) {}

  std::vector<Policy> parse_all() {
    std::vector<Policy> policies;
    while (!tokens_.at_end()) {
      if (auto policy = parse_policy()) {
        policy->id = fmt::format("policy{}", policies.size());
        policies.push_back(std::move(*policy));
      } else {
        tokens_.skip_past(TokenKind::kSemicolon);
      }
    }
    return policies;
  }

  ExprPtr parse_one_expression() {
    ExprPtr parsed = expressions_.parse();
    if (parsed && !tokens_.at_end()) tokens_.report_expected("the end of the expression");
    return parsed;
  }

 private:
  std::optional<Policy> parse_policy() {
    Policy policy;
    Span begin = tokens_.peek().span;
    if (!parse_annotations(policy) || !parse_effect(policy)) return std::nullopt;
    if (!tokens_.expect(TokenKind::kLeftParen, "`(`") || !parse_scope(policy)) return std::nullopt;
    while (tokens_.at_word("when") || tokens_.at_word("unless")) {
      if (!parse_condition(policy)) return std::nullopt;
    }
    if (!tokens_.expect(TokenKind::kSemicolon, "`when`, `unless` or `;`")) return std::nullopt;
    policy.span = tokens_.since(begin);
    return policy;
  }

  bool parse_annotations(Policy& policy) {
    while (tokens_.accept(TokenKind::kAt)) {
      Token name = tokens_.peek();
      if (!tokens_.expect(TokenKind::kIdentifier, "an annotation's name")) return false;
      if (std::ranges::count(policy.annotations, name.text, &Annotation::name) > 0) {
        tokens_.report(name.span, fmt::format("the annotation `@{}` stands here twice", excerpt(name.text)));
        return false;
      }
      Annotation annotation{std::string(name.text), std::nullopt};
      if (tokens_.accept(TokenKind::kLeftParen)) {
        annotation.value = tokens_.string("an annotation's value in quotes");
        if (!annotation.value || !tokens_.expect(TokenKind::kRightParen, "`)`")) return false;
      }
      policy.annotations.push_back(std::move(annotation));
      if (policy.annotations.size() > kMaxAnnotations) {
        tokens_.report(name.span, fmt::format("a policy has at most {} annotations", kMaxAnnotations));
        return false;
      }
    }
    return true;
  }

  bool parse_effect(Policy& policy) {
    if (tokens_.accept_word("permit")) return policy.effect = Effect::kPermit, true;
    if (tokens_.accept_word("forbid")) return policy.effect = Effect::kForbid, true;
    tokens_.report_expected("`permit` or `forbid`");
    return false;
  }

  bool parse_scope(Policy& policy) {
    return expect_variable("principal") && parse_constraint(policy.principal, Slot::kPrincipal) &&
           tokens_.expect(TokenKind::kComma, "`,` and then `action`") && expect_variable("action") &&
           parse_constraint(policy.action) && tokens_.expect(TokenKind::kComma, "`,` and then `resource`") &&
           expect_variable("resource") && parse_constraint(policy.resource, Slot::kResource) && end_scope();
  }

  bool end_scope() {
    tokens_.accept(TokenKind::kComma);
    return tokens_.expect(TokenKind::kRightParen, "`)`");
  }

  bool expect_variable(std::string_view name) {
    if (tokens_.accept_word(name)) return true;
    tokens_.report_expected(fmt::format("`{}`: a scope is principal, action, resource", name));
    return false;
  }

  bool parse_constraint(ScopeConstraint& constraint, Slot slot) {
    using Kind = ScopeConstraint::Kind;
    Span begin = tokens_.peek().span;
    if (tokens_.accept_word("is")) {
      auto type = tokens_.path("an entity type after `is`");
      if (!type) return false;
      constraint.type = std::move(*type);
      constraint.kind = tokens_.accept_word("in") ? Kind::kIsIn : Kind::kIs;
    } else if (tokens_.accept(TokenKind::kEqual)) {
      constraint.kind = Kind::kEqual;
    } else if (tokens_.accept_word("in")) {
      constraint.kind = Kind::kIn;
    }
    if (constraint.names_entity() && !parse_entity_or_slot(constraint, slot)) return false;
    constraint.span = tokens_.since(begin);
    return true;
  }

  bool parse_entity_or_slot(ScopeConstraint& constraint, Slot slot) {
    Span place = tokens_.peek().span;
    ExprPtr parsed = expressions_.parse_with_slots();
    if (!parsed) return false;
    if (const auto* reference = std::get_if<SlotReference>(&parsed->node)) {
      constraint.entity = reference->slot;
      if (reference->slot == slot) return true;
      tokens_.report(place, "`?principal` belongs to the principal and `?resource` to the resource");
      return false;
    }
    auto uid = entity_of(*parsed);
    if (uid) return constraint.entity = std::move(*uid), true;
    tokens_.report(place,
                   "a scope compares with one entity, such as `User::\"alice\"`; write the rest in `when`");
    return false;
  }

  static std::optional<EntityUid> entity_of(const Expr& expr) {
    const auto* literal = std::get_if<Literal>(&expr.node);
    const auto* uid = literal ? std::get_if<EntityUid>(&literal->value) : nullptr;
    return uid ? std::optional(*uid) : std::nullopt;
  }

  bool parse_constraint(ActionConstraint& constraint) {
    using Kind = ActionConstraint::Kind;
    Span begin = tokens_.peek().span;
    if (tokens_.accept(TokenKind::kEqual)) {
      constraint.kind = Kind::kEqual;
    } else if (tokens_.accept_word("in")) {
      constraint.kind = Kind::kIn;
    } else {
      return true;
    }
    Span place = tokens_.peek().span;
    ExprPtr parsed = expressions_.parse();
    if (!parsed || !take_actions(constraint, *parsed, place)) return false;
    constraint.span = tokens_.since(begin);
    return true;
  }

  bool take_actions(ActionConstraint& constraint, const Expr& parsed, Span place) {
    std::vector<const Expr*> entities{&parsed};
    if (const auto* set = std::get_if<SetLiteral>(&parsed.node);
        set && constraint.kind == ActionConstraint::Kind::kIn) {
      constraint.kind = ActionConstraint::Kind::kInList;
      entities.clear();
      for (const ExprPtr& element : set->elements) entities.push_back(element.get());
    }
    for (const Expr* entity : entities) {
      auto uid = entity_of(*entity);
      if (!uid || !is_action_type(uid->type)) {
        tokens_.report(
            place, "the action is compared with actions, such as `Action::\"view\"`, or `in` a list of them");
        return false;
      }
      constraint.entities.push_back(std::move(*uid));
    }
    return true;
  }

  bool parse_condition(Policy& policy) {
    Token word = tokens_.take();
    Condition condition{word.text == "when" ? Condition::Kind::kWhen : Condition::Kind::kUnless, nullptr};
    if (!tokens_.expect(TokenKind::kLeftBrace, "`{`")) return false;
    if (tokens_.at(TokenKind::kRightBrace)) {
      tokens_.report_expected("a condition in the braces");
      return false;
    }
    condition.body = expressions_.parse();
    if (!condition.body || !tokens_.expect(TokenKind::kRightBrace, "`}`")) return false;
    policy.conditions.push_back(std::move(condition));
    return true;
  }

  static constexpr std::size_t kMaxAnnotations = 100;

  TokenReader tokens_;
  ExpressionParser expressions_;
};

Status check_size(std::string_view text, std::string_view name) {
  if (text.size() <= kMaxTextBytes) return {};
  return fail(ErrorCode::kTooLarge, "policy.size",
              fmt::format("{} has {} bytes; at most {} are read", name, text.size(), kMaxTextBytes));
}

constexpr std::string_view kReason = "policy.syntax";

}  // namespace

Result<std::vector<Policy>> parse_policies(std::string_view text, std::string_view name) {
  CHECK_OK(check_size(text, name));
  Source source(name, text);
  std::vector<Policy> policies = PolicyParser(source).parse_all();
  if (source.failed()) return source.failure(kReason, fmt::format("{} is not valid Cedar", name));
  return policies;
}

Result<ExprPtr> parse_expression(std::string_view text, std::string_view name) {
  CHECK_OK(check_size(text, name));
  Source source(name, text);
  ExprPtr parsed = parse_expression(source);
  if (source.failed()) return source.failure(kReason, fmt::format("{} is no Cedar expression", name));
  return parsed;
}

ExprPtr parse_expression(Source& source) {
  if (source.text().size() > kMaxTextBytes) {
    source.report({}, "too long to be read");
    return nullptr;
  }
  ExprPtr parsed = PolicyParser(source).parse_one_expression();
  return source.failed() ? nullptr : parsed;
}

}  // namespace bailiwick::cedar
