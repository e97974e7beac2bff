// Splices: edits of a JSON text that leave every other byte as it was.
//
// The text has been validated already, so finding a member is counting, not parsing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bailiwick::routing {

/// Where a value stands: [begin, end).
struct Extent {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The value of member `index` of the JSON object that begins at the first `{` of `text`.
Extent member_value(std::string_view text, std::size_t index);
/// The end of the JSON value that begins at `begin`.
std::size_t value_end(std::string_view text, std::size_t begin);

class Splicer {
 public:
  explicit Splicer(std::string_view text) : text_(text) {}

  /// Replaces a value.
  void replace(Extent extent, std::string with);
  /// Puts a member (`"key":value`) first into the object that begins at `brace` and has others already or
  /// not.
  enum class Others { kSome, kNone };
  void insert_member(std::size_t brace, std::string member, Others others);

  bool empty() const { return edits_.empty(); }
  /// The text with all edits made.
  std::string finish();

 private:
  struct Edit {
    Extent extent;
    std::string with;
  };
  std::string_view text_;
  std::vector<Edit> edits_;
};

}  // namespace bailiwick::routing
