// Counts in JSON that upstreams wrote.
#pragma once

#include <algorithm>
#include <optional>

#include "base/json.h"

namespace bailiwick::routing::translation {

/// So that counts can be added up, whoever wrote them.
inline constexpr std::int64_t kMostCounted = 10'000'000;

/// Empty when there is none, or it is no whole number.
inline std::optional<std::int64_t> find_count(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const std::int64_t* count = value != nullptr ? value->if_int64() : nullptr;
  if (count == nullptr) return {};
  return std::clamp<std::int64_t>(*count, 0, kMostCounted);
}

/// 0 for nothing.
inline std::int64_t count_member(const json::object& object, std::string_view key) {
  return find_count(object, key).value_or(0);
}

}  // namespace bailiwick::routing::translation
