// The tree of a Cedar policy, as it was written.
//
// Immutable once parsed. Its depth is bounded by the parser, so every walk of it may recurse.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "policy/cedar/source.h"
#include "policy/cedar/text.h"

namespace bailiwick::cedar {

/// `PhotoApp::User::"alice"`: the type is a full name, the id any text.
struct EntityUid {
  std::string type;
  std::string id;

  friend bool operator==(const EntityUid&, const EntityUid&) = default;
  friend auto operator<=>(const EntityUid&, const EntityUid&) = default;
};
/// As Cedar writes it, quotes and escapes included.
std::string to_string(const EntityUid& uid);
/// The last part of a name is `Action`: the type of actions.
bool is_action_type(std::string_view type);

enum class Variable { kPrincipal, kAction, kResource, kContext };
/// A hole of a template, filled when it is linked.
enum class Slot { kPrincipal, kResource };

enum class UnaryOp { kNot, kNegate, kIsEmpty };
enum class BinaryOp {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAdd,
  kSubtract,
  kMultiply,
  kIn,
  kContains,
  kContainsAll,
  kContainsAny,
  kHasTag,
  kGetTag,
};
enum class LogicOp { kAnd, kOr };

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;

struct Literal {
  std::variant<bool, std::int64_t, std::string, EntityUid> value;
};
struct SlotReference {
  Slot slot;
};
struct Unary {
  UnaryOp op;
  ExprPtr operand;
};
struct Binary {
  BinaryOp op;
  ExprPtr left, right;
};
/// `a && b && c` as one node of three: long chains stay shallow.
struct Logic {
  LogicOp op;
  std::vector<ExprPtr> operands;
};
struct Conditional {
  ExprPtr test, then, otherwise;
};
struct GetAttribute {
  ExprPtr object;
  std::string name;
};
/// `e has a.b.c`: e has a, and that has b, and that has c.
struct HasAttribute {
  ExprPtr object;
  std::vector<std::string> path;
};
struct Like {
  ExprPtr subject;
  Pattern pattern;
};
/// `e is T`, or `e is T in container`.
struct IsType {
  ExprPtr subject;
  std::string type;
  ExprPtr container;  ///< null without `in`
};
struct SetLiteral {
  std::vector<ExprPtr> elements;
};
struct RecordLiteral {
  std::vector<std::pair<std::string, ExprPtr>> fields;  ///< in the order they were written
};
/// A function or method of an extension type; a method's object is the first argument.
struct Call {
  std::string function;
  std::vector<ExprPtr> arguments;
};

struct Expr {
  using Node = std::variant<Literal, Variable, SlotReference, Unary, Binary, Logic, Conditional, GetAttribute,
                            HasAttribute, Like, IsType, SetLiteral, RecordLiteral, Call>;
  Node node;
  Span span;
  // Of the tree below, this node included.
  int depth = 1;
  std::uint64_t size = 1;  ///< nodes
};
/// The only maker of expressions: it knows their depth and size.
ExprPtr make_expression(Expr::Node node, Span span);
/// Calls back with each expression right below this one, in order.
void each_child(const Expr& expr, const std::function<void(const Expr&)>& visit);

/// Visitors of a variant in one place.
template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

enum class Effect { kPermit, kForbid };

/// What the scope asks of the principal or of the resource.
struct ScopeConstraint {
  enum class Kind { kAny, kEqual, kIn, kIs, kIsIn };
  Kind kind = Kind::kAny;
  std::string type;                                    ///< of kIs and kIsIn
  std::variant<EntityUid, Slot> entity = EntityUid();  ///< of kEqual, kIn and kIsIn
  Span span;

  bool has_slot() const { return std::holds_alternative<Slot>(entity); }
  bool names_entity() const { return kind != Kind::kAny && kind != Kind::kIs; }
};

struct ActionConstraint {
  enum class Kind { kAny, kEqual, kIn, kInList };
  Kind kind = Kind::kAny;
  std::vector<EntityUid> entities;
  Span span;
};

struct Condition {
  enum class Kind { kWhen, kUnless };
  Kind kind;
  ExprPtr body;
};

struct Annotation {
  std::string name;
  std::optional<std::string> value;
};

/// One `permit` or `forbid`. With a slot in its scope it is a template and decides nothing until linked.
struct Policy {
  std::string id;  ///< `policy0` and so on, in the order of the text, unless the caller names them
  std::vector<Annotation> annotations;
  Effect effect = Effect::kPermit;
  ScopeConstraint principal;
  ActionConstraint action;
  ScopeConstraint resource;
  std::vector<Condition> conditions;
  Span span;

  bool is_template() const { return principal.has_slot() || resource.has_slot(); }
  /// The annotation's value; empty when there is none of that name, or it has no value.
  std::string annotation(std::string_view name) const;
};

/// Fills the slots of a template. Errors: kInvalid `policy.link` when an entity for a slot is missing.
Result<Policy> link(const Policy& source, std::string id, const std::optional<EntityUid>& principal,
                    const std::optional<EntityUid>& resource);

/// The conditions as one expression; true when there are none.
ExprPtr conditions_expression(const Policy& policy);
/// Scope and conditions as one expression: what must be true for the policy to apply.
ExprPtr whole_expression(const Policy& policy);

}  // namespace bailiwick::cedar
