#include <algorithm>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "policy/cedar/est.h"
#include "policy/cedar/est_expression.h"
#include "policy/cedar/lexer.h"
#include "policy/cedar/operators.h"

namespace bailiwick::cedar {
namespace {

class PolicyReader {
 public:
  explicit PolicyReader(JsonReader& reader) : reader_(reader) {}

  Policy read(const json::value& value, std::string id) {
    Policy policy;
    policy.id = std::move(id);
    const json::object* object = reader_.object(value);
    if (!object) return policy;
    reader_.only(*object, {"effect", "principal", "action", "resource", "conditions", "annotations"});
    read_effect(*object, policy);
    at(*object, "principal",
       [&](const json::object& part) { read_scope(part, Slot::kPrincipal, policy.principal); });
    at(*object, "action", [&](const json::object& part) { read_action(part, policy.action); });
    at(*object, "resource",
       [&](const json::object& part) { read_scope(part, Slot::kResource, policy.resource); });
    read_conditions(*object, policy);
    read_annotations(*object, policy);
    return policy;
  }

 private:
  template <class Function>
  void at(const json::object& parent, std::string_view key, Function function) {
    const json::value* value = reader_.required(parent, key);
    if (!value) return;
    reader_.inside(key, [&] {
      if (const json::object* part = reader_.object(*value)) function(*part);
      return 0;
    });
  }

  std::string text(const json::object& parent, std::string_view key) {
    const json::value* value = reader_.required(parent, key);
    return value ? reader_.string(*value).value_or("") : "";
  }

  void read_effect(const json::object& object, Policy& policy) {
    std::string effect = text(object, "effect");
    if (effect == "forbid")
      policy.effect = Effect::kForbid;
    else if (effect != "permit")
      reader_.refuse("`effect` is permit or forbid");
  }

  void read_entity_or_slot(const json::object& parent, Slot own, ScopeConstraint& constraint) {
    if (const json::value* slot = parent.if_contains("slot")) {
      constraint.entity = own;
      bool named = slot->is_string() && std::string_view(slot->get_string()) == name_of(own);
      if (!named) reader_.refuse(fmt::format("the slot here is {}", name_of(own)));
    } else if (const json::value* entity = reader_.required(parent, "entity")) {
      if (auto uid = read_entity_json(reader_, *entity)) constraint.entity = std::move(*uid);
    }
  }

  void read_scope(const json::object& part, Slot own, ScopeConstraint& constraint) {
    using Kind = ScopeConstraint::Kind;
    std::string op = text(part, "op");
    if (op == "==" || op == "in") {
      constraint.kind = op == "in" ? Kind::kIn : Kind::kEqual;
      read_entity_or_slot(part, own, constraint);
    } else if (op == "is") {
      constraint.kind = Kind::kIs;
      if (auto type = read_entity_type_json(reader_, part)) constraint.type = std::move(*type);
      const json::value* in = part.if_contains("in");
      const json::object* container = in ? reader_.object(*in) : nullptr;
      if (!container) return;
      constraint.kind = Kind::kIsIn;
      read_entity_or_slot(*container, own, constraint);
    } else if (op != "All") {
      reader_.refuse("`op` is All, ==, in or is");
    }
  }

  void read_action(const json::object& part, ActionConstraint& constraint) {
    using Kind = ActionConstraint::Kind;
    std::string op = text(part, "op");
    if (op == "All") return;
    if (op != "==" && op != "in") return reader_.refuse("`op` of the action is All, == or in");
    const json::value* list = op == "in" ? part.if_contains("entities") : nullptr;
    const json::array* entities = list ? reader_.array(*list) : nullptr;
    constraint.kind = list ? Kind::kInList : op == "in" ? Kind::kIn : Kind::kEqual;
    auto add = [&](const json::value& value) {
      auto uid = read_entity_json(reader_, value);
      if (uid && !is_action_type(uid->type)) reader_.refuse("expected an action");
      constraint.entities.push_back(uid.value_or(EntityUid()));
    };
    for (std::size_t i = 0; entities && i < entities->size(); ++i) add((*entities)[i]);
    if (list) return;
    if (const json::value* entity = reader_.required(part, "entity")) add(*entity);
  }

  void read_conditions(const json::object& object, Policy& policy) {
    const json::value* value = reader_.required(object, "conditions");
    if (!value) return;
    reader_.inside("conditions", [&] {
      const json::array* array = reader_.array(*value);
      for (std::size_t i = 0; array && i < array->size(); ++i) {
        reader_.inside(i, [&] { return read_condition((*array)[i], policy), 0; });
      }
      return 0;
    });
  }

  void read_condition(const json::value& value, Policy& policy) {
    const json::object* object = reader_.object(value);
    if (!object) return;
    std::string kind = text(*object, "kind");
    if (kind != "when" && kind != "unless") reader_.refuse("`kind` is when or unless");
    const json::value* body = reader_.required(*object, "body");
    ExprPtr read_body =
        body ? reader_.inside("body", [&] { return read_expression_json(reader_, *body); }) : nullptr;
    if (!read_body) return;
    policy.conditions.push_back(
        {kind == "when" ? Condition::Kind::kWhen : Condition::Kind::kUnless, std::move(read_body)});
  }

  void read_annotations(const json::object& object, Policy& policy) {
    if (!object.contains("annotations")) return;
    at(object, "annotations", [&](const json::object& part) {
      for (const auto& [name, value] : part) {
        if (!is_identifier(name)) reader_.refuse("an annotation's name is an identifier");
        std::optional<std::string> annotation =
            value.is_null() ? std::optional<std::string>() : reader_.string(value);
        policy.annotations.push_back({std::string(name), std::move(annotation)});
      }
    });
  }

  JsonReader& reader_;
};

class PolicySetReader {
 public:
  explicit PolicySetReader(std::string root) : reader_(std::move(root)) {}

  std::vector<Policy> read(const json::object& object) {
    reader_.only(object, {"staticPolicies", "templates", "templateLinks"});
    std::vector<Policy> policies = read_named(object, "staticPolicies");
    templates_ = read_named(object, "templates");
    const json::value* links = object.if_contains("templateLinks");
    if (!links) return policies;
    reader_.inside("templateLinks", [&] {
      const json::array* array = reader_.array(*links);
      for (std::size_t i = 0; array && i < array->size(); ++i) {
        reader_.inside(i, [&] { return read_link((*array)[i], policies), 0; });
      }
      return 0;
    });
    return policies;
  }
  JsonReader& reader() { return reader_; }

 private:
  std::vector<Policy> read_named(const json::object& object, std::string_view key) {
    std::vector<Policy> policies;
    const json::value* value = object.if_contains(key);
    if (!value) return policies;
    reader_.inside(key, [&] {
      const json::object* named = reader_.object(*value);
      if (!named) return 0;
      for (const auto& [id, policy] : *named) {
        reader_.inside(id, [&] {
          policies.push_back(PolicyReader(reader_).read(policy, std::string(id)));
          bool wanted = key == "templates";
          if (policies.back().is_template() != wanted) {
            reader_.refuse(wanted ? "a template has a slot" : "a static policy has no slot");
          }
          return 0;
        });
      }
      return 0;
    });
    return policies;
  }

  std::optional<EntityUid> slot_value(const json::object& values, Slot slot) {
    const json::value* value = values.if_contains(name_of(slot));
    return value ? read_entity_json(reader_, *value) : std::nullopt;
  }

  void read_link(const json::value& value, std::vector<Policy>& policies) {
    const json::object* object = reader_.object(value);
    if (!object) return;
    const json::value* id = reader_.required(*object, "templateId");
    const json::value* new_id = reader_.required(*object, "newId");
    const json::value* values = reader_.required(*object, "values");
    if (!id || !new_id || !values || !values->is_object() || !id->is_string() || !new_id->is_string()) {
      return reader_.refuse("a link is {\"templateId\", \"newId\", \"values\"}");
    }
    auto found = std::ranges::find(templates_, std::string_view(id->get_string()), &Policy::id);
    if (found == templates_.end()) return reader_.refuse("there is no such template");
    auto linked =
        link(*found, std::string(new_id->get_string()), slot_value(values->get_object(), Slot::kPrincipal),
             slot_value(values->get_object(), Slot::kResource));
    if (!linked) return reader_.refuse(linked.error().message);
    policies.push_back(std::move(*linked));
  }

  JsonReader reader_;
  std::vector<Policy> templates_;
};

}  // namespace

Result<Policy> policy_from_json(const json::value& value, std::string id, std::string_view name) {
  JsonReader reader(fmt::format("{}#", name));
  Policy policy = PolicyReader(reader).read(value, std::move(id));
  if (!reader.failed()) return policy;
  return reader.failure("policy.json", fmt::format("{} is no valid policy", name));
}

Result<std::vector<Policy>> policies_from_json(const json::value& value, std::string_view name) {
  PolicySetReader set(fmt::format("{}#", name));
  std::vector<Policy> policies;
  if (const json::object* object = set.reader().object(value)) policies = set.read(*object);
  if (!set.reader().failed()) return policies;
  return set.reader().failure("policy.json", fmt::format("{} is no valid set of policies", name));
}

}  // namespace bailiwick::cedar
