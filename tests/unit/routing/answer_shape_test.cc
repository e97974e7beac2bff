// A provider's 200 is an answer when it is a whole JSON object.
#include "routing/answer_shape.h"

#include <gtest/gtest.h>

namespace bailiwick::routing {
namespace {

bool is_chat(std::string body) {
  return usage_of_answer(Endpoint::kChatCompletions, body).has_value();
}

TEST(AnswerShape, WholeObjectsAre) {
  for (const char* body : {"{}", R"({"choices":[{"message":{"content":"hi"}}]})", " \n{\"a\": 1}\r\n"})
    EXPECT_TRUE(is_chat(body)) << body;
  EXPECT_TRUE(is_chat("{\"long\":\"" + std::string(100'000, 'x') + "\"}"));
}

TEST(AnswerShape, WhatIsCutOffGarbageOrAnotherThingIsNot) {
  for (const char* body :
       {"", " ", "{", R"({"choices":[{"message":)", "[]", "null", "<html></html>",
        "{malformed json: <<<chaos>>>}", "{}{}", "{} x", R"({"a":1,})", "{\"a\":\"\xff\"}"})
    EXPECT_FALSE(is_chat(body)) << body;
}

TEST(AnswerShape, OfWhatIsVeryLargeToo) {
  std::string inner(2 << 20, 'x');
  EXPECT_TRUE(is_chat("{\"long\":\"" + inner + "\"}"));
  EXPECT_FALSE(is_chat("{\"long\":\"" + inner));
}

TEST(AnswerShape, OfEmbeddingsOnlyTheEndsAreLookedAt) {
  std::string whole = R"({"data":[{"embedding":[0.1,0.2]}]})", cut = R"({"data":[{"embedding":[0.1,)";
  EXPECT_TRUE(usage_of_answer(Endpoint::kEmbeddings, whole));
  EXPECT_FALSE(usage_of_answer(Endpoint::kEmbeddings, cut));
}

TEST(AnswerShape, WhatItUsedIsSaidAtItsTop) {
  std::string body =
      R"({"usage":{"prompt_tokens":120,"completion_tokens":11},"x":{"usage":{"prompt_tokens":1}}})";
  auto usage = usage_of_answer(Endpoint::kChatCompletions, body);
  ASSERT_TRUE(usage);
  EXPECT_EQ(usage->input, 120);
  EXPECT_EQ(usage->output, 11);
  std::string twice = R"({"usage":{"prompt_tokens":0},"usage":{"prompt_tokens":5},"usage":null})";
  EXPECT_EQ(usage_of_answer(Endpoint::kChatCompletions, twice)->input, 5) << "as most readers take it";
  std::string silent = R"({"usage":null,"choices":[{"usage":{"prompt_tokens":1}}]})";
  EXPECT_TRUE(usage_of_answer(Endpoint::kChatCompletions, silent).value().empty());
  std::string large = R"({"data":")" + std::string(2 << 20, 'x') + R"(","usage":{"prompt_tokens":7}})";
  EXPECT_EQ(usage_of_answer(Endpoint::kChatCompletions, large)->input, 7);
}

}  // namespace
}  // namespace bailiwick::routing
