#include "policy/cedar/scope_keys.h"

namespace bailiwick::cedar {
namespace {

EntityKey entity_key(const ScopeConstraint& constraint, Program& program) {
  using Kind = ScopeConstraint::Kind;
  EntityKey key;
  if (constraint.kind == Kind::kIs || constraint.kind == Kind::kIsIn)
    key.type = program.arena().copy(constraint.type);
  if (!constraint.names_entity()) return key;
  const EntityUid& uid = std::get<EntityUid>(constraint.entity);
  key.symbol = program.entity_names().intern(uid.type, uid.id);
  key.match = constraint.kind == Kind::kEqual ? EntityKey::Match::kExact : EntityKey::Match::kWithin;
  if (constraint.kind == Kind::kEqual) key.type = program.entity_names().name(key.symbol).type;
  return key;
}

/// A variable, or attributes of one: what a table's lookup can evaluate.
bool is_path(const Expr& expr) {
  const Expr* at = &expr;
  while (const auto* get = std::get_if<GetAttribute>(&at->node)) at = get->object.get();
  return std::holds_alternative<Variable>(at->node);
}

bool is_plain_literal(const Expr& expr) {
  return std::holds_alternative<Literal>(expr.node);
}

/// Gives true or false whatever the request is.
bool cannot_fail(const Expr& expr) {
  auto is_variable = [](const Expr& e) { return std::holds_alternative<Variable>(e.node); };
  auto is_certain = [&](const Expr& e) { return is_variable(e) || is_plain_literal(e); };
  auto is_entity_variable = [&](const Expr& e) {
    const auto* variable = std::get_if<Variable>(&e.node);
    return variable && *variable != Variable::kContext;
  };
  return std::visit(
      Overloaded{
          [](const Literal& literal) { return std::holds_alternative<bool>(literal.value); },
          [&](const Unary& unary) { return unary.op == UnaryOp::kNot && cannot_fail(*unary.operand); },
          [&](const Binary& binary) {
            bool compares = binary.op == BinaryOp::kEqual || binary.op == BinaryOp::kNotEqual;
            return compares && is_certain(*binary.left) && is_certain(*binary.right);
          },
          [&](const Logic& logic) {
            for (const ExprPtr& operand : logic.operands) {
              if (!cannot_fail(*operand)) return false;
            }
            return true;
          },
          [&](const HasAttribute& has) { return has.path.size() == 1 && is_variable(*has.object); },
          [&](const IsType& is) { return !is.container && is_entity_variable(*is.subject); },
          [](const auto&) { return false; },
      },
      expr.node);
}

class ValueKeyFinder {
 public:
  ValueKeyFinder(Program& program, std::vector<ValueKey>& keys) : program_(program), keys_(keys) {}

  /// False when what comes behind may no longer be a key.
  bool walk(const Expr& expr) {
    if (const auto* logic = std::get_if<Logic>(&expr.node); logic && logic->op == LogicOp::kAnd) {
      for (const ExprPtr& operand : logic->operands) {
        if (!walk(*operand)) return false;
      }
      return true;
    }
    if (take(expr)) return false;
    return cannot_fail(expr);
  }

 private:
  bool take(const Expr& expr) {
    const auto* binary = std::get_if<Binary>(&expr.node);
    if (!binary || binary->op != BinaryOp::kEqual) return false;
    bool forward = is_path(*binary->left) && is_plain_literal(*binary->right);
    bool backward = is_path(*binary->right) && is_plain_literal(*binary->left);
    if (!forward && !backward) return false;
    const Expr& path = forward ? *binary->left : *binary->right;
    const Expr& literal = forward ? *binary->right : *binary->left;
    std::uint32_t node = program_.add(path);
    keys_.push_back({node, program_.constant(program_.node(program_.add(literal)).a)});
    return true;
  }

  Program& program_;
  std::vector<ValueKey>& keys_;
};

ScopeParts parts_of(const EntityKey& key, ScopePart entity, ScopePart type) {
  if (key.match == EntityKey::Match::kExact) return entity;  // the type with it
  return (key.match == EntityKey::Match::kAny ? 0U : entity) | (key.type.empty() ? 0U : type);
}

}  // namespace

ScopeParts ScopeKeys::parts() const {
  return parts_of(principal, kPrincipalPart, kPrincipalTypePart) |
         parts_of(resource, kResourcePart, kResourceTypePart) |
         (action_match == EntityKey::Match::kAny ? 0U : kActionPart);
}

ScopeKeys scope_keys(const Policy& policy, Program& program) {
  ScopeKeys keys;
  keys.principal = entity_key(policy.principal, program);
  keys.resource = entity_key(policy.resource, program);
  if (policy.action.kind != ActionConstraint::Kind::kAny) {
    keys.action_match = policy.action.kind == ActionConstraint::Kind::kEqual ? EntityKey::Match::kExact
                                                                             : EntityKey::Match::kWithin;
    for (const EntityUid& uid : policy.action.entities)
      keys.actions.push_back(program.entity_names().intern(uid.type, uid.id));
  }
  ValueKeyFinder finder(program, keys.values);
  for (const Condition& condition : policy.conditions) {
    if (condition.kind == Condition::Kind::kWhen ? !finder.walk(*condition.body)
                                                 : !cannot_fail(*condition.body)) {
      break;
    }
  }
  return keys;
}

std::uint64_t hash_value(const Value& value) {
  auto kind = static_cast<std::uint64_t>(value.kind());
  switch (value.kind()) {
    case ValueKind::kString:
      return hash_text(value.as_string(), kind);
    case ValueKind::kEntity:
      return value.as_entity().hash ^ kind;
    case ValueKind::kSet:
    case ValueKind::kRecord:
    case ValueKind::kIp:
    case ValueKind::kError:
      return kind;
    case ValueKind::kBool:
    case ValueKind::kLong:
    case ValueKind::kDecimal:
    case ValueKind::kDatetime:
    case ValueKind::kDuration:
      break;
  }
  std::int64_t number = value.as_number();
  return hash_text({reinterpret_cast<const char*>(&number), sizeof(number)}, kind);
}

}  // namespace bailiwick::cedar
