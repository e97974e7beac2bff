// JsonReader: a walk down a JSON value that knows its pointer and notes every fault.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "policy/cedar/source.h"

namespace bailiwick::cedar {

class JsonReader {
 public:
  explicit JsonReader(std::string root) : path_(std::move(root)) {}

  /// What the function gives one step further down the pointer.
  template <class Function>
  auto inside(std::string_view key, Function function) {
    std::size_t before = path_.size();
    step(key);
    auto result = function();
    path_.resize(before);
    return result;
  }
  template <class Function>
  auto inside(std::size_t index, Function function) {
    return inside(std::to_string(index), function);
  }

  /// The pointer of the place, cut when it is long.
  std::string place() const;
  void refuse(std::string message);
  bool failed() const { return !problems_.empty(); }
  std::vector<Problem>& problems() { return problems_; }
  /// The faults as one error.
  std::unexpected<Error> failure(std::string_view reason, std::string message);

  // Null, or empty, and noted when the value is something else.
  const json::object* object(const json::value& value);
  const json::array* array(const json::value& value);
  std::optional<std::string> string(const json::value& value);
  /// Notes keys that are not among these.
  void only(const json::object& object, std::initializer_list<std::string_view> keys);
  /// Null and noted when the key is missing.
  const json::value* required(const json::object& object, std::string_view key);

 private:
  void step(std::string_view key);

  std::string path_;
  std::vector<Problem> problems_;
};

}  // namespace bailiwick::cedar
