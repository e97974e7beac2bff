// Words of a text, and the terms that stand for them in the index: lower case, without stop words, stemmed
// (Porter2).
//
// Numbers keep their inner points and commas (`3.5`, `1,000`); an apostrophe inside a word belongs to it.
// Pure; safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bailiwick::retrieval {

/// Bytes [start, end) of a text.
struct Span {
  std::size_t start = 0;
  std::size_t end = 0;

  std::size_t size() const { return end - start; }
  std::string_view of(std::string_view text) const { return text.substr(start, end - start); }
  friend bool operator==(const Span&, const Span&) = default;
};

/// The words of `text` in order.
std::vector<Span> words_of(std::string_view text);
/// Lower case; typographic apostrophes become plain ones.
std::string fold(std::string_view word);
/// English words that say nothing about what a text is about. `folded` as `fold` gives it.
bool is_stop_word(std::string_view folded);

/// The index terms of `text`, in order, repeated as often as they occur.
std::vector<std::string> terms_of(std::string_view text);
/// The same, each once, sorted.
std::vector<std::string> distinct_terms_of(std::string_view text);

}  // namespace bailiwick::retrieval
