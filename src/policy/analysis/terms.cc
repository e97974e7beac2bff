#include "policy/analysis/terms.h"

#include <bit>

namespace bailiwick::cedar::analysis {

ValueKind kind_of(Kinds single) {
  return static_cast<ValueKind>(std::countr_zero(single));
}

// The terms of two policies are few: looking at each is cheaper than hashing them.
template <class Same>
TermId Terms::find_or_add(Term made, Same same) {
  for (TermId id = 0; id < size(); ++id) {
    if (terms_[id].shape == made.shape && same(terms_[id])) return id;
  }
  terms_.push_back(std::move(made));
  return size() - 1;
}

TermId Terms::variable(Variable variable) {
  return find_or_add({.shape = Term::Shape::kVariable, .variable = variable},
                     [&](const Term& term) { return term.variable == variable; });
}

TermId Terms::constant(const Value& value) {
  return find_or_add({.shape = Term::Shape::kConstant, .value = value},
                     [&](const Term& term) { return term.value == value; });
}

TermId Terms::entity(const EntityUid& uid) {
  Uid named(uid);
  for (TermId id = 0; id < size(); ++id) {
    const Term& term = terms_[id];
    bool is_entity = term.shape == Term::Shape::kConstant && term.value.is(ValueKind::kEntity);
    if (is_entity && term.value.as_entity() == named) return id;
  }
  return constant(Value::entity(arena_.make(Uid(arena_.copy(uid.type), arena_.copy(uid.id)))));
}

TermId Terms::attribute(TermId object, std::string_view name) {
  return find_or_add({.shape = Term::Shape::kAttribute, .object = object, .name = name},
                     [&](const Term& term) { return term.object == object && term.name == name; });
}

TermId Terms::tag(TermId object, TermId key) {
  return find_or_add({.shape = Term::Shape::kTag, .object = object, .key = key},
                     [&](const Term& term) { return term.object == object && term.key == key; });
}

TermId Terms::set(std::vector<TermId> elements) {
  auto same = [elements](const Term& term) { return term.parts == elements; };
  return find_or_add({.shape = Term::Shape::kSet, .parts = std::move(elements)}, same);
}

TermId Terms::record(std::vector<std::string_view> names, std::vector<TermId> fields) {
  auto same = [names, fields](const Term& term) { return term.names == names && term.parts == fields; };
  return find_or_add({.shape = Term::Shape::kRecord, .parts = std::move(fields), .names = std::move(names)},
                     same);
}

TermId Terms::computed(std::uint32_t operation, std::vector<TermId> operands) {
  auto same = [operation, operands](const Term& term) {
    return term.role == operation && term.parts == operands;
  };
  return find_or_add({.shape = Term::Shape::kComputed, .parts = std::move(operands), .role = operation},
                     same);
}

TermId Terms::unknown(std::uint64_t origin, std::uint32_t role) {
  return find_or_add({.shape = Term::Shape::kUnknown, .origin = origin, .role = role},
                     [&](const Term& term) { return term.origin == origin && term.role == role; });
}

}  // namespace bailiwick::cedar::analysis
