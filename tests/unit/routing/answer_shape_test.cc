// A provider's 200 is an answer when it is a whole JSON object.
#include "routing/answer_shape.h"

#include <gtest/gtest.h>

namespace bailiwick::routing {
namespace {

bool is_chat(std::string body) {
  return is_answer(Endpoint::kChatCompletions, body);
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
  EXPECT_TRUE(is_answer(Endpoint::kEmbeddings, whole));
  EXPECT_FALSE(is_answer(Endpoint::kEmbeddings, cut));
}

}  // namespace
}  // namespace bailiwick::routing
