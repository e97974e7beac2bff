// Filter: which documents a query may find, by their metadata: {"key": value | [values]}. All keys must
// match; of the values of one key, any.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace bailiwick::retrieval {

class Filter {
 public:
  Filter() = default;
  /// Values are strings, numbers, booleans, or lists of these. Errors: kInvalid `filter.invalid` naming the
  /// key.
  static Result<Filter> parse(const json::object& wanted);

  /// A list in the metadata matches when any of its items does.
  bool matches(const json::object& metadata) const;
  bool empty() const { return keys_.empty(); }

 private:
  struct Key {
    std::string name;
    std::vector<json::value> values;
  };
  std::vector<Key> keys_;
};

}  // namespace bailiwick::retrieval
