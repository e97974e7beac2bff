#include "policy/cedar/format.h"

#include <fmt/format.h>

#include "policy/cedar/extension.h"
#include "policy/cedar/lexer.h"
#include "policy/cedar/operators.h"

namespace bailiwick::cedar {
namespace {

/// How tightly an expression binds; a part that binds less than its place wants parentheses.
enum class Binding { kConditional, kOr, kAnd, kRelation, kSum, kProduct, kUnary, kMember };

Binding binding_of(BinaryOp op) {
  if (info_of(op).is_method) return Binding::kMember;
  if (op == BinaryOp::kAdd || op == BinaryOp::kSubtract) return Binding::kSum;
  return op == BinaryOp::kMultiply ? Binding::kProduct : Binding::kRelation;
}

bool is_plain_name(std::string_view name) {
  return is_identifier(name) && !is_reserved_word(name);
}

class Printer {
 public:
  std::string print(const Expr& expr, Binding place) {
    Binding own = std::visit([](const auto& node) { return binding(node); }, expr.node);
    std::string text = std::visit([this](const auto& node) { return print(node); }, expr.node);
    return own < place ? "(" + text + ")" : text;
  }

 private:
  static Binding binding(const Literal& literal) {
    const auto* number = std::get_if<std::int64_t>(&literal.value);
    return number && *number < 0 ? Binding::kUnary : Binding::kMember;
  }
  static Binding binding(const Unary& unary) {
    return unary.op == UnaryOp::kIsEmpty ? Binding::kMember : Binding::kUnary;
  }
  static Binding binding(const Binary& binary) { return binding_of(binary.op); }
  static Binding binding(const Logic& logic) {
    return logic.op == LogicOp::kOr ? Binding::kOr : Binding::kAnd;
  }
  static Binding binding(const Conditional&) { return Binding::kConditional; }
  static Binding binding(const HasAttribute&) { return Binding::kRelation; }
  static Binding binding(const Like&) { return Binding::kRelation; }
  static Binding binding(const IsType&) { return Binding::kRelation; }
  template <class Node>
  static Binding binding(const Node&) {
    return Binding::kMember;
  }

  std::string print(const Literal& literal) {
    return std::visit(Overloaded{
                          [](bool value) { return std::string(value ? "true" : "false"); },
                          [](std::int64_t value) { return std::to_string(value); },
                          [](const std::string& text) { return to_literal(text); },
                          [](const EntityUid& uid) { return to_string(uid); },
                      },
                      literal.value);
  }
  std::string print(Variable variable) { return std::string(name_of(variable)); }
  std::string print(const SlotReference& reference) { return std::string(name_of(reference.slot)); }
  std::string print(const Unary& unary) {
    if (unary.op == UnaryOp::kIsEmpty) return print(*unary.operand, Binding::kMember) + ".isEmpty()";
    // A minus before a number would become part of it, and five signs in a row are none of Cedar's.
    return (unary.op == UnaryOp::kNot ? "!" : "-") + print_operand(*unary.operand);
  }
  std::string print_operand(const Expr& operand) {
    const auto* literal = std::get_if<Literal>(&operand.node);
    bool number = literal && std::holds_alternative<std::int64_t>(literal->value);
    std::string text = print(operand, Binding::kMember);
    return number && text.front() != '(' ? "(" + text + ")" : text;
  }
  std::string print(const Binary& binary) {
    const BinaryOpInfo& op = info_of(binary.op);
    if (op.is_method) {
      return fmt::format("{}.{}({})", print(*binary.left, Binding::kMember), op.sign,
                         print(*binary.right, Binding::kConditional));
    }
    // Sums and products group from the left; comparisons do not chain.
    Binding own = binding_of(binary.op);
    Binding tighter = static_cast<Binding>(static_cast<int>(own) + 1);
    Binding left = own == Binding::kRelation ? tighter : own;
    return fmt::format("{} {} {}", print(*binary.left, left), op.sign, print(*binary.right, tighter));
  }
  std::string print(const Logic& logic) {
    Binding place = logic.op == LogicOp::kOr ? Binding::kAnd : Binding::kRelation;
    std::string out;
    for (const ExprPtr& operand : logic.operands) {
      if (!out.empty()) out += logic.op == LogicOp::kOr ? " || " : " && ";
      out += print(*operand, place);
    }
    return out;
  }
  std::string print(const Conditional& conditional) {
    return fmt::format("if {} then {} else {}", print(*conditional.test, Binding::kConditional),
                       print(*conditional.then, Binding::kConditional),
                       print(*conditional.otherwise, Binding::kConditional));
  }
  std::string print(const GetAttribute& get) {
    std::string object = print(*get.object, Binding::kMember);
    return is_plain_name(get.name) ? object + "." + get.name
                                   : fmt::format("{}[{}]", object, to_literal(get.name));
  }
  std::string print(const HasAttribute& has) {
    std::string path;
    for (const std::string& part : has.path) path += (path.empty() ? "" : ".") + part;
    bool plain = has.path.size() > 1 || is_plain_name(has.path.front());
    return fmt::format("{} has {}", print(*has.object, Binding::kSum),
                       plain ? path : to_literal(has.path.front()));
  }
  std::string print(const Like& like) {
    return fmt::format("{} like {}", print(*like.subject, Binding::kSum), to_literal(like.pattern));
  }
  std::string print(const IsType& is) {
    std::string text = fmt::format("{} is {}", print(*is.subject, Binding::kSum), is.type);
    return is.container ? text + " in " + print(*is.container, Binding::kSum) : text;
  }
  std::string print(const SetLiteral& set) { return "[" + print_all(set.elements, 0) + "]"; }
  std::string print(const RecordLiteral& record) {
    std::string out;
    for (const auto& [key, value] : record.fields) {
      out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", is_plain_name(key) ? key : to_literal(key),
                         print(*value, Binding::kConditional));
    }
    return "{" + out + "}";
  }
  std::string print(const Call& call) {
    const ExtensionInfo* info = extension_function(call.function);
    if (!info || info->style == CallStyle::kFunction || call.arguments.empty()) {
      return fmt::format("{}({})", call.function, print_all(call.arguments, 0));
    }
    return fmt::format("{}.{}({})", print(*call.arguments.front(), Binding::kMember), call.function,
                       print_all(call.arguments, 1));
  }
  std::string print_all(const std::vector<ExprPtr>& items, std::size_t from) {
    std::string out;
    for (std::size_t i = from; i < items.size(); ++i) {
      out += (i > from ? ", " : "") + print(*items[i], Binding::kConditional);
    }
    return out;
  }
};

std::string scope_text(std::string_view variable, const ScopeConstraint& constraint) {
  using Kind = ScopeConstraint::Kind;
  const auto* slot = std::get_if<Slot>(&constraint.entity);
  std::string entity;
  if (constraint.names_entity()) {
    entity = slot ? std::string(name_of(*slot)) : to_string(std::get<EntityUid>(constraint.entity));
  }
  switch (constraint.kind) {
    case Kind::kAny:
      return std::string(variable);
    case Kind::kEqual:
      return fmt::format("{} == {}", variable, entity);
    case Kind::kIn:
      return fmt::format("{} in {}", variable, entity);
    case Kind::kIs:
      return fmt::format("{} is {}", variable, constraint.type);
    case Kind::kIsIn:
      return fmt::format("{} is {} in {}", variable, constraint.type, entity);
  }
  return {};
}

std::string action_text(const ActionConstraint& constraint) {
  using Kind = ActionConstraint::Kind;
  std::string list;
  for (const EntityUid& uid : constraint.entities) list += (list.empty() ? "" : ", ") + to_string(uid);
  switch (constraint.kind) {
    case Kind::kAny:
      return "action";
    case Kind::kEqual:
      return "action == " + list;
    case Kind::kIn:
      return "action in " + list;
    case Kind::kInList:
      return "action in [" + list + "]";
  }
  return {};
}

}  // namespace

std::string to_string(const Expr& expr) {
  return Printer().print(expr, Binding::kConditional);
}

std::string to_string(const Policy& policy) {
  std::string out;
  for (const Annotation& annotation : policy.annotations) {
    out += "@" + annotation.name;
    if (annotation.value) out += "(" + to_literal(*annotation.value) + ")";
    out += '\n';
  }
  out += fmt::format("{} (\n  {},\n  {},\n  {}\n)", policy.effect == Effect::kPermit ? "permit" : "forbid",
                     scope_text("principal", policy.principal), action_text(policy.action),
                     scope_text("resource", policy.resource));
  for (const Condition& condition : policy.conditions) {
    out += fmt::format("\n{} {{ {} }}", condition.kind == Condition::Kind::kWhen ? "when" : "unless",
                       to_string(*condition.body));
  }
  return out + ";\n";
}

std::string to_string(const std::vector<Policy>& policies) {
  std::string out;
  for (const Policy& policy : policies) out += (out.empty() ? "" : "\n") + to_string(policy);
  return out;
}

}  // namespace bailiwick::cedar
