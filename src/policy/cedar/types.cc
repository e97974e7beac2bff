#include "policy/cedar/types.h"

#include <algorithm>

namespace bailiwick::cedar {
namespace {

using Kind = Type::Kind;

bool same_keys(const AttributeTypes& a, const AttributeTypes& b) {
  return std::ranges::equal(a, b, {}, &AttributeTypes::value_type::first, &AttributeTypes::value_type::first);
}

bool is_subtype(const AttributeTypes& a, const AttributeTypes& b) {
  return same_keys(a, b) && std::ranges::equal(a, b, [](const auto& x, const auto& y) {
           return x.second.required == y.second.required && is_subtype(*x.second.type, *y.second.type);
         });
}

TypePtr least_upper_bound(const AttributeTypes& a, const AttributeTypes& b) {
  if (!same_keys(a, b)) return nullptr;
  AttributeTypes joined;
  for (auto x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) {
    TypePtr type = least_upper_bound(x->second.type, y->second.type);
    if (!type || x->second.required != y->second.required) return nullptr;
    joined.emplace(x->first, AttributeType{std::move(type), x->second.required});
  }
  return Type::record(std::move(joined));
}

}  // namespace

bool is_subtype(const Type& a, const Type& b) {
  if (a.is_boolean() && b.kind == Kind::kBool) return true;
  if (a.kind != b.kind) return false;
  if (a.kind == Kind::kSet) return is_subtype(*a.element, *b.element);
  if (a.kind == Kind::kRecord) return is_subtype(a.attributes, b.attributes);
  return a == b;
}

TypePtr least_upper_bound(const TypePtr& a, const TypePtr& b) {
  if (is_subtype(*a, *b)) return b;
  if (is_subtype(*b, *a)) return a;
  if (a->is_boolean() && b->is_boolean()) return Type::simple(Kind::kBool);
  if (a->kind != b->kind) return nullptr;
  if (a->kind == Kind::kSet) {
    TypePtr element = least_upper_bound(a->element, b->element);
    return element ? Type::set(std::move(element)) : nullptr;
  }
  return a->kind == Kind::kRecord ? least_upper_bound(a->attributes, b->attributes) : nullptr;
}

bool are_disjoint(const Type& a, const Type& b) {
  return a.kind == Kind::kEntity && b.kind == Kind::kEntity && a.entity != b.entity;
}

}  // namespace bailiwick::cedar
