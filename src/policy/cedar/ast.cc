#include "policy/cedar/ast.h"

#include <algorithm>

namespace bailiwick::cedar {
namespace {

/// Calls back with each expression right below a node.
template <class Visit>
void each_child(const Expr::Node& node, Visit visit) {
  auto all = [&](const std::vector<ExprPtr>& children) {
    for (const ExprPtr& child : children) visit(*child);
  };
  std::visit(
      Overloaded{
          [](const Literal&) {},
          [](Variable) {},
          [](const SlotReference&) {},
          [&](const Unary& unary) { visit(*unary.operand); },
          [&](const Binary& binary) { visit(*binary.left), visit(*binary.right); },
          [&](const Logic& logic) { all(logic.operands); },
          [&](const Conditional& node) { visit(*node.test), visit(*node.then), visit(*node.otherwise); },
          [&](const GetAttribute& get) { visit(*get.object); },
          [&](const HasAttribute& has) { visit(*has.object); },
          [&](const Like& like) { visit(*like.subject); },
          [&](const IsType& is) {
            visit(*is.subject);
            if (is.container) visit(*is.container);
          },
          [&](const SetLiteral& set) { all(set.elements); },
          [&](const RecordLiteral& record) {
            for (const auto& [key, value] : record.fields) visit(*value);
          },
          [&](const Call& call) { all(call.arguments); },
      },
      node);
}

ExprPtr make(Expr::Node node, Span span) {
  return make_expression(std::move(node), span);
}

ExprPtr entity_expression(const std::variant<EntityUid, Slot>& entity, Span span) {
  if (const auto* slot = std::get_if<Slot>(&entity)) return make(SlotReference{*slot}, span);
  return make(Literal{std::get<EntityUid>(entity)}, span);
}

void add_constraint(std::vector<ExprPtr>& out, Variable variable, const ScopeConstraint& constraint) {
  using Kind = ScopeConstraint::Kind;
  if (constraint.kind == Kind::kAny) return;
  ExprPtr subject = make(variable, constraint.span);
  Span span = constraint.span;
  switch (constraint.kind) {
    case Kind::kAny:
      return;
    case Kind::kEqual:
      out.push_back(
          make(Binary{BinaryOp::kEqual, subject, entity_expression(constraint.entity, span)}, span));
      return;
    case Kind::kIn:
      out.push_back(make(Binary{BinaryOp::kIn, subject, entity_expression(constraint.entity, span)}, span));
      return;
    case Kind::kIs:
      out.push_back(make(IsType{subject, constraint.type, nullptr}, span));
      return;
    case Kind::kIsIn:
      out.push_back(make(IsType{subject, constraint.type, entity_expression(constraint.entity, span)}, span));
      return;
  }
}

void add_constraint(std::vector<ExprPtr>& out, const ActionConstraint& constraint) {
  using Kind = ActionConstraint::Kind;
  if (constraint.kind == Kind::kAny) return;
  Span span = constraint.span;
  std::vector<ExprPtr> entities;
  for (const EntityUid& uid : constraint.entities) entities.push_back(make(Literal{uid}, span));
  ExprPtr right =
      constraint.kind == Kind::kInList ? make(SetLiteral{std::move(entities)}, span) : entities.front();
  BinaryOp op = constraint.kind == Kind::kEqual ? BinaryOp::kEqual : BinaryOp::kIn;
  out.push_back(make(Binary{op, make(Variable::kAction, span), std::move(right)}, span));
}

std::vector<ExprPtr> scope_operands(const Policy& policy) {
  std::vector<ExprPtr> operands;
  add_constraint(operands, Variable::kPrincipal, policy.principal);
  add_constraint(operands, policy.action);
  add_constraint(operands, Variable::kResource, policy.resource);
  return operands;
}

ExprPtr all_of(std::vector<ExprPtr> operands, Span span) {
  if (operands.empty()) return make(Literal{true}, span);
  if (operands.size() == 1) return std::move(operands.front());
  return make(Logic{LogicOp::kAnd, std::move(operands)}, span);
}

Status fill(ScopeConstraint& constraint, const std::optional<EntityUid>& entity, std::string_view slot) {
  if (!constraint.has_slot()) return {};
  if (!entity) {
    return fail(ErrorCode::kInvalid, "policy.link",
                "the template has a slot `" + std::string(slot) + "`: give an entity for it");
  }
  constraint.entity = *entity;
  return {};
}

}  // namespace

ExprPtr make_expression(Expr::Node node, Span span) {
  int depth = 0;
  std::uint64_t size = 1;
  each_child(node, [&](const Expr& child) {
    depth = std::max(depth, child.depth);
    size += child.size;
  });
  // A path is as deep as it is long: it asks for one attribute within another.
  if (const auto* has = std::get_if<HasAttribute>(&node)) depth += static_cast<int>(has->path.size());
  return std::make_shared<const Expr>(Expr{std::move(node), span, depth + 1, size});
}

void each_child(const Expr& expr, const std::function<void(const Expr&)>& visit) {
  each_child(expr.node, visit);
}

std::string to_string(const EntityUid& uid) {
  return uid.type + "::" + to_literal(uid.id);
}

bool is_action_type(std::string_view type) {
  return type == "Action" || type.ends_with("::Action");
}

std::string Policy::annotation(std::string_view name) const {
  auto found = std::ranges::find(annotations, name, &Annotation::name);
  return found == annotations.end() ? std::string() : found->value.value_or("");
}

Result<Policy> link(const Policy& source, std::string id, const std::optional<EntityUid>& principal,
                    const std::optional<EntityUid>& resource) {
  Policy linked = source;
  linked.id = std::move(id);
  CHECK_OK(fill(linked.principal, principal, "?principal"));
  CHECK_OK(fill(linked.resource, resource, "?resource"));
  return linked;
}

namespace {

void add_conditions(const Policy& policy, std::vector<ExprPtr>& operands) {
  for (const Condition& condition : policy.conditions) {
    operands.push_back(condition.kind == Condition::Kind::kWhen
                           ? condition.body
                           : make(Unary{UnaryOp::kNot, condition.body}, condition.body->span));
  }
}

}  // namespace

ExprPtr conditions_expression(const Policy& policy) {
  std::vector<ExprPtr> operands;
  add_conditions(policy, operands);
  return all_of(std::move(operands), policy.span);
}

ExprPtr whole_expression(const Policy& policy) {
  std::vector<ExprPtr> operands = scope_operands(policy);
  add_conditions(policy, operands);
  return all_of(std::move(operands), policy.span);
}

}  // namespace bailiwick::cedar
