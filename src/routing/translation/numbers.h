// Counts in JSON that upstreams wrote.
#pragma once

#include <algorithm>

#include "base/json.h"

namespace bailiwick::routing::translation {

/// So that counts can be added up, whoever wrote them.
inline constexpr std::int64_t kMostCounted = 1'000'000'000'000;

/// 0 when there is none, or it is no whole number from 0 on.
inline std::int64_t count_member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const std::int64_t* count = value != nullptr ? value->if_int64() : nullptr;
  return count != nullptr ? std::clamp<std::int64_t>(*count, 0, kMostCounted) : 0;
}

}  // namespace bailiwick::routing::translation
