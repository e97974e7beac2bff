// Strict JSON in, canonical JSON out.
//
// parse_json refuses duplicate keys at any depth, invalid UTF-8, NUL bytes, numbers that do not fit, and
// nesting past 64, so that what we read is what anyone else reads. Values are Boost.JSON.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "base/result.h"

namespace bailiwick {

namespace json = boost::json;

enum class NulBytes { kRefused, kAllowed };

/// What a reader that knows its input may loosen.
struct JsonRules {
  NulBytes nul_bytes = NulBytes::kRefused;
  std::size_t max_depth = 64;
  std::size_t max_values = std::numeric_limits<std::size_t>::max();
};

/// Errors: kInvalid `json.malformed`, `json.duplicate_key` with the JSON pointer of the place.
Result<json::value> parse_json(std::string_view text, const JsonRules& rules = {},
                               json::storage_ptr storage = {});
/// The same, and the top must be an object.
Result<json::object> parse_json_object(std::string_view text, json::storage_ptr storage = {},
                                       const JsonRules& rules = {});

/// RFC 8785 order (keys sorted by UTF-16 code units), no spaces: equal values give equal bytes.
std::string canonical_json(const json::value& value);
void append_canonical_json(std::string& out, const json::value& value);
void append_canonical_json(std::string& out, const json::object& object);
/// Two spaces of indent, keys in the order they stand; for people.
std::string pretty_json(const json::value& value);
/// Appends `text` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view text);

}  // namespace bailiwick
