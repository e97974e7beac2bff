// Shows that an error repeats a sender's word short, whole and plain.
#include "base/excerpt.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <simdjson.h>

namespace bailiwick {
namespace {

TEST(Excerpt, LeavesShortPlainWordsAsTheyAre) {
  EXPECT_EQ(excerpt(""), "");
  EXPECT_EQ(excerpt("max_tokens"), "max_tokens");
  EXPECT_EQ(excerpt(std::string(80, 'a')), std::string(80, 'a'));
}

TEST(Excerpt, CutsBetweenCharacters) {
  EXPECT_EQ(excerpt(std::string(81, 'a')), std::string(80, 'a') + "…");
  std::string odd = "a";
  for (int i = 0; i < 100; ++i) odd += "é";
  EXPECT_EQ(excerpt(odd), odd.substr(0, 79) + "…");
}

TEST(Excerpt, HidesControlCharacters) {
  EXPECT_EQ(excerpt(std::string("a\0b\r\nc\x7f", 7)), "a?b??c?");
}

RC_GTEST_PROP(Excerpt, IsShortAndStaysValid, (const std::vector<std::uint16_t>& points)) {
  std::string text;
  for (std::uint16_t point : points) {
    if (point < 0x80)
      text += static_cast<char>(point);
    else if (point < 0x800)
      text += {static_cast<char>(0xc0 | point >> 6), static_cast<char>(0x80 | (point & 0x3f))};
    else if (point < 0xd800 || point >= 0xe000)
      text += {static_cast<char>(0xe0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3f)),
               static_cast<char>(0x80 | (point & 0x3f))};
  }
  std::string shown = excerpt(text + text);
  RC_ASSERT(shown.size() <= 83u);
  RC_ASSERT(simdjson::validate_utf8(shown.data(), shown.size()));
}

}  // namespace
}  // namespace bailiwick
