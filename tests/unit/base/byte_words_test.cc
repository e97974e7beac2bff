// What is found by words is what is found by bytes, wherever it stands and whatever stands around it.
#include "base/byte_words.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick {
namespace {

bool has(std::string_view text, char c) {
  return any_word(text, [c](ByteWord word) { return word.has(c); });
}
bool has_below(std::string_view text, unsigned char limit) {
  return any_word(text, [limit](ByteWord word) { return word.has_below(limit); });
}
bool has_high(std::string_view text) {
  return any_word(text, [](ByteWord word) { return word.has_high(); });
}

TEST(ByteWords, FindAnyByteAtAnyPlace) {
  for (std::size_t size = 0; size <= 25; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'm');
        text[at] = static_cast<char>(byte);
        for (unsigned char limit : {0x01, 0x20, 0x61}) EXPECT_EQ(has_below(text, limit), byte < limit);
        EXPECT_EQ(has_high(text), byte >= 0x80);
        EXPECT_TRUE(has(text, static_cast<char>(byte)));
        EXPECT_EQ(has(text, '"'), byte == '"');
      }
    }
    EXPECT_FALSE(has(std::string(size, 'm'), '"'));
  }
}

RC_GTEST_PROP(ByteWords, FindWhatIsThere, (const std::string& text, char c, unsigned char limit)) {
  limit &= 0x7f;
  // What fills up a short text is a letter, which nobody looks for.
  if (c != 'a' || text.size() >= 8) RC_ASSERT(has(text, c) == (text.find(c) != std::string::npos));
  if (limit <= 'a' || text.size() >= 8)
    RC_ASSERT(has_below(text, limit) ==
              std::ranges::any_of(text, [&](char b) { return static_cast<unsigned char>(b) < limit; }));
  RC_ASSERT(has_high(text) ==
            std::ranges::any_of(text, [](char b) { return static_cast<unsigned char>(b) >= 0x80; }));
}

}  // namespace
}  // namespace bailiwick
