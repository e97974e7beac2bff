// A request body is read once: facts are found, doubles are refused, sizes are estimated on the high side.
#include "routing/request_body.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <simdjson.h>

namespace bailiwick::routing {
namespace {

std::string reason(std::string_view body) {
  auto parsed = RequestBody::parse(body);
  return parsed ? "good" : parsed.error().reason;
}

TEST(RequestBody, FindsTheFacts) {
  auto body = RequestBody::parse(
      R"({"messages":[],"model":"m","stream":true,"n":3,"max_tokens":5,"max_completion_tokens":9,"temperature":0,"stream_options":{"a":1,"include_usage":true}})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->model, "m");
  EXPECT_EQ(body->model_member, 1u);
  EXPECT_TRUE(body->stream);
  EXPECT_TRUE(body->reports_usage);
  EXPECT_TRUE(body->has_temperature);
  EXPECT_EQ(body->choices, 3);
  EXPECT_EQ(body->max_tokens, 9);
  EXPECT_EQ(body->include_usage_member, 1u);
}

TEST(RequestBody, NullsAreAsGoodAsAbsent) {
  auto body =
      RequestBody::parse(R"({"model":"m","stream":null,"max_tokens":null,"n":null,"stream_options":null})");
  ASSERT_TRUE(body);
  EXPECT_FALSE(body->stream);
  EXPECT_FALSE(body->max_tokens);
}

TEST(RequestBody, RefusesKeysThatStandTwiceAtAnyDepth) {
  EXPECT_EQ(reason(R"({"model":"a","model":"b"})"), "json.duplicate_key");
  EXPECT_EQ(reason(R"({"model":"a","mod\u0065l":"b"})"), "json.duplicate_key");
  EXPECT_EQ(reason(R"({"model":"a","messages":[{"content":[{"x":{"y":1,"y":2}}]}]})"), "json.duplicate_key");
  std::string many = R"({"model":"a")";
  for (int i = 0; i < 40; ++i) many += fmt::format(",\"k{}\":{}", i, i);
  EXPECT_EQ(reason(many + "}"), "good");
  EXPECT_EQ(reason(many + ",\"k39\":1}"), "json.duplicate_key");
  EXPECT_EQ(reason(many + ",\"k3\":1}"), "json.duplicate_key");
}

TEST(RequestBody, TextCostsTheSameWhereverInItALetterOutsideAsciiStands) {
  auto tokens = [](const std::string& text) {
    return RequestBody::parse(R"({"model":"m","x":")" + text + "\"}").value().input_tokens;
  };
  for (std::size_t size : {0u, 7u, 8u, 63u, 64u, 65u, 200u}) {
    const std::string plain(size, 'a');
    const std::int64_t expected = tokens("\u00e9" + plain);
    for (std::size_t at = 0; at <= size; ++at)
      EXPECT_EQ(tokens(std::string(plain).insert(at, "\u00e9")), expected);
    EXPECT_GT(tokens(plain + "\u00e9\u00e9\u00e9"), tokens(plain + "aaaaaa")) << "of as many bytes";
  }
}

TEST(RequestBody, KnowsWhatMayCostMoreThanTokens) {
  auto unbounded = [](std::string_view member) {
    return RequestBody::parse(fmt::format(R"({{"model":"m",{}}})", member)).value().unbounded;
  };
  EXPECT_EQ(unbounded(R"("web_search_options":{})"), "web_search_options");
  EXPECT_EQ(unbounded(R"("tools":[{"type":"function"},{"type":"web_search_20250305","name":"s"}])"),
            "tools/web_search_20250305");
  EXPECT_EQ(unbounded(R"("messages":[{"content":[{"type":"file","file":{"file_id":"f"}}]}])"), "file_id");
  EXPECT_EQ(
      unbounded(
          R"("messages":[{"content":[{"type":"document","source":{"type":"url","url":"https://x"}}]}])"),
      "source/url");
  EXPECT_EQ(unbounded(R"("service_tier":"priority")"), "service_tier");
  EXPECT_EQ(unbounded(R"("audio":{"voice":"v"})"), "audio");
  EXPECT_EQ(unbounded(R"("data_sources":[])"), "data_sources");
  EXPECT_EQ(unbounded(R"("messages":[{"content":[{"type":"video_url","video_url":{"url":"https://x"}}]}])"),
            "video_url");
  EXPECT_EQ(unbounded(R"("messages":[{"content":[{"type":"input_audio","input_audio":{"data":"x"}}]}])"),
            "input_audio");
  for (std::string_view plain :
       {R"("tools":[{"type":"function","function":{"name":"f"}},{"name":"own"},{"type":"bash_20250124"}])",
        R"("service_tier":"auto","tools":null,"web_search_options":null)",
        R"("messages":[{"content":[{"type":"image","source":{"type":"url","url":"https://x/y.png"}}]}])",
        R"("messages":[{"content":[{"type":"document","source":{"type":"text","data":"x"}}]}])"}) {
    EXPECT_EQ(unbounded(plain), "") << plain;
  }
}

TEST(RequestBody, AnImageByUrlCountsAsALargeOne) {
  auto body = RequestBody::parse(
      R"({"model":"m","messages":[{"content":[{"type":"image_url","image_url":{"url":"https://x/y.png"}}]}]})");
  EXPECT_GE(body->input_tokens, 5000);
}

// An error is text in the caller's answer: short, and of whole characters.
TEST(RequestBody, RepeatsAnEndlessKeyInPart) {
  std::string key = "a";
  for (int i = 0; i < 500; ++i) key += "é";
  auto refused = RequestBody::parse("{\"" + key + "\":1,\"" + key + "\":2}");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("aéé"), std::string::npos);
  EXPECT_LT(refused.error().message.size(), 200u);
  EXPECT_TRUE(simdjson::validate_utf8(refused.error().message));
}

TEST(RequestBody, RefusesWhatIsNotOneGoodObject) {
  for (std::string_view bad :
       {"", " ", "{", "[]", "7", "{\"model\":\"m\"} x", "{\"model\":\"\xff\"}", "{\"model\":\"a\x01\"}"}) {
    EXPECT_EQ(reason(bad), "json.malformed") << bad;
  }
  std::string deep = R"({"model":"m","x":)" + std::string(5000, '[') + std::string(5000, ']') + "}";
  EXPECT_EQ(reason(deep), "json.malformed");
}

TEST(RequestBody, RefusesFactsOfTheWrongKind) {
  for (std::string_view bad :
       {R"({})", R"({"model":""})", R"({"model":7})", R"({"model":"m","stream":"yes"})",
        R"({"model":"m","max_tokens":0})", R"({"model":"m","max_tokens":-1})",
        R"({"model":"m","max_tokens":1.5})", R"({"model":"m","max_tokens":"9"})", R"({"model":"m","n":0})",
        R"({"model":"m","stream_options":[]})"}) {
    EXPECT_EQ(reason(bad), "body.invalid") << bad;
  }
}

TEST(RequestBody, EstimatesOnTheHighSideButNotByTheBytesOfAnImage) {
  std::string text(3000, 'a');
  EXPECT_GE(RequestBody::parse(R"({"model":"m","x":")" + text + "\"}")->input_tokens, 1000);
  auto tokens_of_part = [](std::string_view part) {
    return RequestBody::parse(fmt::format(R"({{"model":"m","messages":[{{"content":[{}]}}]}})", part))
        ->input_tokens;
  };
  std::string bytes(300'000, 'A');
  std::string image = R"({"type":"image_url","image_url":{"url":"data:image/png;base64,)" + bytes + "\"}}";
  EXPECT_LT(tokens_of_part(image), 6000);
  EXPECT_LT(tokens_of_part(R"({"type":"tool_result","content":[)" + image + "]}"), 6000);
  std::string source = R"("source":{"type":"base64","media_type":"image/png","data":")" + bytes + "\"}";
  EXPECT_LT(tokens_of_part(R"({"type":"image",)" + source + "}"), 6000);
  EXPECT_GT(tokens_of_part(R"({"type":"tool_use","input":{"type":"image",)" + source + "}}"), 90'000)
      << "a call's input is text, whatever it looks like";
  EXPECT_GT(tokens_of_part(R"({"type":"document","source":{"type":"text","data":")" + bytes + "\"}}"),
            90'000);
  for (std::string_view start : {R"("source":{"type":"base64","media_type":"application/pdf","data":")",
                                 R"("file":{"filename":"a.pdf","file_data":")"}) {
    EXPECT_GT(tokens_of_part(fmt::format("{{{}{}\"}}}}", start, bytes)), 150'000) << "its text is packed";
  }
  std::string disguised =
      R"({"model":"m","content":"data:image/png;base64,)" + std::string(300'000, 'A') + "\"}";
  EXPECT_GT(RequestBody::parse(disguised)->input_tokens, 90'000) << "text that looks like an image is text";
  std::string numbers = R"({"model":"m","x":[0.)" + std::string(300'000, '7') + "]}";
  EXPECT_GT(RequestBody::parse(numbers)->input_tokens, 90'000);
  std::string many_numbers = R"({"model":"m","x":[)";
  for (int i = 0; i < 10'000; ++i) many_numbers += "1234567890123456789,";
  EXPECT_GT(RequestBody::parse(many_numbers + "1]}")->input_tokens, 60'000);
  EXPECT_GT(tokens_of_part(R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}})"), 1500)
      << "a small file may be a large image";
  EXPECT_GT(tokens_of_part(R"({"type":"image_url","image_url":{"url":"data:application/pdf;base64,)" + bytes +
                           "\"}}"),
            150'000);
  EXPECT_GE(tokens_of_part(R"({"type":"image_url","image_url":"https://x/y.png"})"), 5000);
  std::string boxes = R"({"model":"m","x":[)";
  for (int i = 0; i < 1000; ++i) boxes += "[],{},";
  EXPECT_GT(RequestBody::parse(boxes + "[]]}")->input_tokens, 2000);
  std::string chinese = R"({"model":"m","x":"你好世界"})";
  EXPECT_GE(RequestBody::parse(chinese)->input_tokens, 6);
}

RC_GTEST_PROP(RequestBody, NeverCrashesOnAnyBytes, (const std::string& bytes)) {
  auto parsed = RequestBody::parse(bytes);
  RC_ASSERT(parsed.has_value() || !parsed.error().reason.empty());
}

}  // namespace
}  // namespace bailiwick::routing
