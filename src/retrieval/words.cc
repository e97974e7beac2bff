#include "retrieval/words.h"

#include <algorithm>
#include <array>
#include <memory>

#include <libstemmer.h>

#include "base/ascii.h"
#include "base/result.h"
#include "retrieval/unicode.h"

namespace bailiwick::retrieval {
namespace {

constexpr std::size_t kLongestTerm = 64;  // bytes; a longer "word" is data, and is cut

constexpr std::array kStopWords = std::to_array<std::string_view>({
    "a",      "about", "after", "again", "against", "all",   "also",    "am",    "an",     "and",
    "any",    "are",   "as",    "at",    "be",      "been",  "before",  "being", "both",   "but",
    "by",     "can",   "could", "did",   "do",      "does",  "doing",   "done",  "during", "each",
    "either", "for",   "from",  "had",   "has",     "have",  "having",  "he",    "her",    "hers",
    "him",    "his",   "how",   "i",     "if",      "in",    "into",    "is",    "it",     "it's",
    "its",    "may",   "me",    "might", "must",    "my",    "neither", "no",    "nor",    "not",
    "of",     "on",    "or",    "our",   "ours",    "out",   "shall",   "she",   "should", "so",
    "some",   "such",  "than",  "that",  "the",     "their", "theirs",  "them",  "then",   "there",
    "these",  "they",  "this",  "those", "through", "to",    "too",     "up",    "us",     "was",
    "we",     "were",  "what",  "when",  "where",   "which", "while",   "who",   "whom",   "whose",
    "why",    "will",  "with",  "would", "you",     "your",  "yours",
});
static_assert(std::ranges::is_sorted(kStopWords), "searched by halves");

/// libstemmer's handle is not for two threads at once, so each thread has its own.
class Stemmer {
 public:
  std::string_view stem(std::string_view word) {
    const auto* bytes = reinterpret_cast<const sb_symbol*>(word.data());
    const sb_symbol* stem = sb_stemmer_stem(handle_.get(), bytes, static_cast<int>(word.size()));
    if (stem == nullptr) return word;
    return {reinterpret_cast<const char*>(stem), static_cast<std::size_t>(sb_stemmer_length(handle_.get()))};
  }

 private:
  static sb_stemmer* open() {
    sb_stemmer* handle = sb_stemmer_new("english", "UTF_8");
    BW_CHECK(handle != nullptr);
    return handle;
  }
  std::unique_ptr<sb_stemmer, decltype(&sb_stemmer_delete)> handle_{open(), &sb_stemmer_delete};
};

/// Bytes of a mark at `at` that joins what stands before it with what follows; 0 when it separates.
std::size_t joining_mark(std::string_view text, std::size_t at) {
  if (at == 0 || at + 1 >= text.size()) return 0;
  char mark = text[at], before = text[at - 1];
  if (mark == '.' || mark == ',') return is_digit(before) && is_digit(text[at + 1]) ? 1 : 0;
  std::size_t bytes = mark == '\'' ? 1 : text.substr(at).starts_with("\u2019") ? 3 : 0;
  if (bytes == 0 || at + bytes >= text.size()) return 0;
  return is_word_character(code_point_at(text, at + bytes).value) ? bytes : 0;
}

/// The end of the word that begins at `at`.
std::size_t word_end(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    while (at < text.size() && is_letter_or_digit(text[at])) ++at;  // nearly all of most texts
    if (at == text.size()) break;
    CodePoint point = code_point_at(text, at);
    if (is_word_character(point.value) && !is_ideograph(point.value)) {
      at += point.bytes;
    } else if (std::size_t bytes = joining_mark(text, at); bytes > 0) {
      at += bytes;
    } else {
      break;
    }
  }
  return at;
}

std::string_view cut_to(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace

std::vector<Span> words_of(std::string_view text) {
  std::vector<Span> words;
  for (std::size_t at = 0; at < text.size();) {
    CodePoint point = code_point_at(text, at);
    if (!is_word_character(point.value)) {
      at += point.bytes;
      continue;
    }
    std::size_t end = is_ideograph(point.value) ? at + point.bytes : word_end(text, at);
    words.push_back({at, end});
    at = end;
  }
  return words;
}

std::string fold(std::string_view word) {
  std::string folded;
  folded.reserve(word.size());
  for (std::size_t at = 0; at < word.size();) {
    CodePoint point = code_point_at(word, at);
    append_utf8(folded, point.value == 0x2019 ? U'\'' : lower_case(point.value));
    at += point.bytes;
  }
  return folded;
}

bool is_stop_word(std::string_view folded) {
  return std::ranges::binary_search(kStopWords, folded);
}

std::vector<std::string> terms_of(std::string_view text) {
  thread_local Stemmer stemmer;
  std::vector<std::string> terms;
  for (Span span : words_of(text)) {
    std::string word = fold(cut_to(span.of(text), kLongestTerm));
    if (!is_stop_word(word)) terms.emplace_back(stemmer.stem(word));
  }
  return terms;
}

std::vector<std::string> distinct_terms_of(std::string_view text) {
  std::vector<std::string> terms = terms_of(text);
  std::ranges::sort(terms);
  auto rest = std::ranges::unique(terms);
  terms.erase(rest.begin(), rest.end());
  return terms;
}

}  // namespace bailiwick::retrieval
