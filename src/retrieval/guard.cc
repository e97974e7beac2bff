#include "retrieval/guard.h"

#include <algorithm>

#include "retrieval/words.h"

namespace bailiwick::retrieval {

ForbiddenWords::ForbiddenWords(const std::vector<std::string>& patterns) {
  for (const std::string& written : patterns) {
    Pattern pattern{.written = written, .words = {}};
    for (Span span : words_of(written)) {
      bool open = span.end < written.size() && written[span.end] == '*';
      pattern.words.push_back({fold(span.of(written)), open ? Word::Ending::kAny : Word::Ending::kWhole});
    }
    if (!pattern.words.empty()) patterns_.push_back(std::move(pattern));
  }
}

std::string ForbiddenWords::find_in(std::string_view text) const {
  if (patterns_.empty()) return {};
  std::vector<std::string> words;
  for (Span span : words_of(text)) words.push_back(fold(span.of(text)));
  auto matches = [](const std::string& word, const Word& wanted) { return wanted.matches(word); };
  for (const Pattern& pattern : patterns_) {
    if (!std::ranges::search(words, pattern.words, matches).empty()) return pattern.written;
  }
  return {};
}

}  // namespace bailiwick::retrieval
