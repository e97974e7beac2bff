// Guard: what keeps a document out of the search, told when it is added and never in silence.
//
// A forbidden pattern is a word or a phrase: whole words, in any case, with whatever stands between them; a
// word may end in `*` for any ending. Nothing in it is a regular expression, so no pattern can be slow.
#pragma once

#include <string>
#include <vector>

namespace bailiwick::retrieval {

class ForbiddenWords {
 public:
  /// A pattern without words forbids nothing.
  explicit ForbiddenWords(const std::vector<std::string>& patterns);

  /// The first pattern that is in `text`, as it was written; empty when none is.
  std::string find_in(std::string_view text) const;

 private:
  struct Word {
    std::string text;
    enum class Ending { kWhole, kAny } ending = Ending::kWhole;
    bool matches(std::string_view folded) const {
      return ending == Ending::kAny ? folded.starts_with(text) : folded == text;
    }
  };
  struct Pattern {
    std::string written;
    std::vector<Word> words;
  };
  std::vector<Pattern> patterns_;
};

}  // namespace bailiwick::retrieval
