// Text of any script is read byte-exactly, and letter case goes where the scripts have one.
#include "retrieval/unicode.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::retrieval {
namespace {

TEST(CodePoint, ReadsEveryLength) {
  EXPECT_EQ(code_point_at("a", 0).value, U'a');
  EXPECT_EQ(code_point_at("é", 0).value, U'é');
  EXPECT_EQ(code_point_at("€", 0).bytes, 3u);
  EXPECT_EQ(code_point_at("🩸", 0).value, U'🩸');
}

TEST(CodePoint, CountsMalformedBytesOneByOne) {
  for (std::string_view bad : {"\x80", "\xC0\x80", "\xE2\x82", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"}) {
    EXPECT_EQ(code_point_at(bad, 0).value, 0xFFFDu);
    EXPECT_EQ(code_point_at(bad, 0).bytes, 1u);
    EXPECT_FALSE(is_valid_utf8(bad));
  }
  EXPECT_TRUE(is_valid_utf8("a\uFFFDz"));
}

RC_GTEST_PROP(CodePoint, WritingAndReadingAgree, ()) {
  char32_t value = *rc::gen::inRange<std::uint32_t>(0, 0x110000);
  RC_PRE(value < 0xD800 || value > 0xDFFF);
  std::string text;
  append_utf8(text, value);
  RC_ASSERT(code_point_at(text, 0).value == value);
  RC_ASSERT(code_point_at(text, 0).bytes == text.size());
}

TEST(LowerCase, KnowsTheScriptsThatHaveCase) {
  EXPECT_EQ(lower_case(U'Q'), U'q');
  EXPECT_EQ(lower_case(U'É'), U'é');
  EXPECT_EQ(lower_case(U'Ž'), U'ž');
  EXPECT_EQ(lower_case(U'Ω'), U'ω');
  EXPECT_EQ(lower_case(U'Я'), U'я');
  EXPECT_EQ(lower_case(U'ς'), U'σ');
  EXPECT_EQ(lower_case(U'×'), U'×');
  EXPECT_EQ(lower_case(U'中'), U'中');
}

RC_GTEST_PROP(LowerCase, IsDoneAfterOnce, ()) {
  char32_t value = *rc::gen::inRange<std::uint32_t>(0, 0x20000);
  RC_ASSERT(lower_case(lower_case(value)) == lower_case(value));
}

TEST(WordCharacter, LeavesOutPunctuationOfAnyScript) {
  for (char32_t c : U"aZ9éßЖ中あ") {
    if (c != 0) EXPECT_TRUE(is_word_character(c)) << static_cast<unsigned>(c);
  }
  for (char32_t c : {U' ', U'.', U'_', U'\u00A0', U'\u2019', U'“', U'。', U'€', U'→', U'\uFEFF'}) {
    EXPECT_FALSE(is_word_character(c)) << static_cast<unsigned>(c);
  }
}

}  // namespace
}  // namespace bailiwick::retrieval
