#include "policy/analysis/expander.h"

#include <algorithm>

namespace bailiwick::cedar::analysis {
namespace {

// Roles of what has no name in an expression.
enum Role : std::uint32_t { kElement, kStranger };

/// It gives a boolean, or one of two values, in ways that must be told apart before it is a term.
bool is_decided(const Expr& expr) {
  return std::visit(Overloaded{
                        [](const Conditional&) { return true; },
                        [](const Logic&) { return true; },
                        [](const HasAttribute&) { return true; },
                        [](const Like&) { return true; },
                        [](const IsType&) { return true; },
                        [](const Unary& unary) { return unary.op != UnaryOp::kNegate; },
                        [](const Binary& binary) {
                          return binary.op != BinaryOp::kAdd && binary.op != BinaryOp::kSubtract &&
                                 binary.op != BinaryOp::kMultiply && binary.op != BinaryOp::kGetTag;
                        },
                        [](const Call& call) {
                          const ExtensionInfo* info = extension_function(call.function);
                          return info && info->gives == ExtensionType::kBool;
                        },
                        [](const auto&) { return false; },
                    },
                    expr.node);
}

bool fits(bool wanted, Outcomes outcomes) {
  return (outcomes & (wanted ? kTrue : kFalse)) != 0;
}

/// Both.
Choice product(const Choice& first, const Choice& second) {
  Choice all;
  for (const Alternative& a : first) {
    for (const Alternative& b : second) {
      Alternative both = a;
      both.literals.insert(both.literals.end(), b.literals.begin(), b.literals.end());
      both.goals.insert(both.goals.end(), b.goals.begin(), b.goals.end());
      all.push_back(std::move(both));
    }
  }
  return all;
}

}  // namespace

Choice Expander::expand(const Goal& goal, const std::vector<Resolution>& resolutions) {
  if (goal.outcomes == kAnyOutcome) return {Alternative{}};
  if (goal.outcomes == 0) return {};
  resolutions_ = &resolutions;
  const Expr& expr = *goal.expression;
  if (const auto* logic = std::get_if<Logic>(&expr.node)) return expand_logic(*logic, goal.outcomes);
  if (const auto* test = std::get_if<Conditional>(&expr.node))
    return expand_conditional(*test, goal.outcomes);
  if (const auto* is = std::get_if<IsType>(&expr.node); is && is->container)
    return expand_is_in(*is, expr, goal.outcomes);
  if (const auto* unary = std::get_if<Unary>(&expr.node); unary && unary->op == UnaryOp::kNot) {
    auto swapped = static_cast<Outcomes>((goal.outcomes & kFails) | ((goal.outcomes & kTrue) << 1) |
                                         ((goal.outcomes & kFalse) >> 1));
    return {{.goals = {{unary->operand.get(), swapped}}}};
  }
  const Expr* pending = nullptr;
  each_child(expr, [&](const Expr& child) {
    if (!pending) pending = first_unresolved(child);
  });
  if (pending) return resolve(*pending, goal);
  return assemble(ask(expr), goal.outcomes);
}

Choice Expander::expand_logic(const Logic& logic, Outcomes outcomes) {
  bool is_or = logic.op == LogicOp::kOr;
  Outcomes goes_on = is_or ? kFalse : kTrue;
  // This operand ends the chain.
  auto ends = static_cast<Outcomes>(outcomes & ~goes_on);
  Choice choice;
  std::vector<Goal> before;
  for (const ExprPtr& operand : logic.operands) {
    if (ends != 0) {
      choice.push_back({.goals = before});
      choice.back().goals.push_back({operand.get(), ends});
    }
    before.push_back({operand.get(), goes_on});
  }
  // Coming out true or false is tried before failing.
  if ((outcomes & goes_on) != 0)
    choice.insert(ends == kFails ? choice.begin() : choice.end(), Alternative{.goals = std::move(before)});
  return choice;
}

Choice Expander::expand_conditional(const Conditional& conditional, Outcomes outcomes) {
  Choice choice = {{.goals = {{conditional.test.get(), kTrue}, {conditional.then.get(), outcomes}}},
                   {.goals = {{conditional.test.get(), kFalse}, {conditional.otherwise.get(), outcomes}}}};
  if ((outcomes & kFails) != 0) choice.push_back({.goals = {{conditional.test.get(), kFails}}});
  return choice;
}

Choice Expander::expand_is_in(const IsType& is, const Expr& expr, Outcomes outcomes) {
  const Expr* typed = keep(IsType{is.subject, is.type, nullptr}, expr);
  const Expr* within = keep(Binary{BinaryOp::kIn, is.subject, is.container}, *is.subject);
  Choice choice = {{.goals = {{typed, kTrue}, {within, outcomes}}}};
  if (auto ends = static_cast<Outcomes>(outcomes & kNotTrue); ends != 0)
    choice.push_back({.goals = {{typed, ends}}});
  return choice;
}

const Expr* Expander::keep(Expr::Node node, const Expr& origin) {
  auto known = std::ranges::find_if(kept_, [&](const auto& kept) {
    return kept.first == &origin && kept.second->node.index() == node.index();
  });
  if (known != kept_.end()) return known->second.get();
  kept_.emplace_back(&origin, make_expression(std::move(node), origin.span));
  return kept_.back().second.get();
}

const Resolution* Expander::resolution(const Expr& expr) const {
  auto found = std::ranges::find(*resolutions_, &expr, &Resolution::expression);
  return found == resolutions_->end() ? nullptr : &*found;
}

const Expr* Expander::first_unresolved(const Expr& expr) const {
  if (is_decided(expr)) {
    const Resolution* known = resolution(expr);
    if (!known) return &expr;
    return known->stands_for ? first_unresolved(*known->stands_for) : nullptr;
  }
  const Expr* found = nullptr;
  each_child(expr, [&](const Expr& child) {
    if (!found) found = first_unresolved(child);
  });
  return found;
}

Choice Expander::resolve(const Expr& pending, const Goal& goal) {
  Choice choice;
  if (const auto* conditional = std::get_if<Conditional>(&pending.node)) {
    auto taking = [&](Outcomes outcome, const ExprPtr& branch) {
      choice.push_back({.goals = {{conditional->test.get(), outcome}, goal},
                        .resolutions = {{&pending, branch.get(), kNoTerm}}});
    };
    taking(kTrue, conditional->then);
    taking(kFalse, conditional->otherwise);
    if ((goal.outcomes & kFails) != 0) choice.push_back({.goals = {{conditional->test.get(), kFails}}});
    return choice;
  }
  for (bool outcome : {true, false}) {
    choice.push_back({.goals = {{&pending, outcome ? kTrue : kFalse}, goal},
                      .resolutions = {{&pending, nullptr, terms_.boolean(outcome)}}});
  }
  // Every operator that is not logic fails when an operand does.
  if ((goal.outcomes & kFails) != 0) choice.push_back({.goals = {{&pending, kFails}}});
  return choice;
}

Choice Expander::assemble(Asked asked, Outcomes outcomes) {
  Choice choice, failing;
  Choice passed = {Alternative{}};
  for (const Step& step : asked.steps) {
    if ((outcomes & kFails) != 0) std::ranges::move(product(passed, step.fails), std::back_inserter(failing));
    passed = product(passed, step.passes);
  }
  for (bool wanted : {true, false}) {
    if (fits(wanted, outcomes))
      std::ranges::move(product(passed, wanted ? asked.yes : asked.no), std::back_inserter(choice));
  }
  // Last: a request that makes nothing fail shows more.
  std::ranges::move(failing, std::back_inserter(choice));
  return choice;
}

Expander::Asked Expander::ask(const Expr& expr) {
  return std::visit(Overloaded{
                        [&](const Unary& unary) { return ask(unary, expr); },
                        [&](const Binary& binary) { return ask(binary, expr); },
                        [&](const HasAttribute& has) { return ask(has); },
                        [&](const Like& like) { return ask(like); },
                        [&](const IsType& is) { return ask(is); },
                        [&](const Call& call) { return ask(call, expr); },
                        [&](const auto&) { return ask_value(expr); },
                    },
                    expr.node);
}

Expander::Asked Expander::ask_value(const Expr& expr) {
  Asked asked;
  TermId term = value_of_kind(expr, ValueKind::kBool, asked.steps);
  asked.yes = {{.literals = {Literal::equal(term, terms_.boolean(true))}}};
  asked.no = {{.literals = {Literal::equal(term, terms_.boolean(false))}}};
  return asked;
}

Expander::Asked Expander::ask(const Unary& unary, const Expr& expr) {
  if (unary.op != UnaryOp::kIsEmpty) return ask_value(expr);
  Asked asked;
  TermId set = value_of_kind(*unary.operand, ValueKind::kSet, asked.steps);
  asked.yes = {{.literals = {Literal::of(Literal::Kind::kEmpty, set)}}};
  asked.no = {{.literals = {Literal::of(Literal::Kind::kMember, set, fresh(expr, kElement))}}};
  return asked;
}

Expander::Asked Expander::ask(const Binary& binary, const Expr& expr) {
  Asked asked;
  switch (binary.op) {
    case BinaryOp::kEqual:
    case BinaryOp::kNotEqual: {
      TermId left = value(*binary.left, asked.steps), right = value(*binary.right, asked.steps);
      asked.yes = {{.literals = {Literal::equal(left, right)}}};
      asked.no = {{.literals = {Literal::differ(left, right)}}};
      if (binary.op == BinaryOp::kNotEqual) std::swap(asked.yes, asked.no);
      return asked;
    }
    case BinaryOp::kLess:
    case BinaryOp::kLessEqual:
    case BinaryOp::kGreater:
    case BinaryOp::kGreaterEqual:
      ask_order(binary, asked);
      return asked;
    case BinaryOp::kIn:
      ask_in(binary, expr, asked);
      return asked;
    case BinaryOp::kContains:
    case BinaryOp::kContainsAll:
    case BinaryOp::kContainsAny:
      ask_sets(binary, expr, asked);
      return asked;
    case BinaryOp::kHasTag: {
      TermId object = value(*binary.left, asked.steps), key = value(*binary.right, asked.steps);
      require(object, only(ValueKind::kEntity), asked.steps);
      require(key, only(ValueKind::kString), asked.steps);
      TermId tag = terms_.tag(object, key);
      asked.yes = {{.literals = {Literal::kinds_of(tag, kPresent)}}};
      asked.no = {{.literals = {Literal::kinds_of(tag, kAbsent)}}};
      return asked;
    }
    default:
      return ask_value(expr);
  }
}

void Expander::ask_order(const Binary& binary, Asked& asked) {
  TermId left = value(*binary.left, asked.steps), right = value(*binary.right, asked.steps);
  constexpr Kinds kOrdered = only(ValueKind::kLong) | only(ValueKind::kDatetime) | only(ValueKind::kDuration);
  Step same_kind;
  for (ValueKind kind : {ValueKind::kLong, ValueKind::kDatetime, ValueKind::kDuration}) {
    Literal here = Literal::kinds_of(left, only(kind));
    same_kind.passes.push_back({.literals = {here, Literal::kinds_of(right, only(kind))}});
    same_kind.fails.push_back(
        {.literals = {here, Literal::kinds_of(right, static_cast<Kinds>(kPresent & ~only(kind)))}});
  }
  same_kind.fails.push_back({.literals = {Literal::kinds_of(left, kPresent & ~kOrdered)}});
  asked.steps.push_back(std::move(same_kind));
  Literal less = Literal::at_most(left, right, -1), not_less = Literal::at_most(right, left, 0);
  Literal not_greater = Literal::at_most(left, right, 0), greater = Literal::at_most(right, left, -1);
  bool strict = binary.op == BinaryOp::kLess || binary.op == BinaryOp::kGreaterEqual;
  asked.yes = {{.literals = {strict ? less : not_greater}}};
  asked.no = {{.literals = {strict ? not_less : greater}}};
  if (binary.op == BinaryOp::kGreater || binary.op == BinaryOp::kGreaterEqual) std::swap(asked.yes, asked.no);
}

void Expander::ask_in(const Binary& binary, const Expr& expr, Asked& asked) {
  TermId left = value(*binary.left, asked.steps);
  const auto* list = std::get_if<SetLiteral>(&binary.right->node);
  if (!list) {
    // Both are evaluated before either is looked at.
    TermId right = value(*binary.right, asked.steps);
    require(left, only(ValueKind::kEntity), asked.steps);
    return ask_in_value(left, right, expr, asked);
  }
  std::vector<TermId> containers;
  for (const ExprPtr& element : list->elements) containers.push_back(value(*element, asked.steps));
  require(left, only(ValueKind::kEntity), asked.steps);
  Alternative none;
  for (TermId container : containers) {
    require(container, only(ValueKind::kEntity), asked.steps);
    asked.yes.push_back({.literals = {Literal::of(Literal::Kind::kIn, left, container)}});
    none.literals.push_back(Literal::of(Literal::Kind::kNotIn, left, container));
  }
  asked.no = {none};
}

void Expander::ask_in_value(TermId left, TermId right, const Expr& expr, Asked& asked) {
  using Kind = Literal::Kind;
  constexpr Kinds kEntity = only(ValueKind::kEntity), kSet = only(ValueKind::kSet);
  Literal is_entity = Literal::kinds_of(right, kEntity), is_set = Literal::kinds_of(right, kSet);
  TermId stranger = fresh(expr, kStranger), element = fresh(expr, kElement);
  Literal of_entities{.kind = Kind::kMembersKinds, .kinds = kEntity, .a = right};
  Step step;
  step.passes = {{.literals = {is_entity}}, {.literals = {is_set, of_entities}}};
  step.fails = {{.literals = {Literal::kinds_of(right, kPresent & ~(kEntity | kSet))}},
                {.literals = {is_set, Literal::of(Kind::kMember, right, stranger),
                              Literal::kinds_of(stranger, kPresent & ~kEntity)}}};
  asked.steps.push_back(std::move(step));
  asked.yes = {{.literals = {is_entity, Literal::of(Kind::kIn, left, right)}},
               {.literals = {is_set, Literal::of(Kind::kMember, right, element),
                             Literal::of(Kind::kIn, left, element)}}};
  asked.no = {{.literals = {is_entity, Literal::of(Kind::kNotIn, left, right)}},
              {.literals = {is_set, Literal::of(Kind::kInNone, left, right)}}};
}

void Expander::ask_sets(const Binary& binary, const Expr& expr, Asked& asked) {
  using Kind = Literal::Kind;
  TermId left = value(*binary.left, asked.steps), right = value(*binary.right, asked.steps);
  require(left, only(ValueKind::kSet), asked.steps);
  if (binary.op == BinaryOp::kContains) {
    asked.yes = {{.literals = {Literal::of(Kind::kMember, left, right)}}};
    asked.no = {{.literals = {Literal::of(Kind::kNotMember, left, right)}}};
    return;
  }
  require(right, only(ValueKind::kSet), asked.steps);
  TermId element = fresh(expr, kElement);
  Literal in_left = Literal::of(Kind::kMember, left, element);
  Literal in_right = Literal::of(Kind::kMember, right, element);
  if (binary.op == BinaryOp::kContainsAll) {
    asked.yes = {{.literals = {Literal::of(Kind::kSubset, right, left)}}};
    asked.no = {{.literals = {in_right, Literal::of(Kind::kNotMember, left, element)}}};
  } else {
    asked.yes = {{.literals = {in_left, in_right}}};
    asked.no = {{.literals = {Literal::of(Kind::kDisjoint, left, right)}}};
  }
}

Expander::Asked Expander::ask(const HasAttribute& has) {
  Asked asked;
  TermId object = value(*has.object, asked.steps);
  constexpr Kinds kObject = only(ValueKind::kEntity) | only(ValueKind::kRecord);
  require(object, kObject, asked.steps);
  if (has.path.size() == 1) {
    TermId attribute = terms_.attribute(object, has.path.front());
    asked.yes = {{.literals = {Literal::kinds_of(attribute, kPresent)}}};
    asked.no = {{.literals = {Literal::kinds_of(attribute, kAbsent)}}};
    return asked;
  }
  // Missing on the way is false; being no object on the way fails.
  Literals before;
  Step step;
  for (std::size_t i = 0; i < has.path.size(); ++i) {
    bool last = i + 1 == has.path.size();
    object = terms_.attribute(object, has.path[i]);
    auto with = [&](Kinds kinds) {
      Literals all = before;
      all.push_back(Literal::kinds_of(object, kinds));
      return Alternative{.literals = std::move(all)};
    };
    asked.no.push_back(with(kAbsent));
    if (!last) step.fails.push_back(with(kPresent & ~kObject));
    before.push_back(Literal::kinds_of(object, last ? kPresent : kObject));
  }
  step.passes = {Alternative{}};  // said by `yes` and `no`
  asked.steps.push_back(std::move(step));
  asked.yes = {{.literals = before}};
  return asked;
}

Expander::Asked Expander::ask(const Like& like) {
  Asked asked;
  TermId text = value_of_kind(*like.subject, ValueKind::kString, asked.steps);
  if (like.pattern.pieces.size() == 1) {
    TermId word = terms_.constant(Value::string(like.pattern.pieces.front()));
    asked.yes = {{.literals = {Literal::equal(text, word)}}};
    asked.no = {{.literals = {Literal::differ(text, word)}}};
    return asked;
  }
  auto with = [&](Literal::Kind kind) {
    return Alternative{.literals = {{.kind = kind, .a = text, .pattern = &like.pattern}}};
  };
  asked.yes = {with(Literal::Kind::kLike)};
  asked.no = {with(Literal::Kind::kUnlike)};
  return asked;
}

Expander::Asked Expander::ask(const IsType& is) {
  Asked asked;
  TermId entity = value_of_kind(*is.subject, ValueKind::kEntity, asked.steps);
  auto with = [&](Literal::Kind kind) {
    return Alternative{.literals = {{.kind = kind, .a = entity, .name = is.type}}};
  };
  asked.yes = {with(Literal::Kind::kIs)};
  asked.no = {with(Literal::Kind::kIsNot)};
  return asked;
}

}  // namespace bailiwick::cedar::analysis
