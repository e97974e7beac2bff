// Members of JSON objects that others wrote: of the type that is looked for, or nothing.
#pragma once

#include "base/json.h"

namespace bailiwick {

/// Empty when there is none, or it is no string. Lives as long as the object is left alone.
inline std::string_view text_member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

/// Null when there is none, or it is no object.
inline const json::object* object_member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr ? value->if_object() : nullptr;
}

}  // namespace bailiwick
