#include "retrieval/guard.h"

#include <algorithm>

#include "retrieval/words.h"

namespace bailiwick::retrieval {

Result<ForbiddenWords> ForbiddenWords::parse(const std::vector<std::string>& patterns) {
  ForbiddenWords forbidden;
  for (const std::string& written : patterns) {
    Pattern pattern{.written = written, .words = {}};
    for (Span span : words_of(written)) {
      bool open = span.end < written.size() && written[span.end] == '*';
      pattern.words.push_back({fold(span.of(written)), open ? Word::Ending::kAny : Word::Ending::kWhole});
    }
    if (pattern.words.empty() || written.find_first_of("\\[](){}|^$+?") != std::string::npos) {
      return fail(ErrorCode::kInvalid, "policy.forbidden_pattern",
                  "forbidden pattern '" + written + "': write words or phrases; a word may end in *");
    }
    forbidden.patterns_.push_back(std::move(pattern));
  }
  return forbidden;
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
