#include "policy/cedar/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::cedar {
namespace {

TEST(TextTest, EscapesStandForTheirCharacters) {
  EXPECT_EQ(unescape(R"(a\n\r\t\\\"\'\x41\u{1F600}\u{e9})").text, "a\n\r\t\\\"'A\xF0\x9F\x98\x80\xC3\xA9");
  EXPECT_EQ(unescape(R"(\0)").text, std::string(1, '\0'));
  EXPECT_EQ(unescape(R"(\u{0_0_4_1})").text, "A");
}

TEST(TextTest, MalformedEscapesAreNamed) {
  for (std::string_view body : {R"(\q)", R"(\x8f)", R"(\x4)", R"(\u{})", R"(\u{110000})", R"(\u{d800})",
                                R"(\u{1234567})", R"(\u41)", R"(\*)", "a\rb", "\\"}) {
    EXPECT_FALSE(unescape(body).text) << body;
    EXPECT_FALSE(unescape(body).fault.empty()) << body;
  }
}

TEST(TextTest, AStarMatchesAnyTextAndAnEscapedOneItself) {
  auto matches = [](std::string_view pattern, std::string_view text) {
    return unescape_pattern(pattern).pattern.value().matches(text);
  };
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("a*c", "abc"));
  EXPECT_TRUE(matches("a*c", "ac"));
  EXPECT_FALSE(matches("a*a", "a"));
  EXPECT_TRUE(matches("*b*", "abc"));
  EXPECT_TRUE(matches("*.jpg", "x.jpg.jpg"));
  EXPECT_TRUE(matches(R"(\**)", "*x"));
  EXPECT_FALSE(matches(R"(\**)", "x*"));
  EXPECT_FALSE(matches("*ab*ab", "ab"));
}

/// One character at a time, by the definition.
bool matches_plainly(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    return matches_plainly(pattern.substr(1), text) ||
           (!text.empty() && matches_plainly(pattern, text.substr(1)));
  }
  return !text.empty() && text.front() == pattern.front() &&
         matches_plainly(pattern.substr(1), text.substr(1));
}

RC_GTEST_PROP(TextTest, MatchesAsTheDefinitionDoes, ()) {
  auto pattern = *rc::gen::container<std::string>(rc::gen::element('a', 'b', '*'));
  auto text = *rc::gen::container<std::string>(rc::gen::element('a', 'b'));
  pattern.resize(std::min<std::size_t>(pattern.size(), 6));
  text.resize(std::min<std::size_t>(text.size(), 12));
  RC_ASSERT(unescape_pattern(pattern).pattern->matches(text) == matches_plainly(pattern, text));
}

RC_GTEST_PROP(TextTest, WhatIsQuotedIsReadBack, (const std::string& text)) {
  std::string literal = to_literal(text);
  RC_ASSERT(unescape(std::string_view(literal).substr(1, literal.size() - 2)).text == text);
}

RC_GTEST_PROP(TextTest, PatternsAreReadBack, (const std::vector<std::string>& pieces)) {
  Pattern pattern{pieces.empty() ? std::vector<std::string>{""} : pieces};
  std::string literal = to_literal(pattern);
  RC_ASSERT(unescape_pattern(std::string_view(literal).substr(1, literal.size() - 2)).pattern == pattern);
}

}  // namespace
}  // namespace bailiwick::cedar
