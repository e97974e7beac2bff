#include "policy/analysis/model.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "policy/analysis/addresses.h"

namespace bailiwick::cedar::analysis {

std::unique_ptr<Witness> ModelBuilder::build() {
  Terms& terms = theory_.terms();
  made_.resize(terms.size());
  open_.resize(terms.size());
  numbers_ = theory_.numbers().values();
  if (!numbers_) return nullptr;
  for (TermId id = 0; id < terms.size(); ++id) {
    const Term& term = terms[id];
    if (term.shape == Term::Shape::kConstant && term.value.is(ValueKind::kEntity))
      used_.push_back(term.value.as_entity());
  }
  auto principal = value_of(terms.variable(Variable::kPrincipal));
  auto action = value_of(terms.variable(Variable::kAction));
  auto resource = value_of(terms.variable(Variable::kResource));
  auto context = value_of(terms.variable(Variable::kContext));
  if (!principal || !action || !resource || !context || !add_entities()) return nullptr;
  witness_->request = {.principal = principal->as_entity(),
                       .action = action->as_entity(),
                       .resource = resource->as_entity(),
                       .context = &context->as_record()};
  return std::move(witness_);
}

ValueKind ModelBuilder::kind_of_class(TermId root) {
  const TermClass& in = theory_.of(root);
  if (in.may_be(ValueKind::kError)) return ValueKind::kError;
  if (is_single(in.kinds)) return kind_of(in.kinds);
  if (!in.attributes.empty() && in.may_be(ValueKind::kRecord)) return ValueKind::kRecord;
  // Of the first ones there are always more that differ.
  for (ValueKind kind : {ValueKind::kString, ValueKind::kEntity, ValueKind::kLong, ValueKind::kDuration}) {
    if (in.may_be(kind)) return kind;
  }
  return kind_of(static_cast<Kinds>(in.kinds & -in.kinds));
}

std::optional<Value> ModelBuilder::value_of(TermId term) {
  TermId root = theory_.root(term);
  if (root >= made_.size() || open_[root]) return std::nullopt;  // a value within itself
  if (made_[root]) return made_[root];
  open_[root] = true;
  auto value = make_value(root);
  open_[root] = false;
  made_[root] = value;
  return value;
}

std::optional<Value> ModelBuilder::make_value(TermId root) {
  const TermClass& in = theory_.of(root);
  if (in.constant != kNoTerm) return keep(theory_.terms()[in.constant].value);
  ValueKind kind = kind_of_class(root);
  switch (kind) {
    case ValueKind::kError:
      return Value();
    case ValueKind::kString:
      return text_of(root);
    case ValueKind::kEntity:
      return entity_of(root);
    case ValueKind::kSet:
      return set_of(root);
    case ValueKind::kIp:
      return address_of(root);
    case ValueKind::kRecord: {
      bool failed = false;
      const Type* type = in.schema_type;
      const RecordData* record = record_of(root, type ? &type->attributes : nullptr, &failed);
      if (failed) return std::nullopt;
      return Value::record(record);
    }
    default:
      return number_of(root, kind);
  }
}

Value ModelBuilder::keep(const Value& value) {
  Arena& arena = witness_->arena;
  if (value.is(ValueKind::kString)) return Value::string(arena.copy(value.as_string()));
  if (value.is(ValueKind::kIp)) return Value::ip(arena.make(value.as_ip()));
  if (value.is(ValueKind::kEntity)) return keep_uid(value.as_entity().type, value.as_entity().id);
  return value;
}

Value ModelBuilder::keep_uid(std::string_view type, std::string_view id) {
  Arena& arena = witness_->arena;
  return Value::entity(arena.make(Uid(arena.copy(type), arena.copy(id))));
}

bool ModelBuilder::taken(const TermClass& in, const Value& value) const {
  return std::ranges::any_of(in.differs, [&](TermId other) {
    TermId root = theory_.root(other);
    TermId constant = theory_.of(root).constant;
    if (constant != kNoTerm) return theory_.terms()[constant].value == value;
    return root < made_.size() && made_[root] && *made_[root] == value;
  });
}

std::string ModelBuilder::name_of_class(TermId root) const {
  const Terms& terms = theory_.terms();
  if (terms[root].shape == Term::Shape::kAttribute) return std::string(terms[root].name);
  const TermClass& in = theory_.of(root);
  if (in.is_principal) return "someone";
  if (in.is_resource) return "something";
  return in.is_action ? "act" : "other";
}

std::optional<Value> ModelBuilder::number_of(TermId root, ValueKind kind) {
  auto made = [&](Wide number) {
    auto value = static_cast<std::int64_t>(number);
    return kind == ValueKind::kBool ? Value::boolean(value != 0) : Value::number(kind, value);
  };
  if (std::size_t node = theory_.number_node(root); node != 0) return made((*numbers_)[node]);
  if (is_single(theory_.of(root).kinds)) return made(0);
  return made(1000 + root);
}

std::optional<Value> ModelBuilder::text_of(TermId root) {
  const TermClass& in = theory_.of(root);
  if (!in.like.empty() || !in.unlike.empty()) {
    const Words& words = theory_.words().words(in.like, in.unlike, in.differs.size() + 2);
    for (const std::string& word : words.found) {
      if (!taken(in, Value::string(word))) return keep(Value::string(word));
    }
    return std::nullopt;
  }
  std::string name = name_of_class(root);
  for (int i = 0;; ++i) {
    std::string word = i == 0 ? name : fmt::format("{}{}", name, i);
    if (!taken(in, Value::string(word))) return keep(Value::string(word));
  }
}

std::optional<Value> ModelBuilder::address_of(TermId root) {
  const TermClass& in = theory_.of(root);
  AddressRules rules;
  auto known = [&](const std::vector<TermId>& ranges, std::vector<IpAddress>& out) {
    for (TermId range : ranges) {
      auto value = value_of(range);
      if (value && value->is(ValueKind::kIp)) out.push_back(value->as_ip());
    }
  };
  known(in.ranges, rules.in);
  known(in.not_ranges, rules.not_in);
  // A range that must hold an address may be that address.
  for (TermId inside : in.in_range_of_this) {
    TermId constant = theory_.of(inside).constant;
    if (constant != kNoTerm) rules.suggestions.push_back(theory_.terms()[constant].value.as_ip());
  }
  if (rules.in.empty() && rules.not_in.empty()) rules.suggestions.push_back(*IpAddress::parse("192.0.2.1"));
  Arena& arena = witness_->arena;
  for (const IpAddress& address : addresses_within(rules, in.differs.size() + 4).found) {
    Value value = Value::ip(arena.make(address));
    if (!taken(in, value)) return value;
  }
  return std::nullopt;
}

std::string ModelBuilder::type_of_entity(const TermClass& entity) const {
  if (!entity.type.empty()) return std::string(entity.type);
  if (entity.schema_type && entity.schema_type->kind == Type::Kind::kEntity)
    return entity.schema_type->entity;
  std::string_view kind = entity.is_principal  ? "User"
                          : entity.is_resource ? "Resource"
                          : entity.is_action   ? "Action"
                                               : "Entity";
  // An action stays one, in a namespace that no rule speaks of.
  for (int i = 0;; ++i) {
    std::string type = i == 0 ? std::string(kind) : fmt::format("Other{}::{}", i, kind);
    if (std::ranges::find(entity.not_types, type) == entity.not_types.end()) return type;
  }
}

std::optional<Value> ModelBuilder::entity_of(TermId root) {
  const TermClass& in = theory_.of(root);
  const World& world = theory_.world();
  if (in.is_action && world.schema) {
    std::vector<EntityUid> actions = theory_.action_candidates();
    if (actions.empty()) return std::nullopt;
    return keep_uid(actions.front().type, actions.front().id);
  }
  std::string type = type_of_entity(in), name = name_of_class(root);
  const EntityTypeInfo* info = world.schema ? world.schema->entity_type(type) : nullptr;
  if (info && info->is_enumerated()) {
    for (const std::string& choice : info->choices) {
      Value value = keep_uid(type, choice);
      if (!taken(in, value)) return value;
    }
    return std::nullopt;
  }
  for (int i = 0;; ++i) {
    Value value = keep_uid(type, i == 0 ? name : fmt::format("{}{}", name, i));
    if (std::ranges::find(used_, value.as_entity()) != used_.end()) continue;
    used_.push_back(value.as_entity());
    return value;
  }
}

std::optional<Value> ModelBuilder::set_of(TermId root) {
  std::vector<Value> elements;
  for (TermId member : theory_.of(root).members) {
    auto value = value_of(member);
    if (!value || value->is_error()) return std::nullopt;
    elements.push_back(*value);
  }
  Arena& arena = witness_->arena;
  std::span<Value> kept = arena.make_array<Value>(elements.size());
  std::ranges::copy(elements, kept.begin());
  return Value::set(make_set(arena, kept));
}

const RecordData* ModelBuilder::record_of(TermId root, const AttributeTypes* types, bool* failed) {
  const TermClass& in = theory_.of(root);
  const Terms& terms = theory_.terms();
  Arena& arena = witness_->arena;
  std::vector<Field> fields;
  auto has = [&](std::string_view name) {
    return std::ranges::find(fields, name, &Field::name) != fields.end();
  };
  for (TermId attribute : in.attributes) {
    auto value = value_of(attribute);
    if (!value) *failed = true;
    if (!value || value->is_error() || has(terms[attribute].name)) continue;
    fields.push_back({arena.copy(terms[attribute].name), *value});
  }
  if (types) {
    for (const auto& [name, type] : *types) {
      if (type.required && !has(name)) fields.push_back({arena.copy(name), default_value(*type.type)});
    }
  } else if (!in.differs.empty() && in.record_literals.empty() && in.may_be(ValueKind::kRecord)) {
    // Nothing else may tell it apart from the others.
    fields.push_back({arena.copy("unlike"), Value::integer(root)});
  }
  std::span<Field> kept = arena.make_array<Field>(fields.size());
  std::ranges::copy(fields, kept.begin());
  return make_record(arena, kept);
}

const RecordData* ModelBuilder::tags_of(const TermClass& entity, bool* failed) {
  const Terms& terms = theory_.terms();
  std::vector<Field> fields;
  for (TermId tag : entity.tags) {
    auto value = value_of(tag), key = value_of(terms[tag].key);
    if (!value || !key) *failed = true;
    if (!value || !key || value->is_error() || !key->is(ValueKind::kString)) continue;
    if (std::ranges::find(fields, key->as_string(), &Field::name) != fields.end()) continue;
    fields.push_back({key->as_string(), *value});
  }
  if (fields.empty()) return nullptr;
  std::span<Field> kept = witness_->arena.make_array<Field>(fields.size());
  std::ranges::copy(fields, kept.begin());
  return make_record(witness_->arena, kept);
}

Value ModelBuilder::default_value(const Type& type) {
  Arena& arena = witness_->arena;
  switch (type.kind) {
    case Type::Kind::kTrue:
    case Type::Kind::kFalse:
    case Type::Kind::kBool:
      return Value::boolean(false);
    case Type::Kind::kLong:
      return Value::integer(0);
    case Type::Kind::kString:
      return Value::string("");
    case Type::Kind::kSet:
      return Value::set(arena.make(SetData{}));
    case Type::Kind::kEntity: {
      const EntityTypeInfo* info = theory_.world().schema->entity_type(type.entity);
      return keep_uid(type.entity, info && info->is_enumerated() ? info->choices.front() : "any");
    }
    case Type::Kind::kRecord: {
      std::vector<Field> fields;
      for (const auto& [name, attribute] : type.attributes) {
        if (attribute.required) fields.push_back({arena.copy(name), default_value(*attribute.type)});
      }
      std::span<Field> kept = arena.make_array<Field>(fields.size());
      std::ranges::copy(fields, kept.begin());
      return Value::record(make_record(arena, kept));
    }
    case Type::Kind::kExtension:
      break;
  }
  if (type.extension == ExtensionType::kIp) return Value::ip(arena.make(*IpAddress::parse("192.0.2.1")));
  auto kind = type.extension == ExtensionType::kDecimal    ? ValueKind::kDecimal
              : type.extension == ExtensionType::kDatetime ? ValueKind::kDatetime
                                                           : ValueKind::kDuration;
  return Value::number(kind, 0);
}

bool ModelBuilder::add_entity(TermId root, EntitiesBuilder& builder) {
  const TermClass& in = theory_.of(root);
  const World& world = theory_.world();
  auto uid = value_of(root);
  if (!uid || !uid->is(ValueKind::kEntity)) return false;
  if (world.action_entities && world.action_entities->find(uid->as_entity())) return true;
  const EntityTypeInfo* info = world.schema ? world.schema->entity_type(uid->as_entity().type) : nullptr;
  bool failed = false;
  const AttributeTypes* types = info && info->shape ? &info->shape->attributes : nullptr;
  bool needed =
      in.is_principal || in.is_resource || in.is_action || !in.containers.empty() || theory_.exists(in);
  if (!needed) return true;
  const RecordData* attributes = record_of(root, types, &failed);
  const RecordData* tags = tags_of(in, &failed);
  std::vector<Uid> parents;
  for (TermId container : in.containers) {
    auto parent = value_of(container);
    if (!parent || !parent->is(ValueKind::kEntity)) return false;
    bool known = std::ranges::find(parents, parent->as_entity()) != parents.end();
    if (!known && !(parent->as_entity() == uid->as_entity())) parents.push_back(parent->as_entity());
  }
  return !failed && builder.add(uid->as_entity(), attributes, tags, std::move(parents)).has_value();
}

bool ModelBuilder::add_entities() {
  EntitiesBuilder builder;
  for (TermId root = 0; root < made_.size(); ++root) {
    if (theory_.root(root) != root || kind_of_class(root) != ValueKind::kEntity) continue;
    if (!add_entity(root, builder)) return false;
  }
  auto entities = builder.build(theory_.world().action_entities);
  if (!entities) return false;
  witness_->entities = std::move(*entities);
  return true;
}

}  // namespace bailiwick::cedar::analysis
