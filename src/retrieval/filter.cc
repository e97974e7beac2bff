#include "retrieval/filter.h"

#include <algorithm>

namespace bailiwick::retrieval {
namespace {

bool is_scalar(const json::value& value) {
  return value.is_string() || value.is_number() || value.is_bool();
}

/// Numbers are equal by value, however they were written.
bool same(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return a == b || a.to_number<double>() == b.to_number<double>();
  return a == b;
}

}  // namespace

Result<Filter> Filter::parse(const json::object& wanted) {
  Filter filter;
  for (const auto& [name, value] : wanted) {
    Key key{.name = std::string(name), .values = {}};
    if (value.is_array())
      key.values.assign(value.get_array().begin(), value.get_array().end());
    else
      key.values.push_back(value);
    if (key.values.empty() || !std::ranges::all_of(key.values, is_scalar)) {
      return fail(ErrorCode::kInvalid, "filter.invalid",
                  "filter '" + key.name + "' takes a string, number or boolean, or a list of them");
    }
    filter.keys_.push_back(std::move(key));
  }
  return filter;
}

bool Filter::matches(const json::object& metadata) const {
  auto meets = [&](const Key& key) {
    const json::value* held = metadata.if_contains(key.name);
    if (held == nullptr) return false;
    auto wanted = [&](const json::value& item) {
      return std::ranges::any_of(key.values, [&](const json::value& value) { return same(value, item); });
    };
    return held->is_array() ? std::ranges::any_of(held->get_array(), wanted) : wanted(*held);
  };
  return std::ranges::all_of(keys_, meets);
}

}  // namespace bailiwick::retrieval
