// Whole answers and errors of every upstream, in either caller's dialect.
#include <gtest/gtest.h>

#include "routing/translation/translation.h"
#include "routing/usage.h"

namespace bailiwick::routing::translation {
namespace {

using enum Dialect;

constexpr AnswerContext kContext{.model = "asked-for",
                                 .request_id = "req_1",
                                 .created = 1'760'000'000,
                                 .estimated_input = 40,
                                 .secrets = {"sk-secret"}};

json::value parsed(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text;
  return value ? *value : json::value();
}

std::string answer(Dialect upstream, Dialect caller, std::string_view body) {
  auto out = translate_answer(upstream, caller, body, kContext);
  EXPECT_TRUE(out) << (out ? "" : out.error().message + " " + out.error().detail);
  return out.value_or("null");
}

constexpr std::string_view kAnthropicAnswer = R"({"id": "msg_9", "type": "message", "role": "assistant",
  "model": "claude-9", "content": [
    {"type": "thinking", "thinking": "hm", "signature": "sig"},
    {"type": "text", "text": "I look"}, {"type": "text", "text": " now."},
    {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": "it"}}],
  "stop_reason": "tool_use", "stop_sequence": null, "usage": {"input_tokens": 10,
    "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20, "output_tokens": 7,
    "cache_creation": {"ephemeral_5m_input_tokens": 15, "ephemeral_1h_input_tokens": 5}}})";

TEST(AnswerOfAnthropic, InOpenAisDialect) {
  EXPECT_EQ(parsed(answer(kAnthropic, kOpenAi, kAnthropicAnswer)), parsed(R"({
    "id": "chatcmpl-9", "object": "chat.completion", "created": 1760000000, "model": "claude-9",
    "choices": [{"index": 0, "logprobs": null, "finish_reason": "tool_calls", "message": {
      "role": "assistant", "content": "I look now.", "refusal": null, "tool_calls": [
        {"id": "toolu_1", "type": "function",
         "function": {"name": "look", "arguments": "{\"at\":\"it\"}"}}]}}],
    "usage": {"prompt_tokens": 130, "completion_tokens": 7, "total_tokens": 137,
      "prompt_tokens_details": {"cached_tokens": 100}, "completion_tokens_details": {"reasoning_tokens": 0},
      "cache_creation_input_tokens": 20, "cache_creation": {"ephemeral_1h_input_tokens": 5}}})"));
}

TEST(AnswerOfAnthropic, IsMeteredTheSameInEitherDialect) {
  auto metered = [](std::string_view text, snapshot::ProviderKind kind) {
    return to_token_usage(parse_usage(last_usage_object(text)), kind);
  };
  auto native = metered(kAnthropicAnswer, snapshot::ProviderKind::kAnthropic);
  auto translated = metered(answer(kAnthropic, kOpenAi, kAnthropicAnswer), snapshot::ProviderKind::kOpenAi);
  EXPECT_EQ(native.input, 130);
  EXPECT_EQ(translated.input, native.input);
  EXPECT_EQ(translated.output, native.output);
  EXPECT_EQ(translated.cache_read, native.cache_read);
  EXPECT_EQ(translated.cache_creation, native.cache_creation);
  EXPECT_EQ(translated.cache_creation_hour, native.cache_creation_hour);
}

TEST(AnswerOfOpenAi, InAnthropicsDialect) {
  std::string text = answer(kOpenAi, kAnthropic, R"({"id": "chatcmpl-7", "model": "gpt-9", "choices": [
    {"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": "Wait.",
      "tool_calls": [{"id": "call_1", "type": "function",
        "function": {"name": "look", "arguments": "{\"usage\":{\"input_tokens\":5}}"}}]}}],
    "usage": {"prompt_tokens": 50, "completion_tokens": 6, "total_tokens": 56,
      "prompt_tokens_details": {"cached_tokens": 20}}})");
  EXPECT_EQ(parsed(text), parsed(R"({"id": "msg_7", "type": "message", "role": "assistant",
    "model": "gpt-9", "content": [{"type": "text", "text": "Wait."},
      {"type": "tool_use", "id": "call_1", "name": "look", "input": {"usage": {"input_tokens": 5}}}],
    "stop_reason": "tool_use", "stop_sequence": null,
    "usage": {"input_tokens": 30, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 20,
      "output_tokens": 6}})"));
  EXPECT_EQ(parse_usage(last_usage_object(text)).input, 30) << "not what the call's arguments say";
}

TEST(AnswerOfGemini, InBothDialects) {
  constexpr std::string_view kBody = R"({"responseId": "r1", "modelVersion": "gemini-9", "candidates": [
    {"content": {"role": "model", "parts": [{"text": "hm", "thought": true, "thoughtSignature": "s"},
      {"text": "Yes"}, {"text": "."}, {"functionCall": {"name": "look", "args": {"a": 1}}},
      {"functionCall": {"name": "look"}}]}, "finishReason": "STOP"}],
    "usageMetadata": {"promptTokenCount": 12, "cachedContentTokenCount": 4, "candidatesTokenCount": 5,
      "thoughtsTokenCount": 30, "totalTokenCount": 47}})";
  json::value openai = parsed(answer(kGemini, kOpenAi, kBody));
  EXPECT_EQ(openai.at("id"), json::value("chatcmpl-r1"));
  EXPECT_EQ(openai.at_pointer("/choices/0/message/content"), json::value("Yes."));
  EXPECT_EQ(openai.at_pointer("/choices/0/finish_reason"), json::value("tool_calls"));
  EXPECT_NE(openai.at_pointer("/choices/0/message/tool_calls/0/id"),
            openai.at_pointer("/choices/0/message/tool_calls/1/id"));
  EXPECT_EQ(openai.at_pointer("/choices/0/message/tool_calls/1/function/arguments"), json::value("{}"));
  EXPECT_EQ(openai.at("usage"), parsed(R"({"prompt_tokens": 12, "completion_tokens": 35, "total_tokens": 47,
    "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 30}})"));
  json::value anthropic = parsed(answer(kGemini, kAnthropic, kBody));
  EXPECT_EQ(anthropic.at_pointer("/content/0"),
            parsed(R"({"type": "thinking", "thinking": "hm", "signature": "s"})"));
  EXPECT_EQ(anthropic.at_pointer("/content/1/text"), json::value("Yes."));
  EXPECT_EQ(anthropic.at("stop_reason"), json::value("tool_use"));
  EXPECT_EQ(anthropic.at("usage"), parsed(R"({"input_tokens": 8, "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 4, "output_tokens": 35})"));
}

TEST(AnswerOfGemini, SeveralCandidatesAreChoices) {
  json::value openai = parsed(answer(kGemini, kOpenAi, R"({"candidates": [
    {"content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"},
    {"content": {"parts": [{"text": "b"}]}, "finishReason": "MAX_TOKENS"}]})"));
  EXPECT_EQ(openai.at_pointer("/choices/1/index"), json::value(1));
  EXPECT_EQ(openai.at_pointer("/choices/1/message/content"), json::value("b"));
  EXPECT_EQ(openai.at_pointer("/choices/1/finish_reason"), json::value("length"));
  EXPECT_EQ(openai.at("id"), json::value("chatcmpl-req_1"));
  EXPECT_EQ(openai.at("model"), json::value("asked-for"));
  EXPECT_FALSE(openai.as_object().contains("usage"));
}

TEST(AnswerOfGemini, APromptThatIsBlockedIsARefusal) {
  constexpr std::string_view kBody = R"({"promptFeedback": {"blockReason": "SAFETY"}})";
  EXPECT_EQ(parsed(answer(kGemini, kOpenAi, kBody)).at_pointer("/choices/0/finish_reason"),
            json::value("content_filter"));
  EXPECT_EQ(parsed(answer(kGemini, kAnthropic, kBody)).at("stop_reason"), json::value("refusal"));
}

TEST(AnswerOfBedrock, InBothDialects) {
  constexpr std::string_view kBody = R"({"output": {"message": {"role": "assistant", "content": [
    {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}}, {"text": "Yes."},
    {"toolUse": {"toolUseId": "tooluse_1", "name": "look", "input": {"a": 1}}}]}},
    "stopReason": "tool_use", "metrics": {"latencyMs": 5},
    "usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 45, "cacheReadInputTokens": 20,
      "cacheWriteInputTokens": 10}})";
  json::value anthropic = parsed(answer(kBedrock, kAnthropic, kBody));
  EXPECT_EQ(anthropic, parsed(R"({"id": "msg_req_1", "type": "message", "role": "assistant",
    "model": "asked-for", "content": [{"type": "thinking", "thinking": "hm", "signature": "s"},
      {"type": "text", "text": "Yes."},
      {"type": "tool_use", "id": "tooluse_1", "name": "look", "input": {"a": 1}}],
    "stop_reason": "tool_use", "stop_sequence": null, "usage": {"input_tokens": 10,
      "cache_creation_input_tokens": 10, "cache_read_input_tokens": 20, "output_tokens": 5}})"));
  json::value openai = parsed(answer(kBedrock, kOpenAi, kBody));
  EXPECT_EQ(openai.at_pointer("/usage/prompt_tokens"), json::value(40));
  EXPECT_EQ(openai.at_pointer("/choices/0/message/content"), json::value("Yes."));
}

TEST(Answer, StopReasonsHaveTheirNames) {
  auto stop = [](std::string_view reason) {
    std::string body = R"({"output":{"message":{"content":[]}},"stopReason":")";
    body.append(reason).append("\"}");
    return parsed(answer(kBedrock, kAnthropic, body)).at("stop_reason");
  };
  EXPECT_EQ(stop("end_turn"), json::value("end_turn"));
  EXPECT_EQ(stop("max_tokens"), json::value("max_tokens"));
  EXPECT_EQ(stop("stop_sequence"), json::value("stop_sequence"));
  EXPECT_EQ(stop("guardrail_intervened"), json::value("refusal"));
  EXPECT_EQ(stop("content_filtered"), json::value("refusal"));
}

TEST(Answer, WithoutUsageAnthropicsCallersGetAnEstimate) {
  json::value anthropic = parsed(answer(kOpenAi, kAnthropic, R"({"choices": [{"finish_reason": "stop",
    "message": {"content": "thirty bytes of text, about it"}}]})"));
  EXPECT_EQ(anthropic.at_pointer("/usage/input_tokens"), json::value(40));
  EXPECT_EQ(anthropic.at_pointer("/usage/output_tokens"), json::value(11));
}

TEST(Answer, WhatIsNotCountedIsEstimatedAndNoPartIsLargerThanItsWhole) {
  json::value openai = parsed(answer(kAnthropic, kOpenAi, R"({"stop_reason": "end_turn",
    "content": [{"type": "text", "text": "thirty bytes of text, about it"}],
    "usage": {"cache_read_input_tokens": 7}})"));
  EXPECT_EQ(openai.at_pointer("/usage/prompt_tokens"), json::value(40));
  EXPECT_EQ(openai.at_pointer("/usage/completion_tokens"), json::value(11));
  EXPECT_EQ(openai.at_pointer("/usage/prompt_tokens_details/cached_tokens"), json::value(7));
  json::value anthropic = parsed(answer(kOpenAi, kAnthropic, R"({"choices": [{"finish_reason": "stop",
    "message": {"content": "x"}}], "usage": {"prompt_tokens": 5, "completion_tokens": 0,
    "prompt_tokens_details": {"cached_tokens": 9}}})"));
  EXPECT_EQ(anthropic.at("usage"), parsed(R"({"input_tokens": 0, "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 5, "output_tokens": 0})"));
}

TEST(AnswerOfGemini, ThoughtsAreOutputAlsoWhenNothingElseIs) {
  json::value openai = parsed(answer(kGemini, kOpenAi, R"({"candidates": [{"finishReason": "MAX_TOKENS"}],
    "usageMetadata": {"promptTokenCount": 50, "thoughtsTokenCount": 8000}})"));
  EXPECT_EQ(openai.at_pointer("/usage/completion_tokens"), json::value(8000));
}

TEST(Answer, OfMoreValuesThanAnyHasIsNone) {
  std::string body = R"({"choices": [)";
  for (int i = 0; i < 300'000; ++i) body += "0,";
  auto out = translate_answer(kOpenAi, kAnthropic, body + "0]}", kContext);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().reason, "upstream.shape");
}

TEST(Answer, WhatIsNoneIsTheUpstreamsFault) {
  for (Dialect upstream : {kOpenAi, kAnthropic, kGemini, kBedrock}) {
    for (std::string_view body : {"", "not JSON", "[]", "{}", R"({"choices": [{}]})", R"({"content": [1]})",
                                  R"({"candidates": [1]})", R"({"output": {"message": {"content": [1]}}})"}) {
      auto out = translate_answer(upstream, kOpenAi, body, kContext);
      ASSERT_FALSE(out) << body;
      EXPECT_EQ(out.error().code, ErrorCode::kBadGateway);
      EXPECT_TRUE(out.error().reason.starts_with("upstream.")) << out.error().reason;
    }
  }
  auto call = translate_answer(kOpenAi, kAnthropic, R"({"choices": [{"finish_reason": "length", "message":
    {"tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{\"a\":"}}]}}]})",
                               kContext);
  ASSERT_FALSE(call);
  EXPECT_EQ(call.error().reason, "upstream.call");
}

TEST(Error, KeepsWhatWasSaidInTheCallersShape) {
  EXPECT_EQ(parsed(translate_error(kAnthropic, kOpenAi, 400,
                                   R"({"type": "error", "error": {"type": "invalid_request_error",
                                       "message": "max_tokens: too large"}})",
                                   kContext)),
            parsed(R"({"error": {"message": "max_tokens: too large", "type": "invalid_request_error",
                       "param": null, "code": null}})"));
  EXPECT_EQ(parsed(translate_error(kOpenAi, kAnthropic, 429,
                                   R"({"error": {"message": "slow", "type": "requests"}})", kContext)),
            parsed(R"({"type": "error", "error": {"type": "rate_limit_error", "message": "slow"},
                       "request_id": "req_1"})"));
  EXPECT_EQ(
      parsed(translate_error(kGemini, kOpenAi, 404,
                             R"([{"error": {"code": 404, "message": "no model", "status": "NOT_FOUND"}}])",
                             kContext))
          .at_pointer("/error/message"),
      json::value("no model"));
  EXPECT_EQ(parsed(translate_error(kBedrock, kAnthropic, 400, R"({"message": "bad"})", kContext))
                .at_pointer("/error/message"),
            json::value("bad"));
}

TEST(Error, ThatIsNotInTheApisShapeHasItsStatusAlone) {
  for (std::string_view body : {"<html>", "", "[]", "{}", R"({"error": "text"})"}) {
    EXPECT_EQ(parsed(translate_error(kGemini, kOpenAi, 503, body, kContext)).at_pointer("/error/message"),
              json::value("the model's provider answered 503"));
  }
}

TEST(Error, NeverRepeatsTheKey) {
  std::string body = R"({"error": {"message": "key sk-secret is odd"}})";
  for (Dialect caller : {kOpenAi, kAnthropic}) {
    EXPECT_EQ(translate_error(kOpenAi, caller, 400, body, kContext).find("sk-secret"), std::string::npos);
    AnswerContext two = kContext;
    two.secrets = {"other", "sk-secret"};
    EXPECT_EQ(translate_error(kOpenAi, caller, 400, body, two).find("sk-secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace bailiwick::routing::translation
