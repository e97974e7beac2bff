// What is decided without a server: when a refused caller comes back, and what is asked.
#include "cli/soak/chat_call.h"

#include <gtest/gtest.h>

namespace bailiwick::cli {
namespace {

using std::chrono::milliseconds;

TEST(PauseBeforeRetry, IsAsLongAsTheServerSays) {
  EXPECT_EQ(pause_before_retry(429, "2", 1, 0), milliseconds(2000));
  EXPECT_EQ(pause_before_retry(503, "2", 4, 1), milliseconds(3000));
  EXPECT_EQ(pause_before_retry(429, "0", 1, 1), milliseconds(0));
}

TEST(PauseBeforeRetry, DoublesWhereNothingIsSaid) {
  EXPECT_EQ(pause_before_retry(429, "", 1, 0), milliseconds(1000));
  EXPECT_EQ(pause_before_retry(429, "", 3, 0), milliseconds(4000));
  EXPECT_EQ(pause_before_retry(429, "Wed, 21 Oct 2026 07:28:00 GMT", 2, 0), milliseconds(2000));
  EXPECT_EQ(pause_before_retry(429, "-1", 1, 0), milliseconds(1000));
}

TEST(PauseBeforeRetry, IsBounded) {
  EXPECT_EQ(pause_before_retry(429, "1e300", 1, 0), std::chrono::hours(1));
  EXPECT_EQ(pause_before_retry(429, "", 1000, 0), std::chrono::hours(1));
}

// Nobody comes back to what will not change.
TEST(PauseBeforeRetry, IsForThoseWhoMayComeBack) {
  for (int status : {0, 200, 400, 402, 403, 500})
    EXPECT_EQ(pause_before_retry(status, "1", 1, 0), std::nullopt);
}

TEST(ChatBody, HasThePromptItIsAskedFor) {
  auto body =
      parse_json_object(chat_body({.model = "m", .stream = true, .prompt_bytes = 1234, .max_tokens = 7}));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->at("messages").at(0).at("content").as_string().size(), 1234u);
  EXPECT_EQ(body->at("stream"), json::value(true));
  EXPECT_EQ(body->at("max_tokens"), json::value(7));
  EXPECT_FALSE(parse_json_object(chat_body({}))->contains("stream"));
}

}  // namespace
}  // namespace bailiwick::cli
