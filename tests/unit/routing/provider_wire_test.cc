// Calls of providers that speak another API than the caller: what they are sent, what the caller gets, what
// it costs, and that no key gets out.
#include <cstdlib>

#include <gtest/gtest.h>

#include "base/log.h"
#include "routing/router.h"
#include "support/model_rig.h"
#include "support/upstream_streams.h"

namespace bailiwick::routing {
namespace {

using namespace testing_support;
using snapshot::ProviderKind;

constexpr std::string_view kAsk =
    R"({"model":"auto","messages":[{"role":"user","content":"hello"}],"max_tokens":100})";
constexpr std::string_view kAskStream =
    R"({"model":"auto","stream":true,"messages":[{"role":"user","content":"hello"}],"max_tokens":100})";
constexpr std::string_view kClaude =
    R"({"id":"msg_1","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn","usage":{"input_tokens":6,"cache_read_input_tokens":4,"output_tokens":5}})";
constexpr std::string_view kGpt =
    R"({"id":"chatcmpl-1","choices":[{"message":{"content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5}})";
constexpr std::string_view kGemini =
    R"({"candidates":[{"content":{"parts":[{"text":"hi"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":5}})";
constexpr std::string_view kConverse =
    R"({"output":{"message":{"role":"assistant","content":[{"text":"hi"}]}},"stopReason":"end_turn","usage":{"inputTokens":10,"outputTokens":5}})";

Script answers(std::string_view body, int status = 200) {
  Script script;
  script.status = status;
  script.body = body;
  return script;
}

Script streams(std::string_view bytes, std::string_view type = "text/event-stream") {
  Script script;
  script.headers.add("Content-Type", type);
  for (std::size_t at = 0; at < bytes.size(); at += 100) script.chunks.emplace_back(bytes.substr(at, 100));
  return script;
}

metering::Limits daily(PicoDollars limit) {
  metering::Limits limits;
  limits.daily_budget = limit;
  return limits;
}

class ProviderWire : public testing::Test {
 protected:
  FakeUpstream one, two;
  snapshot::RouterConfig config;

  snapshot::Provider provider(ProviderKind kind, const FakeUpstream& at, std::string_view path = "") {
    return ModelRig::provider(kind, at.url().append(path));
  }
  /// `big` at a provider of this kind, called `one`.
  snapshot::Provider& only(ProviderKind kind, std::string_view path = "") {
    config.routing.primary = ModelRig::target("one", "big");
    return config.providers["one"] = provider(kind, one, path);
  }
  void key(snapshot::Provider& provider, const char* value) {
    ::setenv("BAILIWICK_TEST_TRANSLATED_KEY", value, 1);
    provider.api_key = snapshot::SecretRef{"env:BAILIWICK_TEST_TRANSLATED_KEY"};
  }
};

TEST_F(ProviderWire, AnOpenAiCallerIsAnsweredByAnthropic) {
  key(only(ProviderKind::kAnthropic), "sk-ant-1");
  one.play({answers(kClaude)});
  ModelRig rig(config, daily(PicoDollars::dollars(1)));
  auto out = rig.chat(std::string(kAsk), {{"OpenAI-Beta", "x"}});
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(parse_json(out.text)->at_pointer("/choices/0/message/content"), json::value("hi"));
  EXPECT_EQ(out.headers.get("content-type"), "application/json");
  EXPECT_EQ(out.usage.input, 10);
  EXPECT_EQ(out.usage.cache_read, 4);
  EXPECT_EQ(out.record.cost, out.cost);
  EXPECT_EQ(rig.spent(), out.cost);
  Seen seen = one.seen().at(0);
  EXPECT_EQ(seen.path, "/v1/messages");
  EXPECT_EQ(seen.headers.get("x-api-key"), "sk-ant-1");
  EXPECT_EQ(seen.headers.get("anthropic-version"), "2023-06-01");
  EXPECT_EQ(seen.headers.find("openai-beta"), std::nullopt);
  EXPECT_EQ(parse_json(seen.body)->at("model"), json::value("big"));
}

TEST_F(ProviderWire, AnAnthropicCallerIsAnsweredByOpenAi) {
  key(only(ProviderKind::kOpenAi, "/v1"), "sk-1");
  one.play({answers(kGpt)});
  auto out = ModelRig(config).call(Endpoint::kMessages, std::string(kAsk), {{"anthropic-beta", "x"}});
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(parse_json(out.text)->at_pointer("/content/0/text"), json::value("hi"));
  EXPECT_EQ(out.usage.input, 10);
  EXPECT_EQ(out.usage.output, 5);
  EXPECT_EQ(one.seen().at(0).path, "/v1/chat/completions");
  EXPECT_EQ(one.seen().at(0).headers.get("authorization"), "Bearer sk-1");
  EXPECT_EQ(one.seen().at(0).headers.find("anthropic-beta"), std::nullopt);
}

TEST_F(ProviderWire, GeminiAndVertexAreCalledByTheirPaths) {
  key(only(ProviderKind::kGemini, "/v1beta"), "goog-1");
  config.routing.primary.model = "model of:mine";
  one.play({answers(kGemini), streams(kGeminiStream)});
  ModelRig gemini(config);
  EXPECT_EQ(gemini.chat(std::string(kAsk)).usage.output, 5);
  EXPECT_EQ(one.seen().at(0).target, "/v1beta/models/model%20of%3Amine:generateContent");
  EXPECT_EQ(one.seen().at(0).headers.get("x-goog-api-key"), "goog-1");
  auto streamed = gemini.call(Endpoint::kMessages, std::string(kAskStream));
  EXPECT_EQ(one.seen().at(1).target, "/v1beta/models/model%20of%3Amine:streamGenerateContent?alt=sse");
  EXPECT_NE(streamed.text.find("event: message_stop"), std::string::npos) << streamed.text;
  key(only(ProviderKind::kVertex, "/v1/projects/p/locations/l/publishers/google"), "ya29.token");
  one.play({answers(kGemini)});
  EXPECT_TRUE(ModelRig(config).chat(std::string(kAsk)).status);
  EXPECT_EQ(one.seen().back().target,
            "/v1/projects/p/locations/l/publishers/google/models/big:generateContent");
  EXPECT_EQ(one.seen().back().headers.get("authorization"), "Bearer ya29.token");
}

TEST_F(ProviderWire, AzureIsCalledByDeploymentOrByItsNewerApi) {
  key(only(ProviderKind::kAzure), "azure-1");
  config.routing.embeddings = ModelRig::target("one", "embed");
  one.play({answers(kGpt)});
  EXPECT_EQ(ModelRig(config).chat(std::string(kAsk)).text, kGpt) << "the dialect is the caller's";
  EXPECT_EQ(one.seen().back().target, "/openai/v1/chat/completions");
  EXPECT_EQ(one.seen().back().headers.get("api-key"), "azure-1");
  EXPECT_EQ(one.seen().back().headers.find("authorization"), std::nullopt);
  config.providers["one"].api_version = "2024-10-21";
  ModelRig rig(config);
  EXPECT_TRUE(rig.chat(std::string(kAsk)).status);
  EXPECT_EQ(one.seen().back().target, "/openai/deployments/big/chat/completions?api-version=2024-10-21");
  EXPECT_TRUE(rig.call(Endpoint::kEmbeddings, R"({"model":"auto","input":"x"})").status);
  EXPECT_EQ(one.seen().back().target, "/openai/deployments/embed/embeddings?api-version=2024-10-21");
  EXPECT_TRUE(rig.call(Endpoint::kMessages, std::string(kAsk)).status);
  EXPECT_EQ(one.seen().back().target, "/openai/deployments/big/chat/completions?api-version=2024-10-21");
}

TEST_F(ProviderWire, BedrockIsCalledWithASignature) {
  snapshot::Provider& bedrock = only(ProviderKind::kBedrock);
  bedrock.region = "eu-central-1";
  key(bedrock, "AKID:se/cret:to+ken");
  config.routing.primary.model = "anthropic.claude-v1:0";
  one.play({answers(kConverse), streams(kBedrockStream, "application/vnd.amazon.eventstream")});
  ModelRig rig(config);
  auto out = rig.chat(std::string(kAsk));
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(out.usage.input, 10);
  Seen seen = one.seen().at(0);
  EXPECT_EQ(seen.target, "/model/anthropic.claude-v1%3A0/converse");
  EXPECT_TRUE(
      seen.headers.get("authorization")
          .starts_with("AWS4-HMAC-SHA256 Credential=AKID/20261125/eu-central-1/bedrock/aws4_request, "
                       "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature="));
  EXPECT_EQ(seen.headers.get("x-amz-security-token"), "to+ken");
  auto streamed = rig.chat(std::string(kAskStream));
  EXPECT_EQ(one.seen().at(1).target, "/model/anthropic.claude-v1%3A0/converse-stream");
  EXPECT_TRUE(streamed.text.ends_with("data: [DONE]\n\n")) << streamed.text;
  EXPECT_EQ(streamed.headers.get("content-type"), "text/event-stream; charset=utf-8");
  EXPECT_EQ(streamed.usage.input, 30);
  EXPECT_EQ(streamed.usage.output, 9);
}

TEST_F(ProviderWire, AStreamIsMeteredStrippedAndSettled) {
  only(ProviderKind::kAnthropic);
  one.play({streams(kAnthropicStream)});
  ModelRig rig(config, daily(PicoDollars::dollars(1)));
  auto out = rig.chat(std::string(kAskStream));
  EXPECT_EQ(out.last, Piece::Kind::kLast);
  EXPECT_EQ(out.text.find("usage"), std::string::npos) << "the caller did not ask for it";
  EXPECT_EQ(out.usage.input, 30);
  EXPECT_EQ(out.usage.output, 9);
  EXPECT_EQ(rig.spent(), out.cost);
  auto asked = rig.chat(
      R"({"model":"auto","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"x"}]})");
  EXPECT_NE(asked.text.find(R"("prompt_tokens":30)"), std::string::npos);
}

TEST_F(ProviderWire, AStreamThatOutgrowsTheBudgetIsCut) {
  only(ProviderKind::kGemini);
  std::string endless;
  for (int i = 0; i < 4000; ++i) {
    endless += R"(data: {"candidates":[{"content":{"parts":[{"text":"some more words to pay for "}]}}]})"
               "\n\n";
  }
  one.play({streams(endless)});
  ModelRig rig(config, daily(PicoDollars(10'000'000'000)));
  auto out = rig.call(Endpoint::kMessages,
                      R"({"model":"auto","stream":true,"messages":[{"role":"user","content":"x"}]})");
  EXPECT_EQ(out.last, Piece::Kind::kCut);
  EXPECT_LT(out.usage.output, 4000);
  EXPECT_GT(out.usage.input, 0) << "estimated, for nothing was reported";
}

TEST_F(ProviderWire, AnErrorKeepsItsStatusInTheCallersShape) {
  only(ProviderKind::kAnthropic);
  one.play(
      {answers(R"({"type":"error","error":{"type":"invalid_request_error","message":"too long"}})", 400)});
  auto out = ModelRig(config).chat(std::string(kAsk));
  EXPECT_EQ(out.http_status, 400);
  EXPECT_EQ(parse_json(out.text)->at_pointer("/error/message"), json::value("too long"));
  EXPECT_EQ(parse_json(out.text)->at_pointer("/error/type"), json::value("invalid_request_error"));
  EXPECT_EQ(out.cost, PicoDollars());
}

TEST_F(ProviderWire, ATargetThatCannotBeToldAllIsPassedOver) {
  only(ProviderKind::kAnthropic);
  config.providers["two"] = provider(ProviderKind::kOpenAi, two, "/v1");
  config.routing.fallback = ModelRig::target("two", "small");
  one.play({answers(kClaude)});
  two.play({answers(kGpt)});
  constexpr std::string_view kTwoAnswers =
      R"({"model":"auto","n":2,"messages":[{"role":"user","content":"x"}]})";
  ModelRig rig(config);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(rig.chat(std::string(kTwoAnswers)).model, "small");
  EXPECT_TRUE(one.seen().empty());
  EXPECT_EQ(rig.chat(std::string(kAsk)).model, "big") << "it is no fault of the provider's";

  config.routing.fallback.reset();
  ModelRig alone(config, daily(PicoDollars::dollars(1)));
  auto refused = alone.chat(std::string(kTwoAnswers));
  ASSERT_FALSE(refused.status);
  EXPECT_EQ(refused.status.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(refused.status.error().reason, "translation.unsupported");
  ASSERT_EQ(refused.status.error().problems.size(), 1u);
  EXPECT_EQ(refused.status.error().problems[0].where, "/n");
  EXPECT_EQ(alone.spent(), PicoDollars()) << "nothing was sent";
}

TEST_F(ProviderWire, WhatIsNoAnswerIsPassedOverAndMayBeBilled) {
  only(ProviderKind::kGemini);
  config.providers["two"] = provider(ProviderKind::kOpenAi, two, "/v1");
  config.routing.fallback = ModelRig::target("two", "small");
  one.play({answers("{}")});
  two.play({answers(kGpt)});
  ModelRig rig(config, daily(PicoDollars::dollars(1)));
  auto out = rig.chat(std::string(kAsk));
  EXPECT_EQ(out.model, "small");
  EXPECT_GE(out.record.cost, PicoDollars(100 * 20'000'000));
}

TEST_F(ProviderWire, AnUpstreamIsToldTheMostThatTheModelWrites) {
  only(ProviderKind::kAnthropic);
  one.play({answers(kClaude)});
  ModelRig rig(config);
  constexpr std::string_view kOpen = R"({"model":"auto","messages":[{"role":"user","content":"x"}]})";
  rig.chat(std::string(kOpen));
  EXPECT_EQ(parse_json(one.seen().back().body)->at("max_tokens"), json::value(1000));
  config.routing.primary.max_tokens = 77;
  config.routing.primary.temperature = 0.5;
  ModelRig(config).chat(std::string(kOpen));
  EXPECT_EQ(parse_json(one.seen().back().body)->at("max_tokens"), json::value(77));
  EXPECT_EQ(parse_json(one.seen().back().body)->at("temperature"), json::value(0.5));
}

TEST_F(ProviderWire, APromptOfOursIsPutToEveryKind) {
  struct Kind {
    ProviderKind kind;
    std::string_view answer;
  };
  for (auto [kind, answer] :
       {Kind{ProviderKind::kAzure, kGpt}, Kind{ProviderKind::kGemini, kGemini},
        Kind{ProviderKind::kVertex, kGemini}, Kind{ProviderKind::kBedrock, kConverse}}) {
    snapshot::Provider& called = only(kind);
    called.region = "eu-west-1";
    key(called, "AKID:secret");
    one.play({answers(answer)});
    ModelRig rig(config);
    auto permit = testing_support::permit<tenancy::Action::kAsk>();
    ledger::Record record;
    Prompt prompt{.system = "be brief", .user = "hello", .max_tokens = {}};
    auto text = rig.run(rig.router.generate(permit, rig.tenant, rig.loop, prompt, record));
    ASSERT_TRUE(text) << text.error().message;
    EXPECT_EQ(text->text, "hi");
    EXPECT_EQ(text->usage.output, 5);
    EXPECT_NE(one.seen().back().body.find("be brief"), std::string::npos);
  }
}

TEST_F(ProviderWire, NoPartOfAKeyGetsOut) {
  snapshot::Provider& bedrock = only(ProviderKind::kBedrock);
  bedrock.region = "eu-central-1";
  key(bedrock, "AKID:canary-secret:canary-token");
  std::string told;
  set_log_sink([&](std::string_view line) { told += line; });
  for (std::string_view word : {"canary-secret", "canary-token"}) {
    for (int status : {400, 403, 500}) {
      one.play({answers(std::string(R"({"message":"you sent )").append(word).append("\"}"), status)});
      auto out = ModelRig(config).chat(std::string(kAsk));
      ASSERT_FALSE(out.status) << status;
      EXPECT_EQ(out.status.error().reason, "upstream.credential");
      told += out.status.error().message + out.status.error().detail + out.text;
    }
  }
  set_log_sink(nullptr);
  EXPECT_EQ(told.find("canary"), std::string::npos);
  key(only(ProviderKind::kGemini), "goog-1");
  one.play({answers(R"({"error":{"code":400,"message":"bad key","details":[{"reason":"API_KEY_INVALID"}]}})",
                    400)});
  EXPECT_EQ(ModelRig(config).chat(std::string(kAsk)).status.error().reason, "upstream.credential");
}

}  // namespace
}  // namespace bailiwick::routing
