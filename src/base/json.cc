#include "base/json.h"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/excerpt.h"

namespace bailiwick {
namespace {

std::string pointer_token(std::string_view key) {
  std::string token;
  for (char c : excerpt(key)) {
    if (c == '~')
      token += "~0";
    else if (c == '/')
      token += "~1";
    else
      token += c;
  }
  return token;
}

Error malformed(std::string message, std::string pointer) {
  Error error(ErrorCode::kInvalid, "json.malformed", message);
  error.problems.push_back({pointer.empty() ? "/" : std::move(pointer), std::move(message)});
  return error;
}

/// Turns simdjson's tape into Boost.JSON, refusing what simdjson alone would let pass.
class Converter {
 public:
  Converter(const JsonRules& rules, json::storage_ptr storage)
      : rules_(rules), storage_(std::move(storage)) {}

  Result<json::value> convert(simdjson::dom::element element) {
    using Type = simdjson::dom::element_type;
    if (++values_ > rules_.max_values)
      return std::unexpected(malformed(fmt::format("more than {} values", rules_.max_values), pointer()));
    switch (element.type()) {
      case Type::OBJECT:
        return object(element);
      case Type::ARRAY:
        return array(element);
      case Type::STRING:
        return string(element.get_string().value_unsafe());
      case Type::INT64:
        return json::value(element.get_int64().value_unsafe());
      case Type::UINT64:
        return json::value(element.get_uint64().value_unsafe());
      case Type::DOUBLE:
        return json::value(element.get_double().value_unsafe());
      case Type::BOOL:
        return json::value(element.get_bool().value_unsafe());
      case Type::NULL_VALUE:
        return json::value(nullptr);
    }
    return std::unexpected(malformed("unknown JSON type", pointer()));
  }

 private:
  Result<json::value> string(std::string_view text) {
    if (refuses(text)) {
      return std::unexpected(malformed("strings may not hold NUL", pointer()));
    }
    return json::value(json::string(text, storage_));
  }

  Result<json::value> object(simdjson::dom::element element) {
    json::object out(storage_);
    for (auto [key, value] : simdjson::dom::object(element)) {
      path_.push_back({key, 0});
      if (refuses(key)) {
        return std::unexpected(malformed("keys may not hold NUL", pointer()));
      }
      if (out.contains(key)) {
        Error error =
            malformed(fmt::format("the key \"{}\" stands twice; keep one", excerpt(key)), pointer());
        error.reason = "json.duplicate_key";
        return std::unexpected(std::move(error));
      }
      TRY(json::value converted, convert(value));
      out.emplace(key, std::move(converted));
      path_.pop_back();
    }
    return json::value(std::move(out));
  }

  Result<json::value> array(simdjson::dom::element element) {
    json::array out(storage_);
    std::size_t index = 0;
    for (simdjson::dom::element item : simdjson::dom::array(element)) {
      path_.push_back({{}, index++});
      TRY(json::value converted, convert(item));
      out.push_back(std::move(converted));
      path_.pop_back();
    }
    return json::value(std::move(out));
  }

  /// Of where the conversion stands.
  std::string pointer() const {
    std::string text;
    for (const Step& step : path_) {
      text += "/" + (step.key.data() ? pointer_token(step.key) : std::to_string(step.index));
    }
    return text;
  }

  bool refuses(std::string_view text) const {
    return rules_.nul_bytes == NulBytes::kRefused && text.find('\0') != std::string_view::npos;
  }

  /// A member, or an item when there is no key.
  struct Step {
    std::string_view key;
    std::size_t index;
  };

  const JsonRules& rules_;
  json::storage_ptr storage_;
  std::size_t values_ = 0;
  std::vector<Step> path_;
};

bool utf16_less(std::string_view a, std::string_view b) {
  // UTF-8 order differs from UTF-16 order only between U+E000..U+FFFF and the supplementary planes.
  auto weight = [](unsigned char c) -> int {
    return c >= 0xf0 ? 0xee00 + c : c >= 0xee ? 0xff00 + c : c * 256;
  };
  auto difference = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (difference.first == a.end()) return difference.second != b.end();
  if (difference.second == b.end()) return false;
  return weight(static_cast<unsigned char>(*difference.first)) <
         weight(static_cast<unsigned char>(*difference.second));
}

void write_canonical(std::string& out, const json::value& value);

void write_canonical(std::string& out, const json::object& object) {
  std::vector<const json::key_value_pair*> members;
  members.reserve(object.size());
  for (const auto& member : object) members.push_back(&member);
  std::sort(members.begin(), members.end(), [](auto* a, auto* b) { return utf16_less(a->key(), b->key()); });
  out += '{';
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, members[i]->key());
    out += ':';
    write_canonical(out, members[i]->value());
  }
  out += '}';
}

void write_canonical(std::string& out, const json::value& value) {
  if (const json::object* object = value.if_object()) {
    write_canonical(out, *object);
  } else if (const json::array* array = value.if_array()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      write_canonical(out, (*array)[i]);
    }
    out += ']';
  } else if (const json::string* text = value.if_string()) {
    append_json_string(out, *text);
  } else {
    out += json::serialize(value);
  }
}

void write_pretty(std::string& out, const json::value& value, std::size_t indent) {
  auto line = [&](std::size_t depth) { out += '\n', out.append(depth * 2, ' '); };
  if (const json::object* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    bool first = true;
    for (const auto& member : *object) {
      if (!first) out += ',';
      first = false;
      line(indent + 1);
      append_json_string(out, member.key());
      out += ": ";
      write_pretty(out, member.value(), indent + 1);
    }
    line(indent);
    out += '}';
  } else if (const json::array* array = value.if_array(); array != nullptr && !array->empty()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      line(indent + 1);
      write_pretty(out, (*array)[i], indent + 1);
    }
    line(indent);
    out += ']';
  } else {
    write_canonical(out, value);
  }
}

}  // namespace

namespace {

// Larger texts get a parser of their own, so that one of them does not keep its memory for ever.
constexpr std::size_t kKeptParserBytes = 1 << 20;

Result<json::value> parse_with(simdjson::dom::parser& parser, std::string_view text, const JsonRules& rules,
                               json::storage_ptr storage) {
  if (parser.max_depth() != rules.max_depth && parser.allocate(4096, rules.max_depth) != simdjson::SUCCESS) {
    return fail(ErrorCode::kInternal, "memory.exhausted", "out of memory");
  }
  simdjson::dom::element root;
  simdjson::padded_string padded(text);
  if (auto error = parser.parse(padded).get(root); error != simdjson::SUCCESS) {
    return std::unexpected(malformed(fmt::format("not JSON: {}", simdjson::error_message(error)), ""));
  }
  return Converter(rules, std::move(storage)).convert(root);
}

}  // namespace

Result<json::value> parse_json(std::string_view text, const JsonRules& rules, json::storage_ptr storage) {
  if (text.size() > kKeptParserBytes) {
    simdjson::dom::parser once;
    return parse_with(once, text, rules, std::move(storage));
  }
  thread_local simdjson::dom::parser kept;
  return parse_with(kept, text, rules, std::move(storage));
}

Result<json::object> parse_json_object(std::string_view text, json::storage_ptr storage,
                                       const JsonRules& rules) {
  TRY(json::value value, parse_json(text, rules, std::move(storage)));
  if (!value.is_object()) return std::unexpected(malformed("expected a JSON object", ""));
  return std::move(value.as_object());
}

std::string canonical_json(const json::value& value) {
  std::string out;
  write_canonical(out, value);
  return out;
}

void append_canonical_json(std::string& out, const json::value& value) {
  write_canonical(out, value);
}
void append_canonical_json(std::string& out, const json::object& object) {
  write_canonical(out, object);
}

std::string pretty_json(const json::value& value) {
  std::string out;
  write_pretty(out, value, 0);
  return out;
}

namespace {

void append_escaped(std::string& out, char c) {
  constexpr char kHex[] = "0123456789abcdef";
  constexpr std::string_view kShort = "\b\f\n\r\t\"\\", kLetters = "bfnrt\"\\";
  out += '\\';
  if (std::size_t at = kShort.find(c); at != std::string_view::npos) {
    out += kLetters[at];
    return;
  }
  out += "u00";
  out += kHex[c >> 4 & 15];
  out += kHex[c & 15];
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    std::size_t begin = at;
    while (at < text.size() && is_plain(text[at])) ++at;
    out.append(text, begin, at - begin);
    if (at < text.size()) append_escaped(out, text[at++]);
  }
  out += '"';
}

}  // namespace bailiwick
