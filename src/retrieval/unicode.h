// Unicode, as far as searching needs it: code points out of UTF-8, lower case, and what belongs to a word.
//
// Covers Latin, Greek, Cyrillic, Armenian and full-width letters by their regular blocks; other scripts have
// no case or keep theirs. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bailiwick::retrieval {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;  ///< length of its UTF-8 form
};

/// The code point at `at`, which must be inside `text`. A byte that begins none counts as U+FFFD of one byte.
CodePoint code_point_at(std::string_view text, std::size_t at);
void append_utf8(std::string& out, char32_t value);
bool is_valid_utf8(std::string_view text);

char32_t lower_case(char32_t value);
bool is_upper_case(char32_t value);

/// Letters, digits, marks. Punctuation, spaces and symbols are not.
bool is_word_character(char32_t value);
/// Written without spaces: every character is a word of its own.
bool is_ideograph(char32_t value);

}  // namespace bailiwick::retrieval
