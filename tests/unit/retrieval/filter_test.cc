// A filter lets through exactly the documents whose metadata meets all of its keys.
#include "retrieval/filter.h"

#include <gtest/gtest.h>

namespace bailiwick::retrieval {
namespace {

bool matches(std::string_view filter, std::string_view metadata) {
  return Filter::parse(parse_json_object(filter).value())
      .value()
      .matches(parse_json_object(metadata).value());
}

TEST(Filter, AllKeysMustMatchAndAnyValueOfAKey) {
  EXPECT_TRUE(matches(R"({})", R"({"a": 1})"));
  EXPECT_TRUE(matches(R"({"a": ["x", "y"], "b": true})", R"({"a": "y", "b": true})"));
  EXPECT_FALSE(matches(R"({"a": ["x", "y"], "b": true})", R"({"a": "y", "b": false})"));
  EXPECT_FALSE(matches(R"({"a": "x"})", R"({"b": "x"})"));
}

TEST(Filter, NumbersAreEqualByValueAndNothingElseIs) {
  EXPECT_TRUE(matches(R"({"n": 3})", R"({"n": 3.0})"));
  EXPECT_FALSE(matches(R"({"n": 3})", R"({"n": "3"})"));
  EXPECT_FALSE(matches(R"({"n": 0})", R"({"n": false})"));
}

TEST(Filter, AListInTheMetadataMatchesByAnyItem) {
  EXPECT_TRUE(matches(R"({"tag": "b"})", R"({"tag": ["a", "b"]})"));
  EXPECT_FALSE(matches(R"({"tag": "c"})", R"({"tag": ["a", "b"]})"));
}

TEST(Filter, RefusesWhatHasNoMeaning) {
  for (const char* bad : {R"({"a": null})", R"({"a": {}})", R"({"a": []})", R"({"a": [[1]]})"}) {
    EXPECT_EQ(Filter::parse(parse_json_object(bad).value()).error().reason, "filter.invalid") << bad;
  }
}

}  // namespace
}  // namespace bailiwick::retrieval
