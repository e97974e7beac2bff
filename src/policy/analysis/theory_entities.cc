// What types, hierarchy and schema say of entities.
#include <algorithm>

#include "policy/analysis/theory.h"

namespace bailiwick::cedar::analysis {

using Kind = Literal::Kind;

Kinds Theory::kinds_of(const Type& type) const {
  switch (type.kind) {
    case Type::Kind::kTrue:
    case Type::Kind::kFalse:
    case Type::Kind::kBool:
      return only(ValueKind::kBool);
    case Type::Kind::kLong:
      return only(ValueKind::kLong);
    case Type::Kind::kString:
      return only(ValueKind::kString);
    case Type::Kind::kSet:
      return only(ValueKind::kSet);
    case Type::Kind::kRecord:
      return only(ValueKind::kRecord);
    case Type::Kind::kEntity:
      return only(ValueKind::kEntity);
    case Type::Kind::kExtension:
      break;
  }
  switch (type.extension) {
    case ExtensionType::kDecimal:
      return only(ValueKind::kDecimal);
    case ExtensionType::kIp:
      return only(ValueKind::kIp);
    case ExtensionType::kDatetime:
      return only(ValueKind::kDatetime);
    default:
      return only(ValueKind::kDuration);
  }
}

bool Theory::exists(const TermClass& entity) {
  if (entity.is_principal || entity.is_resource) return true;
  auto present = [&](TermId term) { return !of(term).may_be(ValueKind::kError); };
  return std::ranges::any_of(entity.attributes, present) || std::ranges::any_of(entity.tags, present);
}

void Theory::type_attribute(TermId id, const AttributeType* attribute, bool exists) {
  TermClass& in = of(id);
  if (!attribute) {
    in.kinds &= kAbsent;
    return;
  }
  bool may_miss = !attribute->required || !exists;
  in.kinds &= kinds_of(*attribute->type) | (may_miss ? kAbsent : 0);
  in.schema_type = attribute->type.get();
}

void Theory::apply_attribute_type(TermId id) {
  const Term& term = terms_[id];
  TermClass& object = of(term.object);
  if (object.schema_type && object.schema_type->kind == Type::Kind::kRecord) {
    const auto& attributes = object.schema_type->attributes;
    auto found = attributes.find(term.name);
    bool there = !object.may_be(ValueKind::kError);
    return type_attribute(id, found == attributes.end() ? nullptr : &found->second, there);
  }
  if (object.type.empty() || !object.is(ValueKind::kEntity)) return;
  const EntityTypeInfo* info = world_.schema->entity_type(object.type);
  if (term.shape == Term::Shape::kTag) {
    if (!info || !info->tags) return type_attribute(id, nullptr, true);
    of(id).kinds &= kinds_of(*info->tags) | kAbsent;
    of(id).schema_type = info->tags.get();
    return;
  }
  if (!info || !info->shape) return type_attribute(id, nullptr, true);
  auto found = info->shape->attributes.find(term.name);
  type_attribute(id, found == info->shape->attributes.end() ? nullptr : &found->second, exists(object));
}

void Theory::apply_schema() {
  if (!world_.schema) return;
  // Types travel from objects to attributes and from sets to members, however terms were joined.
  for (int depth = 0; depth < 4; ++depth) {
    for (TermId id = 0; id < classes_.size(); ++id) {
      TermClass& in = of(id);
      if (in.is_principal) set_type(in, world_.principal);
      if (in.is_resource) set_type(in, world_.resource);
      if (in.is_context) in.schema_type = world_.context.get();
      if (in.schema_type && in.schema_type->kind == Type::Kind::kEntity && !in.may_be(ValueKind::kError))
        set_type(in, in.schema_type->entity);
      Term::Shape shape = terms_[id].shape;
      if (shape == Term::Shape::kAttribute || shape == Term::Shape::kTag) apply_attribute_type(id);
      if (!in.schema_type || in.schema_type->kind != Type::Kind::kSet) continue;
      for (TermId member : in.members) {
        of(member).schema_type = in.schema_type->element.get();
        of(member).kinds &= kinds_of(*in.schema_type->element);
      }
    }
  }
  for (TermId id = 0; id < classes_.size(); ++id) {
    if (root(id) == id && classes_[id].kinds == 0) return fail();
  }
}

void Theory::apply_entities() {
  for (TermId id = 0; id < classes_.size() && !failed_; ++id) {
    TermClass& in = classes_[id];
    if (root(id) != id) continue;
    if (std::ranges::find(in.not_types, in.type) != in.not_types.end() && !in.type.empty()) return fail();
    if (in.is_action && !in.type.empty() && !is_action_type(in.type)) return fail();
    for (TermId container : in.containers) apply_container(id, container);
  }
  if (!failed_) apply_hierarchy();
  if (!failed_ && world_.schema) apply_enumerations();
}

void Theory::apply_container(TermId a, TermId b) {
  std::string_view below = of(a).type, above = of(b).type;
  if (!world_.schema || below.empty() || above.empty()) return;
  if (is_action_type(below) && is_action_type(above)) {
    TermId x = of(a).constant, y = of(b).constant;
    if (x == kNoTerm || y == kNoTerm || x == y) return;
    const ActionInfo* group = world_.schema->action(terms_[y].value.as_entity().to_entity_uid());
    if (!group || !group->descendants.contains(terms_[x].value.as_entity().to_entity_uid())) fail();
    return;
  }
  const EntityTypeInfo* info = world_.schema->entity_type(above);
  if (info && info->descendants.contains(std::string(below))) return;
  if (below != above) return fail();
  derive(Literal::equal(a, b));
}

void Theory::apply_hierarchy() {
  std::vector<TermId> all;
  auto index_of = [&](TermId term) {
    auto found = std::ranges::find(all, root(term));
    if (found == all.end()) return all.push_back(root(term)), all.size() - 1;
    return static_cast<std::size_t>(found - all.begin());
  };
  std::vector<std::pair<std::size_t, std::size_t>> edges, gaps;
  for (TermId id = 0; id < classes_.size(); ++id) {
    if (root(id) != id) continue;
    for (TermId above : classes_[id].containers) edges.emplace_back(index_of(id), index_of(above));
    for (TermId above : classes_[id].not_containers) gaps.emplace_back(index_of(id), index_of(above));
  }
  std::size_t n = all.size();
  std::vector<bool> reach(n * n, false);
  for (std::size_t i = 0; i < n; ++i) {
    reach[i * n + i] = true;
    // What the schema says of actions is known.
    TermId x = classes_[all[i]].constant;
    if (!world_.schema || x == kNoTerm || !is_action_type(classes_[all[i]].type)) continue;
    for (std::size_t j = 0; j < n; ++j) {
      TermId y = classes_[all[j]].constant;
      if (y == kNoTerm) continue;
      const ActionInfo* group = world_.schema->action(terms_[y].value.as_entity().to_entity_uid());
      if (group && group->descendants.contains(terms_[x].value.as_entity().to_entity_uid()))
        reach[i * n + j] = true;
    }
  }
  for (auto [below, above] : edges) reach[below * n + above] = true;
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        if (reach[i * n + k] && reach[k * n + j]) reach[i * n + j] = true;
      }
    }
  }
  for (auto [below, above] : gaps) {
    if (reach[below * n + above]) return fail();
  }
  // Nothing is both above and below another.
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      if (reach[i * n + j] && reach[j * n + i]) derive(Literal::equal(all[i], all[j]));
    }
  }
}

void Theory::apply_enumerations() {
  for (TermId id = 0; id < classes_.size(); ++id) {
    const TermClass& in = classes_[id];
    if (root(id) != id || in.type.empty() || in.constant != kNoTerm) continue;
    if (!in.is(ValueKind::kEntity)) continue;
    const EntityTypeInfo* info = world_.schema->entity_type(in.type);
    if (!info || !info->is_enumerated()) continue;
    std::vector<TermId> left;
    for (const std::string& choice : info->choices) {
      TermId constant = terms_.entity({info->name, choice});
      if (constant >= classes_.size() || !differ(id, constant)) left.push_back(constant);
    }
    if (left.empty()) return fail();
    if (left.size() == 1) derive(Literal::equal(id, left.front()));
  }
}

std::vector<EntityUid> Theory::action_candidates() {
  TermClass& in = of(terms_.variable(Variable::kAction));
  auto constant_of = [&](TermId term) -> const Uid* {
    TermId constant = of(term).constant;
    bool known = constant != kNoTerm && terms_[constant].value.is(ValueKind::kEntity);
    return known ? &terms_[constant].value.as_entity() : nullptr;
  };
  auto same = [](const Uid& uid, const EntityUid& action) {
    return uid.id == action.id && uid.type == action.type;
  };
  // Of a container that is not known nothing is excluded.
  auto is_in = [&](const EntityUid& action, TermId container, bool unknown) {
    const Uid* group = constant_of(container);
    if (!group) return unknown;
    if (same(*group, action)) return true;
    const ActionInfo* info = world_.schema->action(group->to_entity_uid());
    return info && info->descendants.contains(action);
  };
  const Uid* itself = in.constant == kNoTerm ? nullptr : &terms_[in.constant].value.as_entity();
  auto fits = [&](const EntityUid& action) {
    if (itself && !same(*itself, action)) return false;
    if (!in.type.empty() && in.type != action.type) return false;
    auto is_other = [&](TermId term) {
      const Uid* uid = constant_of(term);
      return uid && same(*uid, action);
    };
    return std::ranges::find(in.not_types, action.type) == in.not_types.end() &&
           std::ranges::none_of(in.differs, is_other) &&
           std::ranges::all_of(in.containers, [&](TermId t) { return is_in(action, t, true); }) &&
           std::ranges::none_of(in.not_containers, [&](TermId t) { return is_in(action, t, false); });
  };
  std::vector<EntityUid> found;
  std::ranges::copy_if(world_.actions, std::back_inserter(found), fits);
  return found;
}

void Theory::apply_actions() {
  if (!world_.schema) return;
  TermId action = terms_.variable(Variable::kAction);
  if (action >= classes_.size()) {
    changed_ = true;  // now that the term is there, begin again
    return;
  }
  std::vector<EntityUid> candidates = action_candidates();
  if (candidates.empty()) return fail();
  if (candidates.size() > 1 || of(action).constant != kNoTerm) return;
  TermId constant = terms_.entity(candidates.front());
  derive(Literal::equal(action, constant));
}

}  // namespace bailiwick::cedar::analysis
