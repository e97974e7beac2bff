// What sets, records, numbers, texts and addresses say.
#include <algorithm>
#include <limits>

#include "policy/analysis/addresses.h"
#include "policy/analysis/theory.h"

namespace bailiwick::cedar::analysis {

using Kind = Literal::Kind;

namespace {

constexpr std::uint32_t kElementOfOneOnly = 1000;  // role of what tells two sets apart
constexpr Wide kLeastLong = std::numeric_limits<std::int64_t>::min();
constexpr Wide kMostLong = std::numeric_limits<std::int64_t>::max();
constexpr Wide kFar = Wide{1} << 100;

}  // namespace

void Theory::apply_records() {
  for (TermId id = 0; id < classes_.size(); ++id) {
    if (root(id) != id) continue;
    for (TermId literal : classes_[id].record_literals) {
      const Term& record = terms_[literal];
      for (std::size_t i = 0; i < record.parts.size(); ++i)
        derive(Literal::equal(terms_.attribute(literal, record.names[i]), record.parts[i]));
      // It has these attributes and no others.
      for (TermId attribute : classes_[id].attributes) {
        bool known = std::ranges::find(record.names, terms_[attribute].name) != record.names.end();
        if (!known) derive(Literal::kinds_of(attribute, kAbsent));
      }
    }
  }
}

void Theory::apply_set_literal(TermId id, TermId literal) {
  for (TermId member : of(id).members) {
    const std::vector<TermId>& parts = terms_[literal].parts;
    if (std::ranges::any_of(parts, [&](TermId part) { return root(part) == root(member); })) continue;
    Choice choice;
    for (TermId part : parts) {
      if (compatible(member, part)) choice.push_back({.literals = {Literal::equal(member, part)}});
    }
    if (choice.empty()) return fail();
    if (choice.size() == 1)
      derive(choice.front().literals.front());
    else
      propose(std::move(choice));
  }
}

void Theory::apply_set_relation(const Literal& literal) {
  switch (literal.kind) {
    case Kind::kSubset:
      for (TermId member : of(literal.a).members) derive(Literal::of(Kind::kMember, literal.b, member));
      for (TermId other : of(literal.b).not_members) derive(Literal::of(Kind::kNotMember, literal.a, other));
      return;
    case Kind::kDisjoint:
      for (TermId member : of(literal.a).members) derive(Literal::of(Kind::kNotMember, literal.b, member));
      for (TermId member : of(literal.b).members) derive(Literal::of(Kind::kNotMember, literal.a, member));
      return;
    case Kind::kMembersKinds:
      for (TermId member : of(literal.a).members) derive(Literal::kinds_of(member, literal.kinds));
      return;
    case Kind::kInNone:
      for (TermId member : of(literal.b).members) derive(Literal::of(Kind::kNotIn, literal.a, member));
      return;
    default:
      return;
  }
}

void Theory::apply_sets() {
  for (TermId id = 0; id < classes_.size() && !failed_; ++id) {
    if (root(id) != id) continue;
    TermClass& in = classes_[id];
    if (in.is_empty && !in.members.empty()) return fail();
    for (TermId literal : in.set_literals) apply_set_literal(id, literal);
    for (TermId member : in.members) {
      derive(Literal::kinds_of(member, kPresent));
      for (TermId other : in.not_members) {
        if (root(member) == root(other)) return fail();
        derive(Literal::differ(member, other));
      }
    }
  }
  // By index: conclusions are added behind.
  for (std::size_t i = 0; i < literals_.size() && !failed_; ++i) apply_set_relation(Literal(literals_[i]));
}

void Theory::apply_set_difference(TermId a, TermId b) {
  auto told_apart = [&](const TermClass& one, const TermClass& other) {
    return std::ranges::any_of(one.members, [&](TermId member) {
      return std::ranges::any_of(other.not_members,
                                 [&](TermId not_member) { return root(member) == root(not_member); }) ||
             other.is_empty;
    });
  };
  if (told_apart(of(a), of(b)) || told_apart(of(b), of(a))) return;
  // Named for the two sets, whichever terms stand for them.
  TermId element = terms_.unknown(std::uint64_t{a} << 32 | b, kElementOfOneOnly);
  auto in_first_only = [&](TermId x, TermId y) {
    return Alternative{
        .literals = {Literal::of(Kind::kMember, x, element), Literal::of(Kind::kNotMember, y, element)}};
  };
  propose({in_first_only(a, b), in_first_only(b, a)});
}

std::size_t Theory::node_of(TermId term) {
  if (term == kNoTerm) return 0;
  std::size_t& node = nodes_[root(term)];
  if (node != 0) return node;
  const TermClass& in = of(term);
  bool is_number = is_single(in.kinds) && (in.kinds & kNumbers) != 0;
  if (in.constant != kNoTerm && is_number) {
    const Value& value = terms_[in.constant].value;
    Wide number = value.is(ValueKind::kBool) ? Wide{value.as_bool()} : Wide{value.as_number()};
    return node = numbers_.add(number, number);
  }
  if (in.is(ValueKind::kBool)) return node = numbers_.add(0, 1);
  // What overflows is a number, and none of Cedar's.
  return node = is_number ? numbers_.add(kLeastLong, kMostLong) : numbers_.add(-kFar, kFar);
}

void Theory::apply_numbers() {
  numbers_ = {};
  nodes_.assign(terms_.size(), 0);
  bool any = false;
  for (const Literal& literal : literals_) {
    if (literal.kind == Kind::kAtMost)
      numbers_.at_most(node_of(literal.a), node_of(literal.b), literal.bound);
    else if (literal.kind == Kind::kSum)
      numbers_.sum(node_of(literal.a), node_of(literal.b), node_of(literal.c));
    else if (literal.kind == Kind::kProduct)
      numbers_.product(node_of(literal.a), node_of(literal.b), node_of(literal.c));
    else if (literal.kind == Kind::kFunction)
      numbers_.function(node_of(literal.a), literal.function, node_of(literal.b));
    else
      continue;
    any = true;
  }
  for (TermId id = 0; id < classes_.size(); ++id) {
    const TermClass& in = classes_[id];
    if (root(id) != id || in.differs.empty() || !is_single(in.kinds) || (in.kinds & kNumbers) == 0) continue;
    for (TermId other : in.differs) {
      if (of(other).kinds != in.kinds || root(other) < id) continue;
      numbers_.differ(node_of(id), node_of(other));
      any = true;
    }
  }
  if (!any) return;
  if (!numbers_.close()) return fail();
  for (TermId id = 0; id < classes_.size(); ++id) {
    const TermClass& in = classes_[id];
    if (root(id) != id || nodes_[id] == 0 || in.constant != kNoTerm || !is_single(in.kinds)) continue;
    Wide value = numbers_.low(nodes_[id]);
    if ((in.kinds & kNumbers) == 0 || value != numbers_.high(nodes_[id])) continue;
    if (value < kLeastLong || value > kMostLong) return fail();
    TermId constant = terms_.constant(
        in.is(ValueKind::kBool) ? Value::boolean(value != 0)
                                : Value::number(kind_of(in.kinds), static_cast<std::int64_t>(value)));
    derive(Literal::equal(id, constant));
  }
}

void Theory::apply_words() {
  for (TermId id = 0; id < classes_.size(); ++id) {
    const TermClass& in = classes_[id];
    if (root(id) != id || (in.like.empty() && in.unlike.empty())) continue;
    if (in.constant != kNoTerm) {
      const Value& value = terms_[in.constant].value;
      if (!value.is(ValueKind::kString)) continue;
      auto matches = [&](const Pattern* pattern) { return pattern->matches(value.as_string()); };
      if (!std::ranges::all_of(in.like, matches) || std::ranges::any_of(in.unlike, matches)) return fail();
      continue;
    }
    const Words& words = words_.words(in.like, in.unlike, in.differs.size() + 2);
    std::vector<std::string_view> left;
    for (const std::string& word : words.found) {
      bool taken = std::ranges::any_of(in.differs, [&](TermId other) {
        TermId constant = of(other).constant;
        return constant != kNoTerm && terms_[constant].value == Value::string(word);
      });
      if (!taken) left.emplace_back(word);
    }
    if (!words.all) continue;
    if (left.empty()) return fail();
    if (left.size() == 1)
      derive(Literal::equal(id, terms_.constant(Value::string(terms_.arena().copy(left.front())))));
  }
}

void Theory::apply_addresses() {
  for (TermId id = 0; id < classes_.size(); ++id) {
    const TermClass& in = classes_[id];
    if (root(id) != id || (in.ranges.empty() && in.not_ranges.empty())) continue;
    AddressRules rules;
    auto known = [&](const std::vector<TermId>& ranges, std::vector<IpAddress>& out) {
      for (TermId range : ranges) {
        TermId constant = of(range).constant;
        if (constant == kNoTerm || !terms_[constant].value.is(ValueKind::kIp)) continue;
        out.push_back(terms_[constant].value.as_ip());
      }
    };
    known(in.ranges, rules.in);
    known(in.not_ranges, rules.not_in);
    if (in.constant != kNoTerm) {
      const Value& value = terms_[in.constant].value;
      if (!value.is(ValueKind::kIp)) continue;
      auto holds = [&](const IpAddress& range) { return value.as_ip().is_in(range); };
      if (!std::ranges::all_of(rules.in, holds) || std::ranges::any_of(rules.not_in, holds)) return fail();
      continue;
    }
    known(in.differs, rules.not_equal);
    Addresses addresses = addresses_within(rules, 2);
    if (!addresses.all) continue;
    if (addresses.found.empty()) return fail();
    if (addresses.found.size() == 1)
      derive(Literal::equal(id, terms_.constant(Value::ip(terms_.arena().make(addresses.found.front())))));
  }
}

}  // namespace bailiwick::cedar::analysis
