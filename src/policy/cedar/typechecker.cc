#include "policy/cedar/typechecker.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/format.h"
#include "policy/cedar/functions.h"
#include "policy/cedar/types.h"

namespace bailiwick::cedar {
namespace {

using Kind = Type::Kind;

TypePtr boolean() {
  static const TypePtr kType = Type::simple(Kind::kBool);
  return kType;
}
TypePtr always(bool value) {
  static const TypePtr kTrue = Type::simple(Kind::kTrue);
  static const TypePtr kFalse = Type::simple(Kind::kFalse);
  return value ? kTrue : kFalse;
}
TypePtr integer() {
  static const TypePtr kType = Type::simple(Kind::kLong);
  return kType;
}
TypePtr text() {
  static const TypePtr kType = Type::simple(Kind::kString);
  return kType;
}

Typed good(TypePtr type, Capabilities capabilities = {}) {
  return {std::move(type), std::move(capabilities), true};
}
Typed bad(TypePtr type = nullptr) {
  return {std::move(type), {}, false};
}

Capabilities both(const Capabilities& a, const Capabilities& b) {
  Capabilities joined = a;
  joined.insert(b.begin(), b.end());
  return joined;
}
Capabilities common(const Capabilities& a, const Capabilities& b) {
  Capabilities shared;
  std::ranges::set_intersection(a, b, std::inserter(shared, shared.end()));
  return shared;
}

std::string attribute_access(std::string_view name) {
  return fmt::format("[{}]", to_literal(name));
}

bool is(const Typed& typed, Kind kind) {
  return typed.type && typed.type->kind == kind;
}

TypePtr type_of(ExtensionType type) {
  switch (type) {
    case ExtensionType::kString:
      return text();
    case ExtensionType::kBool:
      return boolean();
    case ExtensionType::kLong:
      return integer();
    default:
      return Type::of_extension(type);
  }
}

}  // namespace

void Typechecker::report(Span span, std::string message) {
  add_finding(errors_, span, std::move(message));
}

bool Typechecker::spend(std::uint64_t steps, Span span) {
  if (steps <= budget_.steps) {
    budget_.steps -= steps;
    return true;
  }
  budget_.steps = 0;
  report(span, std::string(kTooLarge));
  return false;
}

TypePtr Typechecker::joined(const TypePtr& a, const TypePtr& b, Span span) {
  return spend(std::min(a->size, b->size), span) ? least_upper_bound(a, b) : nullptr;
}

std::string Typechecker::name(const Type& type) {
  constexpr std::uint64_t kReadable = 50;
  return type.size <= kReadable ? excerpt(to_string(type)) : "a large record or set";
}

std::string Typechecker::capability(const Expr& object, std::string_view access) {
  constexpr std::uint64_t kLargest = 300;
  return object.size <= kLargest ? to_string(object).append(access) : "";
}

void Typechecker::report_unexpected(const Expr& expr, const Type& actual, std::string_view wanted) {
  report(expr.span, fmt::format("expected {}, and this is {}", wanted, name(actual)));
}

TypePtr Typechecker::check(const Expr& condition) {
  Typed typed = expect(condition, {}, Wanted::kBool);
  // A condition that can only be false is of no harm, whatever else is in it; its faults stand in the errors.
  return typed.ok || is(typed, Kind::kFalse) ? typed.type : nullptr;
}

Typed Typechecker::infer(const Expr& expr, const Capabilities& known) {
  if (!spend(1, expr.span)) return bad();
  return std::visit([&](const auto& node) { return infer(node, expr, known); }, expr.node);
}

Typed Typechecker::expect(const Expr& expr, const Capabilities& known, Wanted wanted) {
  Typed typed = infer(expr, known);
  if (!typed.type) return bad();
  const Type& type = *typed.type;
  bool entity = type.kind == Kind::kEntity;
  bool fits = false;
  std::string_view wanted_name;
  switch (wanted) {
    case Wanted::kBool:
      fits = type.is_boolean(), wanted_name = "a Bool";
      break;
    case Wanted::kLong:
      fits = type.kind == Kind::kLong, wanted_name = "a Long";
      break;
    case Wanted::kString:
      fits = type.kind == Kind::kString, wanted_name = "a String";
      break;
    case Wanted::kSet:
      fits = type.kind == Kind::kSet, wanted_name = "a Set";
      break;
    case Wanted::kEntity:
      fits = entity, wanted_name = "an entity";
      break;
    case Wanted::kEntityOrRecord:
      fits = entity || type.kind == Kind::kRecord, wanted_name = "an entity or a record";
      break;
    case Wanted::kEntityOrSet:
      fits = entity || (type.kind == Kind::kSet && type.element->kind == Kind::kEntity);
      wanted_name = "an entity or a Set of entities";
      break;
  }
  if (fits) return typed;
  report_unexpected(expr, type, wanted_name);
  return bad();
}

Typed Typechecker::expect_type(const Expr& expr, const Capabilities& known, const Type& wanted) {
  Typed typed = infer(expr, known);
  if (!typed.type) return bad();
  if (is_subtype(*typed.type, wanted)) return typed;
  report_unexpected(expr, *typed.type, to_string(wanted));
  return bad();
}

Typed Typechecker::infer(const Literal& literal, const Expr&, const Capabilities&) {
  return std::visit(Overloaded{
                        [](bool value) { return good(always(value)); },
                        [](std::int64_t) { return good(integer()); },
                        [](const std::string&) { return good(text()); },
                        [this](const EntityUid& uid) {
                          // What the schema does not know has been reported for the policy as a whole.
                          bool known = is_action_type(uid.type) ? schema_.action(uid) != nullptr
                                                                : schema_.entity_type(uid.type) != nullptr;
                          return known ? good(Type::of_entity(uid.type)) : bad();
                        },
                    },
                    literal.value);
}

Typed Typechecker::infer(Variable variable, const Expr&, const Capabilities&) {
  switch (variable) {
    case Variable::kPrincipal:
      return good(Type::of_entity(std::string(environment_.principal)));
    case Variable::kAction:
      return good(Type::of_entity(environment_.action->uid.type));
    case Variable::kResource:
      return good(Type::of_entity(std::string(environment_.resource)));
    case Variable::kContext:
      return good(environment_.action->context);
  }
  return bad();
}

Typed Typechecker::infer(const SlotReference& slot, const Expr&, const Capabilities&) {
  return good(Type::of_entity(slot.slot == Slot::kPrincipal ? environment_.principal_slot
                                                            : environment_.resource_slot));
}

Typed Typechecker::infer(const Unary& unary, const Expr&, const Capabilities& known) {
  switch (unary.op) {
    case UnaryOp::kNot: {
      Typed operand = expect(*unary.operand, known, Wanted::kBool);
      TypePtr type = is(operand, Kind::kTrue)    ? always(false)
                     : is(operand, Kind::kFalse) ? always(true)
                                                 : boolean();
      return operand.ok ? good(std::move(type)) : bad(std::move(type));
    }
    case UnaryOp::kNegate:
      return expect(*unary.operand, known, Wanted::kLong).ok ? good(integer()) : bad(integer());
    case UnaryOp::kIsEmpty:
      return expect(*unary.operand, known, Wanted::kSet).ok ? good(boolean()) : bad(boolean());
  }
  return bad();
}

Typed Typechecker::infer(const Logic& logic, const Expr&, const Capabilities& known) {
  return logic.op == LogicOp::kAnd ? infer_and(logic.operands, known) : infer_or(logic.operands, known);
}

/// Each operand may use what those before it have asked for. Behind one that is always false nothing is
/// looked at.
Typed Typechecker::infer_and(const std::vector<ExprPtr>& operands, const Capabilities& known) {
  Typed left = expect(*operands.front(), known, Wanted::kBool);
  for (std::size_t i = 1; i < operands.size(); ++i) {
    if (is(left, Kind::kFalse)) return {left.type, {}, left.ok};
    if (!spend(known.size() + left.capabilities.size(), operands[i]->span)) return bad();
    Typed right = expect(*operands[i], left.ok ? both(known, left.capabilities) : known, Wanted::kBool);
    bool ok = left.ok && right.ok;
    Capabilities learned = ok ? both(left.capabilities, right.capabilities) : Capabilities();
    if (is(right, Kind::kFalse))
      left = {left.type ? always(false) : boolean(), {}, ok};
    else if (is(right, Kind::kTrue))
      left = {left.type ? left.type : boolean(), std::move(learned), ok};
    else if (is(left, Kind::kTrue))
      left = {right.type ? right.type : boolean(), std::move(learned), ok};
    else
      left = {boolean(), std::move(learned), ok};
  }
  return left;
}

/// An operand knows nothing of those before it: they were false. Behind one that is always true nothing is
/// looked at.
Typed Typechecker::infer_or(const std::vector<ExprPtr>& operands, const Capabilities& known) {
  Typed left = expect(*operands.front(), known, Wanted::kBool);
  for (std::size_t i = 1; i < operands.size(); ++i) {
    if (is(left, Kind::kTrue)) return left;
    Typed right = expect(*operands[i], known, Wanted::kBool);
    bool ok = left.ok && right.ok;
    if (is(right, Kind::kTrue))
      left = {always(true), std::move(right.capabilities), ok};
    else if (is(right, Kind::kFalse))
      left = {left.type ? left.type : boolean(), std::move(left.capabilities), ok};
    else if (is(left, Kind::kFalse))
      left = {right.type ? right.type : boolean(), std::move(right.capabilities), ok};
    else
      left = {boolean(), common(left.capabilities, right.capabilities), ok};
  }
  return left;
}

Typed Typechecker::infer(const Conditional& conditional, const Expr& expr, const Capabilities& known) {
  Typed test = expect(*conditional.test, known, Wanted::kBool);
  Capabilities tested = both(known, test.capabilities);
  if (is(test, Kind::kFalse)) {
    Typed otherwise = infer(*conditional.otherwise, known);
    return {otherwise.type, std::move(otherwise.capabilities), test.ok && otherwise.ok};
  }
  Typed then = infer(*conditional.then, tested);
  if (then.ok) then.capabilities = both(then.capabilities, test.capabilities);
  if (is(test, Kind::kTrue)) return {then.type, std::move(then.capabilities), test.ok && then.ok};
  Typed otherwise = infer(*conditional.otherwise, known);
  if (!then.type || !otherwise.type) return bad();
  TypePtr type = joined(then.type, otherwise.type, expr.span);
  if (!type) {
    report(expr.span, fmt::format("the branches have different types: {} and {}", name(*then.type),
                                  name(*otherwise.type)));
    return bad();
  }
  bool ok = test.ok && then.ok && otherwise.ok;
  return {std::move(type), common(then.capabilities, otherwise.capabilities), ok};
}

const AttributeType* Typechecker::attribute(const Type& type, std::string_view name) const {
  const AttributeTypes* attributes = nullptr;
  if (type.kind == Kind::kRecord) {
    attributes = &type.attributes;
  } else if (const EntityTypeInfo* info = schema_.entity_type(type.entity)) {
    attributes = &info->shape->attributes;
  }
  if (!attributes) return nullptr;
  auto found = attributes->find(name);
  return found == attributes->end() ? nullptr : &found->second;
}

Typed Typechecker::infer(const GetAttribute& get, const Expr& expr, const Capabilities& known) {
  Typed object = expect(*get.object, known, Wanted::kEntityOrRecord);
  if (!object.type) return bad();
  const AttributeType* found = attribute(*object.type, get.name);
  if (!found) {
    report(expr.span, fmt::format("{} has no attribute `{}`", name(*object.type), excerpt(get.name)));
    return bad();
  }
  if (!found->required && !known.contains(capability(*get.object, attribute_access(get.name)))) {
    report(expr.span,
           fmt::format("`{}` may be missing: ask `has {}` first", excerpt(get.name), excerpt(get.name)));
    return bad(found->type);
  }
  return object.ok ? good(found->type) : bad(found->type);
}

/// A path asks for each of its parts in turn and knows, at each, that those before it are there.
Typed Typechecker::infer(const HasAttribute& has, const Expr& expr, const Capabilities& known) {
  Typed object = expect(*has.object, known, Wanted::kEntityOrRecord);
  if (!object.type) return bad(boolean());
  TypePtr type = object.type, result = always(true);
  ExprPtr place = has.object;
  Capabilities learned;
  for (const std::string& part : has.path) {
    if (type->kind != Kind::kEntity && type->kind != Kind::kRecord) {
      report_unexpected(expr, *type, fmt::format("an entity or a record before `{}`", excerpt(part)));
      return bad(boolean());
    }
    const AttributeType* found = attribute(*type, part);
    if (!found) return {always(false), {}, object.ok};
    std::string asked = capability(*place, attribute_access(part));
    // An entity need not exist, and then has nothing.
    bool certain = known.contains(asked) || (found->required && type->kind == Kind::kRecord);
    if (!certain) result = boolean();
    if (!asked.empty()) learned.insert(std::move(asked));
    place = make_expression(GetAttribute{std::move(place), part}, expr.span);
    type = found->type;
  }
  return {std::move(result), std::move(learned), object.ok};
}

Typed Typechecker::infer(const Like& like, const Expr&, const Capabilities& known) {
  return expect(*like.subject, known, Wanted::kString).ok ? good(boolean()) : bad(boolean());
}

Typed Typechecker::infer(const IsType& is_type, const Expr&, const Capabilities& known) {
  Typed subject = expect(*is_type.subject, known, Wanted::kEntity);
  if (!subject.type) return bad(boolean());
  Typed test = {always(subject.type->entity == is_type.type), {}, subject.ok};
  if (!is_type.container || is(test, Kind::kFalse)) return test;
  Typed in = infer_in(*is_type.subject, subject, *is_type.container, known);
  return {in.type, {}, test.ok && in.ok};
}

Typed Typechecker::infer(const SetLiteral& set, const Expr& expr, const Capabilities& known) {
  if (set.elements.empty()) {
    report(expr.span, "the type of an empty set cannot be known");
    return bad();
  }
  TypePtr common_type;
  bool ok = true, typed = true;
  for (const ExprPtr& element : set.elements) {
    Typed next = infer(*element, known);
    ok = ok && next.ok;
    typed = typed && next.type;
    if (!typed) continue;
    TypePtr wider = common_type ? joined(common_type, next.type, expr.span) : next.type;
    if (!wider) {
      report(expr.span, fmt::format("the elements have different types: {} and {}", name(*common_type),
                                    name(*next.type)));
      return bad();
    }
    common_type = std::move(wider);
  }
  return typed ? Typed{Type::set(std::move(common_type)), {}, ok} : bad();
}

Typed Typechecker::infer(const RecordLiteral& record, const Expr&, const Capabilities& known) {
  AttributeTypes attributes;
  bool ok = true, typed = true;
  for (const auto& [name, value] : record.fields) {
    Typed field = infer(*value, known);
    ok = ok && field.ok;
    typed = typed && field.type;
    attributes.emplace(name, AttributeType{std::move(field.type), true});
  }
  return typed ? Typed{Type::record(std::move(attributes)), {}, ok} : bad();
}

bool Typechecker::check_constructor(const ExtensionInfo& info, const Call& call_node, Span span) {
  if (!info.is_constructor()) return true;
  const auto* literal = std::get_if<Literal>(&call_node.arguments.front()->node);
  if (!literal) {
    report(span, fmt::format("`{}` takes a literal, so that it can be checked here", info.name));
    return false;
  }
  const auto* argument = std::get_if<std::string>(&literal->value);
  if (!argument) return true;
  Arena arena;
  Value value = Value::string(*argument);
  if (call(info.function, {&value, 1}, arena).fault == CallFault::kNone) return true;
  report(span, fmt::format("`{}` cannot read {}", info.name, excerpt(to_literal(*argument))));
  return false;
}

Typed Typechecker::infer(const Call& call_node, const Expr& expr, const Capabilities& known) {
  const ExtensionInfo* info = extension_function(call_node.function);
  if (!info) return report(expr.span, "there is no such function"), bad();
  TypePtr gives = type_of(info->gives);
  if (call_node.arguments.size() != info->arity) {
    report(expr.span,
           fmt::format("`{}` takes {} argument{}", info->name, info->arity, info->arity == 1 ? "" : "s"));
    return bad(std::move(gives));
  }
  bool ok = check_constructor(*info, call_node, expr.span);
  for (std::size_t i = 0; i < call_node.arguments.size(); ++i) {
    ok = expect_type(*call_node.arguments[i], known, *type_of(info->takes[i])).ok && ok;
  }
  return {std::move(gives), {}, ok};
}

}  // namespace bailiwick::cedar
