#include "policy/cedar/ast.h"

#include <algorithm>

namespace bailiwick::cedar {
namespace {

int deepest(std::initializer_list<const Expr*> children) {
  int depth = 0;
  for (const Expr* child : children) depth = std::max(depth, child ? child->depth : 0);
  return depth;
}
int deepest(const std::vector<ExprPtr>& children) {
  int depth = 0;
  for (const ExprPtr& child : children) depth = std::max(depth, child->depth);
  return depth;
}

int depth_below(const Expr::Node& node) {
  return std::visit(
      Overloaded{
          [](const Literal&) { return 0; },
          [](Variable) { return 0; },
          [](const SlotReference&) { return 0; },
          [](const Unary& unary) { return unary.operand->depth; },
          [](const Binary& binary) { return deepest({binary.left.get(), binary.right.get()}); },
          [](const Logic& logic) { return deepest(logic.operands); },
          [](const Conditional& conditional) {
            return deepest({conditional.test.get(), conditional.then.get(), conditional.otherwise.get()});
          },
          [](const GetAttribute& get) { return get.object->depth; },
          [](const HasAttribute& has) { return has.object->depth + static_cast<int>(has.path.size()); },
          [](const Like& like) { return like.subject->depth; },
          [](const IsType& is) { return deepest({is.subject.get(), is.container.get()}); },
          [](const SetLiteral& set) { return deepest(set.elements); },
          [](const RecordLiteral& record) {
            int depth = 0;
            for (const auto& [key, value] : record.fields) depth = std::max(depth, value->depth);
            return depth;
          },
          [](const Call& call) { return deepest(call.arguments); },
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
  int depth = 1 + depth_below(node);
  return std::make_shared<const Expr>(Expr{std::move(node), span, depth});
}

std::string to_string(const EntityUid& uid) {
  return uid.type + "::" + to_literal(uid.id);
}

bool is_action_type(std::string_view type) {
  return type == "Action" || type.ends_with("::Action");
}

const Annotation* Policy::annotation(std::string_view name) const {
  auto found = std::ranges::find(annotations, name, &Annotation::name);
  return found == annotations.end() ? nullptr : &*found;
}

Result<Policy> link(const Policy& source, std::string id, const std::optional<EntityUid>& principal,
                    const std::optional<EntityUid>& resource) {
  Policy linked = source;
  linked.id = std::move(id);
  CHECK_OK(fill(linked.principal, principal, "?principal"));
  CHECK_OK(fill(linked.resource, resource, "?resource"));
  return linked;
}

ExprPtr scope_expression(const Policy& policy) {
  return all_of(scope_operands(policy), policy.span);
}

ExprPtr whole_expression(const Policy& policy) {
  std::vector<ExprPtr> operands = scope_operands(policy);
  for (const Condition& condition : policy.conditions) {
    operands.push_back(condition.kind == Condition::Kind::kWhen
                           ? condition.body
                           : make(Unary{UnaryOp::kNot, condition.body}, condition.body->span));
  }
  return all_of(std::move(operands), policy.span);
}

}  // namespace bailiwick::cedar
