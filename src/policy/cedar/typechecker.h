// Typechecker: the types of one policy's expressions for one kind of request.
//
// What a condition has asked for (`context has x`) may be used behind it: such knowledge is a capability, and
// travels with the answer of each expression.
#pragma once

#include <set>

#include "policy/cedar/validator.h"

namespace bailiwick::cedar {

/// The types of a request's parts. Pointers into the schema.
struct RequestEnvironment {
  const ActionInfo* action = nullptr;
  std::string_view principal;
  std::string_view resource;
  std::string principal_slot;  ///< type of what fills `?principal`; empty without one
  std::string resource_slot;
};

using Capabilities = std::set<std::string>;

struct Typed {
  TypePtr type;               ///< null when nothing is known
  Capabilities capabilities;  ///< what holds when the expression is true
  bool ok = false;            ///< false: it or a part of it does not type
};

class Typechecker {
 public:
  Typechecker(const Schema& schema, const RequestEnvironment& environment, ValidationBudget& budget,
              std::vector<Finding>& errors)
      : schema_(schema), environment_(environment), budget_(budget), errors_(errors) {}

  /// The type of a whole policy: a boolean, or null when it has none.
  TypePtr check(const Expr& condition);

 private:
  /// What a place accepts.
  enum class Wanted { kBool, kLong, kString, kSet, kEntity, kEntityOrRecord, kEntityOrSet };

  Typed infer(const Expr& expr, const Capabilities& known);
  Typed expect(const Expr& expr, const Capabilities& known, Wanted wanted);
  Typed expect_type(const Expr& expr, const Capabilities& known, const Type& wanted);

  Typed infer(const Literal& literal, const Expr& expr, const Capabilities& known);
  Typed infer(Variable variable, const Expr& expr, const Capabilities& known);
  Typed infer(const SlotReference& slot, const Expr& expr, const Capabilities& known);
  Typed infer(const Unary& unary, const Expr& expr, const Capabilities& known);
  Typed infer(const Binary& binary, const Expr& expr, const Capabilities& known);
  Typed infer(const Logic& logic, const Expr& expr, const Capabilities& known);
  Typed infer(const Conditional& conditional, const Expr& expr, const Capabilities& known);
  Typed infer(const GetAttribute& get, const Expr& expr, const Capabilities& known);
  Typed infer(const HasAttribute& has, const Expr& expr, const Capabilities& known);
  Typed infer(const Like& like, const Expr& expr, const Capabilities& known);
  Typed infer(const IsType& is, const Expr& expr, const Capabilities& known);
  Typed infer(const SetLiteral& set, const Expr& expr, const Capabilities& known);
  Typed infer(const RecordLiteral& record, const Expr& expr, const Capabilities& known);
  Typed infer(const Call& call, const Expr& expr, const Capabilities& known);

  Typed infer_and(const std::vector<ExprPtr>& operands, const Capabilities& known);
  Typed infer_or(const std::vector<ExprPtr>& operands, const Capabilities& known);
  Typed infer_equality(const Binary& binary, const Expr& expr, const Capabilities& known);
  Typed infer_order(const Binary& binary, const Expr& expr, const Capabilities& known);
  Typed infer_in(const Expr& left_expr, const Typed& left, const Expr& right_expr, const Capabilities& known);
  Typed infer_sets(const Binary& binary, const Expr& expr, const Capabilities& known);
  Typed infer_tags(const Binary& binary, const Expr& expr, const Capabilities& known);

  TypePtr type_of_equality(const Binary& binary, const TypePtr& left, const TypePtr& right) const;
  std::optional<EntityUid> entity_or_action(const Expr& expr) const;
  std::optional<std::vector<EntityUid>> entities_or_actions(const Expr& expr) const;
  TypePtr type_of_action_in(const EntityUid& action, const std::vector<EntityUid>& containers) const;
  bool may_be_in(std::string_view type, std::string_view container) const;
  const AttributeType* attribute(const Type& type, std::string_view name) const;
  bool check_constructor(const ExtensionInfo& info, const Call& call, Span span);

  /// False, and reported at the expression, when that is more than is left.
  bool spend(std::uint64_t steps, Span span);
  TypePtr joined(const TypePtr& a, const TypePtr& b, Span span);
  /// For messages.
  std::string name(const Type& type);
  /// What `known` calls the attribute or tag. Empty, which is never known, of an object too large to compare.
  static std::string capability(const Expr& object, std::string_view access);

  void report(Span span, std::string message);
  void report_unexpected(const Expr& expr, const Type& actual, std::string_view wanted);

  const Schema& schema_;
  const RequestEnvironment& environment_;
  ValidationBudget& budget_;
  std::vector<Finding>& errors_;
};

}  // namespace bailiwick::cedar
