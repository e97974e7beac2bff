#include "base/scalar_place.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace bailiwick {
namespace {

/// Where `X` of the value under `key` stands, as `line:column`.
std::string place_of_x(std::string_view file) {
  Node tree = parse_yaml(file, "f").value();
  const Node& scalar = *tree.find("k");
  TextPlace found = place_in_scalar(file, scalar, scalar.text.find('X'));
  return fmt::format("{}:{}", found.line, found.column);
}

TEST(ScalarPlace, PlainAndQuotedScalars) {
  EXPECT_EQ(place_of_x("k: abc X"), "1:8");
  EXPECT_EQ(place_of_x("a: 1\nk: 'it''s X'"), "2:11");
  EXPECT_EQ(place_of_x(R"(k: "\"a\" \u00e9\x58X")"), "1:17") << "X as an escape is the first one";
  EXPECT_EQ(place_of_x(R"(k: "\"a\" \u00e9\n X")"), "1:20");
  EXPECT_EQ(place_of_x("k: \u00e9\u00e9 X"), "1:7") << "characters, not bytes";
  EXPECT_EQ(place_of_x("{j: {a: 1}, k: X}"), "1:16");
}

TEST(ScalarPlace, ScalarsOverSeveralLines) {
  EXPECT_EQ(place_of_x("k: a\n   b\n\n  c X\n"), "4:5");
  EXPECT_EQ(place_of_x("k: 'a\n\n   b X'\n"), "3:6");
  EXPECT_EQ(place_of_x("k: \"a\\\n   \\  b X\"\n"), "2:9");
  EXPECT_EQ(place_of_x("k: |\n  a &&\n    b X\n"), "3:7");
  EXPECT_EQ(place_of_x("k: |2-  # why\n    a\n  X\n"), "3:3");
  EXPECT_EQ(place_of_x("k: >-\n  a &&\n  b\n\n  X\n"), "5:3");
  EXPECT_EQ(place_of_x("k: >\r\n  a\r\n  X\r\n"), "3:3");
}

TEST(ScalarPlace, TheEndIsRightBehindTheLastMark) {
  auto end_of = [](std::string_view file) {
    Node tree = parse_yaml(file, "f").value();
    const Node& scalar = *tree.find("k");
    return place_in_scalar(file, scalar, scalar.text.size());
  };
  EXPECT_EQ(end_of("k: ab\n"), (TextPlace{1, 6}));
  EXPECT_EQ(end_of("k: 'ab'\n"), (TextPlace{1, 7}));
  EXPECT_EQ(end_of("k: |\n  ab\n\nj: 1\n"), (TextPlace{2, 5}));
  EXPECT_EQ(end_of("k: ''\n"), (TextPlace{1, 5}));
}

// However the lines of a block are indented and blank, each mark is found where it stands.
RC_GTEST_PROP(ScalarPlace, FindsEveryMarkOfALiteralBlock, ()) {
  // Every mark is looked for from the file's start, so the file is kept small.
  auto lines = *rc::gen::resize(12, rc::gen::container<std::vector<std::string>>(rc::gen::nonEmpty(
                                        rc::gen::container<std::string>(rc::gen::element('a', 'b', ' ')))));
  std::string file = "k: |2\n", value;
  std::vector<std::pair<std::size_t, TextPlace>> marks;
  int line = 2;
  for (const std::string& text : lines) {
    file += "  " + text + "\n";
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != ' ') marks.emplace_back(value.size() + i, TextPlace{line, static_cast<int>(i) + 3});
    }
    value += text + "\n";
    ++line;
  }
  RC_PRE(!marks.empty());
  Node tree = parse_yaml(file, "f").value();
  const Node& scalar = *tree.find("k");
  for (const auto& [offset, place] : marks) RC_ASSERT(place_in_scalar(file, scalar, offset) == place);
}

}  // namespace
}  // namespace bailiwick
