#include "routing/translation/reader.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bailiwick::routing::translation {
namespace {

/// How a table of defaults writes a value.
std::string written(const json::value& value) {
  if (const json::string* text = value.if_string()) return std::string(*text);
  if (const double* number = value.if_double(); number != nullptr && *number == std::trunc(*number))
    return fmt::format("{:.0f}", *number + 0.0);
  return json::serialize(value);
}

bool is_default(const json::value& value, std::string_view defaults) {
  std::string given = written(value);
  while (!defaults.empty()) {
    std::size_t end = std::min(defaults.find('|'), defaults.size());
    if (defaults.substr(0, end) == given) return true;
    defaults.remove_prefix(std::min(end + 1, defaults.size()));
  }
  return false;
}

}  // namespace

void Reader::check(std::span<const MemberRule> rules) const {
  for (const auto& [key, value] : object_) {
    if (value.is_null()) continue;
    std::string_view name = key;
    auto rule = std::ranges::find(rules, name, &MemberRule::name);
    bool passes =
        rule != rules.end() && (rule->treatment != Treatment::kDefault || is_default(value, rule->defaults));
    if (!passes) refusals_.unsupported(at(name), rule == rules.end() ? "this member" : "this value");
  }
}

const json::value* Reader::find(std::string_view key) const {
  const json::value* value = object_.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string_view Reader::text(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return {};
  if (const json::string* text = value->if_string()) return *text;
  malformed(key, "a text is expected");
  return {};
}

std::string_view Reader::required_text(std::string_view key) const {
  if (find(key) == nullptr) malformed(key, "a text is expected");
  return text(key);
}

std::optional<Given<double>> Reader::number(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return {};
  if (value->is_number()) return Given<double>{value->to_number<double>(), at(key)};
  malformed(key, "a number is expected");
  return {};
}

std::optional<Given<std::int64_t>> Reader::whole(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return {};
  boost::json::error_code inexact;
  auto number = value->is_number() ? value->to_number<std::int64_t>(inexact) : 0;
  if (value->is_number() && !inexact) return Given<std::int64_t>{number, at(key)};
  malformed(key, "a whole number is expected");
  return {};
}

std::optional<Given<bool>> Reader::flag(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return {};
  if (const bool* flag = value->if_bool()) return Given<bool>{*flag, at(key)};
  malformed(key, "true or false is expected");
  return {};
}

std::optional<Reader> Reader::object(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return {};
  if (const json::object* object = value->if_object()) return Reader(*object, at(key), refusals_);
  malformed(key, "an object is expected");
  return {};
}

const json::array* Reader::array(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return nullptr;
  if (const json::array* list = value->if_array()) return list;
  malformed(key, "a list is expected");
  return nullptr;
}

json::object Reader::copy(std::string_view key) const {
  const json::value* value = find(key);
  if (value == nullptr) return {};
  if (const json::object* object = value->if_object()) return *object;
  malformed(key, "an object is expected");
  return {};
}

}  // namespace bailiwick::routing::translation
