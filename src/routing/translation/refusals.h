// Refusals: what of a request its target cannot be told, each with its place. Reading and writing go on after
// the first, so that a caller learns of all at once.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "routing/translation/dialect.h"

namespace bailiwick::routing::translation {

class Refusals {
 public:
  explicit Refusals(Dialect target) : target_(target) {}

  Dialect target() const { return target_; }
  /// The target has nothing that means the same. `what` begins the sentence "… has no place there".
  void unsupported(std::string pointer, std::string_view what);
  /// It means nothing in the caller's own dialect.
  void malformed(std::string pointer, std::string_view what);
  bool empty() const { return problems_.empty(); }
  /// kInvalid: `body.invalid` when something is malformed, else `translation.unsupported`. Not when empty.
  Error error() const;

 private:
  void add(std::string pointer, std::string message);

  Dialect target_;
  bool malformed_ = false;
  std::vector<Problem> problems_;
};

/// The JSON pointer of a member or an item below `pointer`. A caller's key is repeated in short.
std::string below(std::string_view pointer, std::string_view key);
std::string below(std::string_view pointer, std::size_t index);

}  // namespace bailiwick::routing::translation
