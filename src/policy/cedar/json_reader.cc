#include "policy/cedar/json_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/excerpt.h"

namespace bailiwick::cedar {

void JsonReader::step(std::string_view key) {
  path_ += '/';
  for (char c : key) {
    if (c == '~')
      path_ += "~0";
    else if (c == '/')
      path_ += "~1";
    else
      path_ += c;
  }
}

std::string JsonReader::place() const {
  constexpr std::size_t kLongest = 400;
  return path_.size() > kLongest ? path_.substr(0, kLongest) + "…" : path_;
}

void JsonReader::refuse(std::string message) {
  if (problems_.size() < Source::kMaxProblems) problems_.push_back({place(), std::move(message)});
}

std::unexpected<Error> JsonReader::failure(std::string_view reason, std::string message) {
  Error error(ErrorCode::kInvalid, reason, std::move(message));
  error.problems = std::move(problems_);
  return std::unexpected(std::move(error));
}

const json::object* JsonReader::object(const json::value& value) {
  const json::object* object = value.if_object();
  if (!object) refuse("expected an object");
  return object;
}

const json::array* JsonReader::array(const json::value& value) {
  const json::array* array = value.if_array();
  if (!array) refuse("expected a list");
  return array;
}

std::optional<std::string> JsonReader::string(const json::value& value) {
  const json::string* string = value.if_string();
  if (string) return std::string(*string);
  refuse("expected a string");
  return std::nullopt;
}

void JsonReader::only(const json::object& object, std::initializer_list<std::string_view> keys) {
  for (const auto& member : object) {
    std::string_view key = member.key();
    if (std::ranges::find(keys, key) != keys.end()) continue;
    inside(key, [&] { return refuse(fmt::format("there is no key `{}` here", excerpt(key))), 0; });
  }
}

const json::value* JsonReader::required(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (!value) refuse(fmt::format("the key `{}` is missing", key));
  return value;
}

}  // namespace bailiwick::cedar
