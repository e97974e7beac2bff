// The difference of two texts: as the usual tool prints it, and never without the change.
#include "cli/text_diff.h"

#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(TextDiff, AsTheUsualToolPrintsIt) {
  EXPECT_EQ(unified_diff("a\nb\nc\n", "a\nx\nc\n"), "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
  EXPECT_EQ(unified_diff("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
  EXPECT_EQ(unified_diff("a\n", ""), "@@ -1,1 +0,0 @@\n-a\n");
  EXPECT_EQ(unified_diff("a\n", "a\n"), "");
  EXPECT_THAT(unified_diff("a", "a\n"), HasSubstr("end of the last line"));
}

TEST(TextDiff, FarChangesAreApart) {
  std::string before, after;
  for (int i = 1; i <= 30; ++i) {
    before += std::to_string(i) + "\n";
    after += (i == 2 || i == 28 ? "x" : std::to_string(i)) + "\n";
  }
  std::string diff = unified_diff(before, after);
  EXPECT_THAT(diff, HasSubstr("@@ -1,5 +1,5 @@\n 1\n-2\n+x\n 3\n 4\n 5\n@@ -25,6 +25,6 @@\n 25\n"));
  EXPECT_THAT(diff, Not(HasSubstr(" 15\n")));
}

TEST(TextDiff, ATerminalObeysNothingOfIt) {
  std::string diff = unified_diff("", "\x1b[31mred\r\x07\n");
  EXPECT_THAT(diff, HasSubstr("+?[31mred??\n"));
}

/// What the marked lines leave of each side.
std::string side(const std::string& diff, char mark) {
  std::string text;
  std::istringstream lines(diff);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(mark)) text += line.substr(1) + "\n";
  return text;
}

/// The lines of `text` but for one of each of `taken`, sorted.
std::vector<std::string> without(const std::string& text, const std::string& taken) {
  std::multiset<std::string> left;
  std::istringstream lines(text), gone(taken);
  for (std::string line; std::getline(lines, line);) left.insert(line);
  for (std::string line; std::getline(gone, line);) {
    auto found = left.find(line);
    if (found != left.end()) left.erase(found);
  }
  return {left.begin(), left.end()};
}

RC_GTEST_PROP(TextDiffProperty, EveryChangedLineIsShown, ()) {
  auto lines = [] {
    std::string text;
    for (int digit : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 4)))
      text += std::to_string(digit) + "\n";
    return text;
  };
  std::string before = lines(), after = lines(), diff = unified_diff(before, after);
  RC_ASSERT(diff.empty() == (before == after));
  auto count = [](const std::string& text) { return std::ranges::count(text, '\n'); };
  RC_ASSERT(count(before) - count(side(diff, '-')) == count(after) - count(side(diff, '+')));
  // What is not marked is the same on both sides.
  RC_ASSERT(without(before, side(diff, '-')) == without(after, side(diff, '+')));
}

}  // namespace
}  // namespace bailiwick::cli
