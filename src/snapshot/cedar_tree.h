// Small makers of Cedar trees, for policies that are made of declared files. Trees, never text: what a file
// says stays a literal.
#pragma once

#include "policy/cedar/ast.h"

namespace bailiwick::snapshot::tree {

inline cedar::ExprPtr leaf(cedar::Expr::Node node) {
  return cedar::make_expression(std::move(node), {});
}
inline cedar::ExprPtr text(std::string_view value) {
  return leaf(cedar::Literal{std::string(value)});
}
inline cedar::ExprPtr attribute(cedar::ExprPtr object, std::string_view name) {
  return leaf(cedar::GetAttribute{std::move(object), std::string(name)});
}
inline cedar::ExprPtr known(cedar::ExprPtr object, std::string_view name) {
  return leaf(cedar::HasAttribute{std::move(object), {std::string(name)}});
}
/// `context.NAME`
inline cedar::ExprPtr fact(std::string_view name) {
  return attribute(leaf(cedar::Variable::kContext), name);
}
/// `context has NAME`
inline cedar::ExprPtr fact_known(std::string_view name) {
  return known(leaf(cedar::Variable::kContext), name);
}
inline cedar::ExprPtr compare(cedar::BinaryOp op, cedar::ExprPtr left, cedar::ExprPtr right) {
  return leaf(cedar::Binary{op, std::move(left), std::move(right)});
}
inline cedar::ExprPtr negation(cedar::ExprPtr operand) {
  return leaf(cedar::Unary{cedar::UnaryOp::kNot, std::move(operand)});
}
/// There must be some.
inline cedar::ExprPtr join(cedar::LogicOp op, std::vector<cedar::ExprPtr> operands) {
  return operands.size() == 1 ? std::move(operands.front()) : leaf(cedar::Logic{op, std::move(operands)});
}

}  // namespace bailiwick::snapshot::tree
