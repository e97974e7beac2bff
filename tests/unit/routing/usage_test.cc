// Usage is found at the end of an answer, in either dialect, and made uniform.
#include "routing/usage.h"

#include <gtest/gtest.h>

namespace bailiwick::routing {
namespace {

using snapshot::ProviderKind;

TEST(LastUsageObject, IsTheLastRealOne) {
  EXPECT_EQ(last_usage_object(R"({"usage":{"a":1},"x":{"usage" : {"b":"}"} }})"), R"({"b":"}"})");
  EXPECT_EQ(last_usage_object(R"({"usage":{"a":1},"usage":null})"), R"({"a":1})");
  EXPECT_EQ(last_usage_object(R"({"content":"\"usage\":{\"a\":1}"})"), "");
  EXPECT_EQ(last_usage_object("\"usage\""), "");
  EXPECT_EQ(last_usage_object(""), "");
}

TEST(ParseUsage, ReadsBothDialects) {
  UsageFields openai = parse_usage(
      R"({"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4}})");
  auto usage = to_token_usage(openai, ProviderKind::kOpenAi);
  EXPECT_EQ(usage.input, 10);
  EXPECT_EQ(usage.cache_read, 4);
  UsageFields anthropic = parse_usage(
      R"({"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":4,"cache_creation_input_tokens":6,"cache_creation":{"ephemeral_1h_input_tokens":2}})");
  usage = to_token_usage(anthropic, ProviderKind::kAnthropic);
  EXPECT_EQ(usage.input, 20);
  EXPECT_EQ(usage.cache_creation, 6);
  EXPECT_EQ(usage.cache_creation_hour, 2);
}

TEST(ParseUsage, NonsenseIsNothingAndNegativesAreZero) {
  EXPECT_TRUE(parse_usage("{").empty());
  EXPECT_TRUE(parse_usage(R"({"prompt_tokens":"many"})").empty());
  EXPECT_EQ(parse_usage(R"({"completion_tokens":-5})").output, 0);
  EXPECT_EQ(parse_usage(R"({"prompt_tokens":9223372036854775807})").input, 10'000'000)
      << "a count that no call can have spoils no sum";
}

TEST(UsageFields, ALaterReportReplacesWhatItNamesAndKeepsTheRest) {
  UsageFields known{.input = 25, .output = 1};
  known.merge({.output = 15});
  EXPECT_EQ(known.input, 25);
  EXPECT_EQ(known.output, 15);
}

}  // namespace
}  // namespace bailiwick::routing
