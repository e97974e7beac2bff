// The types of Cedar's binary operators.
#include <algorithm>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/format.h"
#include "policy/cedar/typechecker.h"
#include "policy/cedar/types.h"

namespace bailiwick::cedar {
namespace {

using Kind = Type::Kind;

const TypePtr kBoolean = Type::simple(Kind::kBool);
const TypePtr kInteger = Type::simple(Kind::kLong);

TypePtr always(bool value) {
  return Type::simple(value ? Kind::kTrue : Kind::kFalse);
}
Typed bad(TypePtr type = nullptr) {
  return {std::move(type), {}, false};
}

bool has_order(const Type& type) {
  return type.kind == Kind::kLong ||
         (type.kind == Kind::kExtension &&
          (type.extension == ExtensionType::kDatetime || type.extension == ExtensionType::kDuration));
}

const Literal* literal_of(const Expr& expr) {
  return std::get_if<Literal>(&expr.node);
}

}  // namespace

Typed Typechecker::infer(const Binary& binary, const Expr& expr, const Capabilities& known) {
  switch (binary.op) {
    case BinaryOp::kEqual:
    case BinaryOp::kNotEqual:
      return infer_equality(binary, expr, known);
    case BinaryOp::kLess:
    case BinaryOp::kLessEqual:
    case BinaryOp::kGreater:
    case BinaryOp::kGreaterEqual:
      return infer_order(binary, expr, known);
    case BinaryOp::kAdd:
    case BinaryOp::kSubtract:
    case BinaryOp::kMultiply: {
      bool left = expect(*binary.left, known, Wanted::kLong).ok;
      bool right = expect(*binary.right, known, Wanted::kLong).ok;
      return {kInteger, {}, left && right};
    }
    case BinaryOp::kIn:
      return infer_in(*binary.left, expect(*binary.left, known, Wanted::kEntity), *binary.right, known);
    case BinaryOp::kContains:
    case BinaryOp::kContainsAll:
    case BinaryOp::kContainsAny:
      return infer_sets(binary, expr, known);
    case BinaryOp::kHasTag:
    case BinaryOp::kGetTag:
      return infer_tags(binary, expr, known);
  }
  return bad();
}

std::optional<EntityUid> Typechecker::entity_or_action(const Expr& expr) const {
  if (const auto* variable = std::get_if<Variable>(&expr.node)) {
    return *variable == Variable::kAction ? std::optional(environment_.action->uid) : std::nullopt;
  }
  const Literal* literal = literal_of(expr);
  const auto* uid = literal ? std::get_if<EntityUid>(&literal->value) : nullptr;
  return uid ? std::optional(*uid) : std::nullopt;
}

std::optional<std::vector<EntityUid>> Typechecker::entities_or_actions(const Expr& expr) const {
  if (auto uid = entity_or_action(expr)) return std::vector{*uid};
  const auto* set = std::get_if<SetLiteral>(&expr.node);
  if (!set) return std::nullopt;
  std::vector<EntityUid> uids;
  for (const ExprPtr& element : set->elements) {
    auto uid = entity_or_action(*element);
    if (!uid) return std::nullopt;
    uids.push_back(std::move(*uid));
  }
  return uids;
}

TypePtr Typechecker::type_of_equality(const Binary& binary, const TypePtr& left, const TypePtr& right) const {
  if (left && right && are_disjoint(*left, *right)) return always(false);
  auto value = [this](const Expr& expr) -> std::optional<Literal> {
    if (auto uid = entity_or_action(expr)) return Literal{*uid};
    const Literal* literal = literal_of(expr);
    return literal ? std::optional(*literal) : std::nullopt;
  };
  auto a = value(*binary.left), b = value(*binary.right);
  return a && b ? always(a->value == b->value) : kBoolean;
}

/// Values of unlike types may be compared only where the answer is plain from the text.
Typed Typechecker::infer_equality(const Binary& binary, const Expr& expr, const Capabilities& known) {
  Typed left = infer(*binary.left, known), right = infer(*binary.right, known);
  TypePtr type = type_of_equality(binary, left.type, right.type);
  bool ok = left.ok && right.ok;
  if (type->kind == Kind::kBool && left.type && right.type && !joined(left.type, right.type, expr.span)) {
    report(expr.span, fmt::format("{} and {} cannot be compared", name(*left.type), name(*right.type)));
    ok = false;
  }
  if (binary.op == BinaryOp::kNotEqual && type->kind != Kind::kBool)
    type = always(type->kind == Kind::kFalse);
  return {std::move(type), {}, ok};
}

Typed Typechecker::infer_order(const Binary& binary, const Expr& expr, const Capabilities& known) {
  Typed left = infer(*binary.left, known), right = infer(*binary.right, known);
  if (!left.type || !right.type) return bad(kBoolean);
  if (*left.type == *right.type && has_order(*left.type)) return {kBoolean, {}, left.ok && right.ok};
  report(expr.span, fmt::format("{} and {} have no order: compare two Longs, datetimes or durations",
                                name(*left.type), name(*right.type)));
  return bad(kBoolean);
}

bool Typechecker::may_be_in(std::string_view type, std::string_view container) const {
  if (schema_.may_be_in(type, container)) return true;
  return std::ranges::any_of(schema_.actions(), [&](const auto& entry) {
    const ActionInfo& action = entry.second;
    return action.uid.type == container &&
           std::ranges::any_of(action.descendants,
                               [&](const EntityUid& below) { return below.type == type; });
  });
}

TypePtr Typechecker::type_of_action_in(const EntityUid& action,
                                       const std::vector<EntityUid>& containers) const {
  bool found = false;
  for (const EntityUid& container : containers) {
    if (!is_action_type(container.type)) continue;
    const ActionInfo* info = schema_.action(container);
    if (!info) return nullptr;
    found = found || container == action || info->descendants.contains(action);
  }
  return always(found);
}

/// Actions are known by name, so whether one is in another is known too. Of others the types decide whether
/// it can be.
Typed Typechecker::infer_in(const Expr& left_expr, const Typed& left, const Expr& right_expr,
                            const Capabilities& known) {
  Typed right = expect(right_expr, known, Wanted::kEntityOrSet);
  if (!left.ok || !right.ok) return bad(kBoolean);
  auto uid = entity_or_action(left_expr);
  auto containers = entities_or_actions(right_expr);
  if (uid && containers && is_action_type(uid->type)) {
    TypePtr type = type_of_action_in(*uid, *containers);
    return type ? Typed{std::move(type), {}, true} : bad(kBoolean);
  }
  const Type& container = right.type->kind == Kind::kSet ? *right.type->element : *right.type;
  return {may_be_in(left.type->entity, container.entity) ? kBoolean : always(false), {}, true};
}

Typed Typechecker::infer_sets(const Binary& binary, const Expr& expr, const Capabilities& known) {
  bool one = binary.op == BinaryOp::kContains;
  Typed left = expect(*binary.left, known, Wanted::kSet);
  Typed right = one ? infer(*binary.right, known) : expect(*binary.right, known, Wanted::kSet);
  if (!left.type || !right.type) return bad(kBoolean);
  const TypePtr& element = one ? left.type->element : left.type;
  if (!joined(element, right.type, expr.span)) {
    report(expr.span, fmt::format("a {} cannot hold {}", name(*left.type), name(*right.type)));
    return bad(kBoolean);
  }
  return {kBoolean, {}, left.ok && right.ok};
}

Typed Typechecker::infer_tags(const Binary& binary, const Expr& expr, const Capabilities& known) {
  Typed entity = expect(*binary.left, known, Wanted::kEntity);
  Typed tag = expect(*binary.right, known, Wanted::kString);
  bool ok = entity.ok && tag.ok;
  const EntityTypeInfo* info = entity.type ? schema_.entity_type(entity.type->entity) : nullptr;
  TypePtr type = info ? info->tags : nullptr;
  std::string tag_text = capability(*binary.right, ")");
  std::string asked_for = tag_text.empty() ? "" : capability(*binary.left, ".getTag(" + tag_text);
  bool asked = known.contains(asked_for);
  if (binary.op == BinaryOp::kHasTag) {
    if (!entity.type) return bad(kBoolean);
    TypePtr has = !type ? always(false) : asked ? always(true) : kBoolean;
    Capabilities learned;
    if (!asked_for.empty()) learned.insert(std::move(asked_for));
    return {std::move(has), std::move(learned), ok};
  }
  if (!entity.type) return bad();
  if (!asked) {
    report(expr.span, "the tag may be missing: ask with `hasTag` first");
    return bad();
  }
  if (!type) {
    report(expr.span, fmt::format("{} has no tags", entity.type->entity));
    return bad();
  }
  return {std::move(type), {}, ok};
}

}  // namespace bailiwick::cedar
