#include <fmt/format.h>

#include "policy/cedar/est.h"
#include "policy/cedar/extension.h"
#include "policy/cedar/operators.h"

namespace bailiwick::cedar {
namespace {

json::object entity_json(const EntityUid& uid) {
  return {{"type", uid.type}, {"id", uid.id}};
}

json::object pair(std::string_view op, json::value left, json::value right) {
  return {{op, json::object{{"left", std::move(left)}, {"right", std::move(right)}}}};
}

json::value write(const Expr& expr);

json::value write(const Literal& literal) {
  return std::visit(Overloaded{
                        [](const EntityUid& uid) {
                          return json::object{{"Value", json::object{{"__entity", entity_json(uid)}}}};
                        },
                        [](const auto& value) { return json::object{{"Value", value}}; },
                    },
                    literal.value);
}
json::value write(Variable variable) {
  return json::object{{"Var", name_of(variable)}};
}
json::value write(const SlotReference& reference) {
  return json::object{{"Slot", name_of(reference.slot)}};
}
json::value write(const Unary& unary) {
  std::string_view op = unary.op == UnaryOp::kNot ? "!" : unary.op == UnaryOp::kNegate ? "neg" : "isEmpty";
  return json::object{{op, json::object{{"arg", write(*unary.operand)}}}};
}
json::value write(const Binary& binary) {
  return pair(info_of(binary.op).sign, write(*binary.left), write(*binary.right));
}
json::value write(const Logic& logic) {
  json::value joined = write(*logic.operands.front());
  for (std::size_t i = 1; i < logic.operands.size(); ++i) {
    joined = pair(logic.op == LogicOp::kAnd ? "&&" : "||", std::move(joined), write(*logic.operands[i]));
  }
  return joined;
}
json::value write(const Conditional& conditional) {
  return json::object{{"if-then-else", json::object{{"if", write(*conditional.test)},
                                                    {"then", write(*conditional.then)},
                                                    {"else", write(*conditional.otherwise)}}}};
}
json::value write(const GetAttribute& get) {
  return json::object{{".", json::object{{"left", write(*get.object)}, {"attr", get.name}}}};
}
json::value write(const HasAttribute& has) {
  json::value object = write(*has.object), joined;
  for (std::size_t i = 0; i < has.path.size(); ++i) {
    json::object asks{{"has", json::object{{"left", object}, {"attr", has.path[i]}}}};
    joined =
        i == 0 ? json::value(std::move(asks)) : json::value(pair("&&", std::move(joined), std::move(asks)));
    object = json::object{{".", json::object{{"left", std::move(object)}, {"attr", has.path[i]}}}};
  }
  return joined;
}
json::value write(const Like& like) {
  json::array pattern;
  for (std::size_t i = 0; i < like.pattern.pieces.size(); ++i) {
    if (i > 0) pattern.emplace_back("Wildcard");
    if (!like.pattern.pieces[i].empty()) pattern.push_back(json::object{{"Literal", like.pattern.pieces[i]}});
  }
  return json::object{
      {"like", json::object{{"left", write(*like.subject)}, {"pattern", std::move(pattern)}}}};
}
json::value write(const IsType& is) {
  json::object body{{"left", write(*is.subject)}, {"entity_type", is.type}};
  if (is.container) body["in"] = write(*is.container);
  return json::object{{"is", std::move(body)}};
}
json::array write_all(const std::vector<ExprPtr>& items) {
  json::array out;
  for (const ExprPtr& item : items) out.push_back(write(*item));
  return out;
}
json::value write(const SetLiteral& set) {
  return json::object{{"Set", write_all(set.elements)}};
}
json::value write(const RecordLiteral& record) {
  json::object fields;
  for (const auto& [key, value] : record.fields) fields[key] = write(*value);
  return json::object{{"Record", std::move(fields)}};
}
json::value write(const Call& call) {
  return json::object{{call.function, write_all(call.arguments)}};
}

json::value write(const Expr& expr) {
  return std::visit([](const auto& node) { return write(node); }, expr.node);
}

void add_entity(json::object& out, const std::variant<EntityUid, Slot>& entity) {
  if (const auto* slot = std::get_if<Slot>(&entity))
    out["slot"] = name_of(*slot);
  else
    out["entity"] = entity_json(std::get<EntityUid>(entity));
}

json::object scope_json(const ScopeConstraint& constraint) {
  using Kind = ScopeConstraint::Kind;
  json::object out;
  switch (constraint.kind) {
    case Kind::kAny:
      return {{"op", "All"}};
    case Kind::kEqual:
      out["op"] = "==";
      break;
    case Kind::kIn:
      out["op"] = "in";
      break;
    case Kind::kIs:
      return {{"op", "is"}, {"entity_type", constraint.type}};
    case Kind::kIsIn: {
      json::object in;
      add_entity(in, constraint.entity);
      return {{"op", "is"}, {"entity_type", constraint.type}, {"in", std::move(in)}};
    }
  }
  add_entity(out, constraint.entity);
  return out;
}

json::object action_json(const ActionConstraint& constraint) {
  using Kind = ActionConstraint::Kind;
  if (constraint.kind == Kind::kAny) return {{"op", "All"}};
  if (constraint.kind != Kind::kInList) {
    return {{"op", constraint.kind == Kind::kEqual ? "==" : "in"},
            {"entity", entity_json(constraint.entities[0])}};
  }
  json::array entities;
  for (const EntityUid& uid : constraint.entities) entities.push_back(entity_json(uid));
  return {{"op", "in"}, {"entities", std::move(entities)}};
}

}  // namespace

json::value to_json(const Expr& expr) {
  return write(expr);
}

json::object to_json(const Policy& policy) {
  json::object out{{"effect", policy.effect == Effect::kPermit ? "permit" : "forbid"},
                   {"principal", scope_json(policy.principal)},
                   {"action", action_json(policy.action)},
                   {"resource", scope_json(policy.resource)}};
  json::array conditions;
  for (const Condition& condition : policy.conditions) {
    conditions.push_back(json::object{{"kind", condition.kind == Condition::Kind::kWhen ? "when" : "unless"},
                                      {"body", write(*condition.body)}});
  }
  out["conditions"] = std::move(conditions);
  json::object annotations;
  for (const Annotation& annotation : policy.annotations)
    annotations[annotation.name] = annotation.value.value_or("");
  if (!annotations.empty()) out["annotations"] = std::move(annotations);
  return out;
}

}  // namespace bailiwick::cedar
