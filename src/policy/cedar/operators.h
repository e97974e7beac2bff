// The signs of Cedar's binary operators, as text and JSON write them.
#pragma once

#include <array>

#include "policy/cedar/ast.h"

namespace bailiwick::cedar {

struct BinaryOpInfo {
  BinaryOp op;
  std::string_view sign;
  bool is_method;
};

// In the order of the enumeration.
inline constexpr std::array kBinaryOps = std::to_array<BinaryOpInfo>({
    {BinaryOp::kEqual, "==", false},
    {BinaryOp::kNotEqual, "!=", false},
    {BinaryOp::kLess, "<", false},
    {BinaryOp::kLessEqual, "<=", false},
    {BinaryOp::kGreater, ">", false},
    {BinaryOp::kGreaterEqual, ">=", false},
    {BinaryOp::kAdd, "+", false},
    {BinaryOp::kSubtract, "-", false},
    {BinaryOp::kMultiply, "*", false},
    {BinaryOp::kIn, "in", false},
    {BinaryOp::kContains, "contains", true},
    {BinaryOp::kContainsAll, "containsAll", true},
    {BinaryOp::kContainsAny, "containsAny", true},
    {BinaryOp::kHasTag, "hasTag", true},
    {BinaryOp::kGetTag, "getTag", true},
});
constexpr const BinaryOpInfo& info_of(BinaryOp op) {
  return kBinaryOps[static_cast<std::size_t>(op)];
}

// In the order of the enumeration.
inline constexpr std::array kVariableNames =
    std::to_array<std::string_view>({"principal", "action", "resource", "context"});
constexpr std::string_view name_of(Variable variable) {
  return kVariableNames[static_cast<std::size_t>(variable)];
}
constexpr std::string_view name_of(Slot slot) {
  return slot == Slot::kPrincipal ? "?principal" : "?resource";
}

}  // namespace bailiwick::cedar
