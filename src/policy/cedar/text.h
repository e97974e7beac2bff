// Escapes of Cedar's strings and patterns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bailiwick::cedar {

/// What `like` compares with: pieces of text with a `*` between each two. `a*b` is {"a", "b"}.
struct Pattern {
  std::vector<std::string> pieces;

  bool matches(std::string_view text) const;
  /// What matches() may cost at most, in steps of evaluation: a piece between two `*` is tried at every
  /// place.
  std::uint64_t cost(std::string_view text) const;
  friend bool operator==(const Pattern&, const Pattern&) = default;
};

/// The text between the quotes of a literal with its escapes resolved (`\n \r \t \\ \0 \' \" \x7f
/// \u{1F600}`); a message when one is malformed.
struct Unescaped {
  std::optional<std::string> text;
  std::string fault;
};
Unescaped unescape(std::string_view body);

struct UnescapedPattern {
  std::optional<Pattern> pattern;
  std::string fault;
};
/// The same for the right side of `like`: `*` is any text, `\*` a star.
UnescapedPattern unescape_pattern(std::string_view body);

/// A literal with its quotes.
std::string to_literal(std::string_view text);
std::string to_literal(const Pattern& pattern);

}  // namespace bailiwick::cedar
