#include "policy/analysis/theory.h"

#include <algorithm>

namespace bailiwick::cedar::analysis {

using Kind = Literal::Kind;

const Words& WordCache::words(const std::vector<const Pattern*>& like,
                              const std::vector<const Pattern*>& unlike, std::size_t limit) {
  auto [known, added] = known_.try_emplace({like, unlike, limit});
  if (added) known->second = words_like(like, unlike, limit);
  return known->second;
}

void TermClass::clear() {
  kinds = kAnyKind;
  constant = kNoTerm;
  is_principal = is_action = is_resource = is_context = is_empty = false;
  schema_type = nullptr;
  type = {};
  not_types.clear();
  like.clear();
  unlike.clear();
  for (auto* terms : {&set_literals, &record_literals, &attributes, &tags, &containers, &not_containers,
                      &members, &not_members, &ranges, &not_ranges, &in_range_of_this, &differs})
    terms->clear();
}

TermId Theory::root(TermId term) {
  // Terms made while conclusions are drawn have not been joined to any.
  while (term < parents_.size() && parents_[term] != term) term = parents_[term] = parents_[parents_[term]];
  return term;
}

void Theory::join(TermId a, TermId b) {
  a = root(a);
  b = root(b);
  if (a != b) parents_[std::max(a, b)] = std::min(a, b);
}

void Theory::derive(Literal literal) {
  if (literal.kind == Kind::kEqual && root(literal.a) == root(literal.b)) return;
  if (literal.kind == Kind::kDiffer && differ(literal.a, literal.b)) return;
  if (std::ranges::find(literals_, literal) != literals_.end()) return;
  literals_.push_back(literal);
  changed_ = true;
}

void Theory::propose(Choice choice) {
  if (split_.empty() || choice.size() < split_.size()) split_ = std::move(choice);
}

bool Theory::differ(TermId a, TermId b) {
  if (root(a) >= classes_.size()) return false;
  return std::ranges::any_of(of(a).differs, [&](TermId other) { return root(other) == root(b); });
}

bool Theory::compatible(TermId a, TermId b) {
  if (root(a) == root(b)) return true;
  const TermClass &x = of(a), &y = of(b);
  if ((x.kinds & y.kinds & kPresent) == 0 || differ(a, b)) return false;
  if (x.constant != kNoTerm && y.constant != kNoTerm) return false;
  return x.type.empty() || y.type.empty() || x.type == y.type;
}

Theory::Verdict Theory::run() {
  for (int round = 0; round < kRounds; ++round) {
    changed_ = failed_ = false;
    split_.clear();
    unify();
    gather();
    using Step = void (Theory::*)();
    for (Step step : {&Theory::apply_schema, &Theory::apply_entities, &Theory::apply_actions,
                      &Theory::apply_records, &Theory::apply_sets, &Theory::apply_differences}) {
      if (!failed_) (this->*step)();
    }
    // The dear ones only when the cheap ones have nothing more to say.
    for (Step step : {&Theory::apply_numbers, &Theory::apply_words, &Theory::apply_addresses}) {
      if (!failed_ && !changed_) (this->*step)();
    }
    if (failed_) return Verdict::kContradiction;
    if (!changed_ && classes_.size() == terms_.size()) break;
  }
  return split_.empty() ? Verdict::kOpen : Verdict::kSplit;
}

void Theory::unify() {
  parents_.resize(terms_.size());
  for (TermId id = 0; id < parents_.size(); ++id) parents_[id] = id;
  for (const Literal& literal : literals_) {
    if (literal.kind == Kind::kEqual) join(literal.a, literal.b);
  }
  apply_congruence();
}

bool Theory::congruent(const Term& a, const Term& b) {
  if (a.shape != b.shape) return false;
  auto same = [&](TermId x, TermId y) { return root(x) == root(y); };
  switch (a.shape) {
    case Term::Shape::kAttribute:
      return same(a.object, b.object) && a.name == b.name;
    case Term::Shape::kTag:
      return same(a.object, b.object) && same(a.key, b.key);
    case Term::Shape::kSet:
      return std::ranges::equal(a.parts, b.parts, same);
    case Term::Shape::kComputed:
      return a.role == b.role && std::ranges::equal(a.parts, b.parts, same);
    case Term::Shape::kRecord:
      return a.names == b.names && std::ranges::equal(a.parts, b.parts, same);
    default:
      return false;
  }
}

void Theory::apply_congruence() {
  for (bool joined = true; joined;) {
    joined = false;
    for (TermId a = 0; a < terms_.size(); ++a) {
      for (TermId b = a + 1; b < terms_.size(); ++b) {
        if (root(a) == root(b) || !congruent(terms_[a], terms_[b])) continue;
        join(a, b);
        joined = true;
      }
    }
  }
}

void Theory::gather() {
  classes_.resize(terms_.size());
  for (TermClass& each : classes_) each.clear();
  for (TermId id = 0; id < terms_.size(); ++id) gather_term(id);
  for (const Literal& literal : literals_) gather_literal(literal);
  for (TermId id = 0; id < terms_.size(); ++id) {
    if (root(id) == id && classes_[id].kinds == 0) return fail();
  }
}

void Theory::gather_term(TermId id) {
  const Term& term = terms_[id];
  TermClass& in = of(id);
  switch (term.shape) {
    case Term::Shape::kVariable:
      in.is_principal |= term.variable == Variable::kPrincipal;
      in.is_action |= term.variable == Variable::kAction;
      in.is_resource |= term.variable == Variable::kResource;
      in.is_context |= term.variable == Variable::kContext;
      in.kinds &= only(term.variable == Variable::kContext ? ValueKind::kRecord : ValueKind::kEntity);
      return;
    case Term::Shape::kConstant:
      if (in.constant != kNoTerm) fail();
      in.constant = id;
      in.kinds &= only(term.value.kind());
      if (term.value.is(ValueKind::kEntity)) set_type(in, term.value.as_entity().type);
      return;
    case Term::Shape::kAttribute:
      of(term.object).attributes.push_back(id);
      return;
    case Term::Shape::kTag:
      of(term.object).tags.push_back(id);
      return;
    case Term::Shape::kSet:
      in.kinds &= only(ValueKind::kSet);
      in.set_literals.push_back(id);
      for (TermId part : term.parts) in.members.push_back(part);
      return;
    case Term::Shape::kRecord:
      in.kinds &= only(ValueKind::kRecord);
      in.record_literals.push_back(id);
      return;
    case Term::Shape::kComputed:
    case Term::Shape::kUnknown:
      return;
  }
}

void Theory::set_type(TermClass& entity, std::string_view type) {
  if (!entity.type.empty() && entity.type != type) fail();
  entity.type = type;
}

void Theory::gather_literal(const Literal& literal) {
  TermClass* a = literal.a == kNoTerm ? nullptr : &of(literal.a);
  switch (literal.kind) {
    case Kind::kKinds:
      a->kinds &= literal.kinds;
      return;
    case Kind::kEqual:
      a->kinds &= kPresent;
      return;
    case Kind::kDiffer:
      a->kinds &= kPresent;
      of(literal.b).kinds &= kPresent;
      if (root(literal.a) == root(literal.b)) fail();
      a->differs.push_back(literal.b);
      of(literal.b).differs.push_back(literal.a);
      return;
    case Kind::kLike:
      a->like.push_back(literal.pattern);
      return;
    case Kind::kUnlike:
      a->unlike.push_back(literal.pattern);
      return;
    case Kind::kIn:
      a->containers.push_back(literal.b);
      return;
    case Kind::kNotIn:
      a->not_containers.push_back(literal.b);
      return;
    case Kind::kIs:
      return set_type(*a, literal.name);
    case Kind::kIsNot:
      a->not_types.push_back(literal.name);
      return;
    case Kind::kMember:
      a->members.push_back(literal.b);
      return;
    case Kind::kNotMember:
      a->not_members.push_back(literal.b);
      return;
    case Kind::kEmpty:
      a->is_empty = true;
      return;
    case Kind::kInRange:
      a->ranges.push_back(literal.b);
      of(literal.b).in_range_of_this.push_back(literal.a);
      return;
    case Kind::kNotInRange:
      a->not_ranges.push_back(literal.b);
      if (root(literal.a) == root(literal.b)) fail();
      return;
    default:
      return;  // of sets and numbers, whose rules read them where they stand
  }
}

void Theory::apply_differences() {
  // Values of different constants differ without being told.
  for (TermId id = 0; id < classes_.size(); ++id) {
    if (root(id) != id) continue;
    for (TermId other : classes_[id].differs) {
      bool both_sets = classes_[id].is(ValueKind::kSet) && of(other).is(ValueKind::kSet);
      if (both_sets && id < root(other)) apply_set_difference(id, root(other));
    }
  }
}

Choice Theory::refine() {
  // Two numbers that differ: one is the smaller.
  for (TermId id = 0; id < classes_.size(); ++id) {
    if (root(id) != id) continue;
    for (TermId other : classes_[id].differs) {
      std::size_t x = number_node(id), y = number_node(other);
      if (x == 0 || y == 0 || id > root(other)) continue;
      if (numbers_.high(x) < numbers_.low(y) || numbers_.high(y) < numbers_.low(x)) continue;
      Literal less = Literal::at_most(id, other, -1), greater = Literal::at_most(other, id, -1);
      if (std::ranges::find(literals_, less) != literals_.end()) continue;
      if (std::ranges::find(literals_, greater) != literals_.end()) continue;
      return {{.literals = {less}}, {.literals = {greater}}};
    }
  }
  for (TermId id = 0; id < classes_.size(); ++id) {
    Kinds kinds = classes_[id].kinds;
    if (root(id) != id || is_single(kinds) || kinds == kAnyKind) continue;
    Choice choice;
    for (unsigned bit = 0; bit < 11; ++bit) {
      auto kind = static_cast<Kinds>(1U << bit);
      if ((kinds & kind) != 0) choice.push_back({.literals = {Literal::kinds_of(id, kind)}});
    }
    return choice;
  }
  return {};
}

}  // namespace bailiwick::cedar::analysis
