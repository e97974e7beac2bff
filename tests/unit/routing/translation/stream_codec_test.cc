// Streams of every upstream become the caller's events, in order and whole, however they are split.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "net/sse.h"
#include "routing/stream_scanner.h"
#include "routing/translation/translation.h"
#include "support/upstream_streams.h"

namespace bailiwick::routing::translation {
namespace {

using namespace testing_support;
using enum Dialect;
using snapshot::ProviderKind;

constexpr Dialect kUpstreams[] = {kOpenAi, kAnthropic, kGemini, kBedrock};
constexpr AnswerContext kContext{.model = "asked-for",
                                 .request_id = "req_1",
                                 .created = 1'760'000'000,
                                 .estimated_input = 40,
                                 .secrets = {"sk-secret"}};

const std::string& stream_of(Dialect upstream) {
  switch (upstream) {
    case kOpenAi:
      return kOpenAiStream;
    case kAnthropic:
      return kAnthropicStream;
    case kGemini:
      return kGeminiStream;
    case kBedrock:
      break;
  }
  return kBedrockStream;
}

std::string translate(Dialect upstream, Dialect caller, std::string_view bytes,
                      const std::vector<std::size_t>& cuts = {}) {
  StreamTranslator translator(upstream, caller, kContext);
  std::string out;
  for (std::size_t cut : cuts) {
    std::size_t size = std::min(cut, bytes.size());
    out += translator.feed(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  out += translator.feed(bytes);
  out += translator.finish();
  EXPECT_TRUE(translator.done());
  return out;
}

std::vector<net::SseEvent> events_of(std::string_view stream) {
  std::vector<net::SseEvent> events;
  net::SseParser parser;
  EXPECT_TRUE(parser.feed(stream, [&](const net::SseEvent& event) { events.push_back(event); }));
  return events;
}

/// What a caller makes of a stream: `text|name(arguments)…|stop`.
struct Heard {
  std::string text, calls, stop;
  std::string all() const { return text + "|" + calls + "|" + stop; }
};

Heard hear_openai(std::string_view stream) {
  Heard heard;
  bool first = true;
  for (const net::SseEvent& event : events_of(stream)) {
    if (event.data == "[DONE]") continue;
    json::value chunk = parse_json(event.data).value();
    if (chunk.at("choices").as_array().empty()) continue;
    const json::object& choice = chunk.at_pointer("/choices/0").as_object();
    const json::object& delta = choice.at("delta").as_object();
    EXPECT_EQ(delta.contains("role"), std::exchange(first, false));
    if (delta.contains("content")) heard.text += delta.at("content").as_string();
    if (delta.contains("tool_calls")) {
      const json::object& call = delta.at("tool_calls").as_array().at(0).as_object();
      if (call.contains("id")) heard.calls += call.at("function").at("name").as_string();
      heard.calls += call.at("function").at("arguments").as_string();
    }
    if (choice.at("finish_reason").is_string()) heard.stop = choice.at("finish_reason").as_string();
  }
  return heard;
}

Heard hear_anthropic(std::string_view stream) {
  Heard heard;
  std::int64_t open = -1, next = 0;
  for (const net::SseEvent& event : events_of(stream)) {
    json::value data = parse_json(event.data).value();
    EXPECT_EQ(data.at("type"), json::value(event.name));
    if (event.name == "content_block_start") {
      EXPECT_EQ(open, -1);
      EXPECT_EQ(data.at("index").as_int64(), next);
      open = next++;
      if (data.at("content_block").at("type") == "tool_use")
        heard.calls += data.at("content_block").at("name").as_string();
    } else if (event.name == "content_block_delta") {
      EXPECT_EQ(data.at("index").as_int64(), open);
      const json::object& delta = data.at("delta").as_object();
      if (delta.contains("text")) heard.text += delta.at("text").as_string();
      if (delta.contains("partial_json")) heard.calls += delta.at("partial_json").as_string();
    } else if (event.name == "content_block_stop") {
      EXPECT_EQ(data.at("index").as_int64(), std::exchange(open, -1));
    } else if (event.name == "message_delta") {
      heard.stop = data.at("delta").at("stop_reason").as_string();
    }
  }
  EXPECT_EQ(open, -1);
  return heard;
}

TEST(Stream, EveryUpstreamSaysTheSameToEveryCaller) {
  for (Dialect upstream : kUpstreams) {
    std::string openai = translate(upstream, kOpenAi, stream_of(upstream));
    EXPECT_EQ(hear_openai(openai).all(), "Let me see: é 😀.|look{\"at\":\"it\"}smell{}|tool_calls");
    EXPECT_TRUE(openai.ends_with("data: [DONE]\n\n"));
    std::string anthropic = translate(upstream, kAnthropic, stream_of(upstream));
    EXPECT_EQ(hear_anthropic(anthropic).all(), "Let me see: é 😀.|look{\"at\":\"it\"}smell{}|tool_use");
    EXPECT_TRUE(anthropic.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
  }
}

TEST(Stream, IsMeteredByTheScannerOfTheCallersDialect) {
  for (Dialect upstream : kUpstreams) {
    for (auto [caller, kind] :
         {std::pair{kOpenAi, ProviderKind::kOpenAi}, {kAnthropic, ProviderKind::kAnthropic}}) {
      StreamScanner scanner(kind, UsageChunk::kStrip);
      std::string delivered(scanner.feed(translate(upstream, caller, stream_of(upstream))));
      EXPECT_TRUE(scanner.ended());
      EXPECT_GE(scanner.text_events(), 3);
      metering::TokenUsage usage = to_token_usage(scanner.usage(), kind);
      EXPECT_EQ(usage.input, 30) << api_name(upstream);
      EXPECT_EQ(usage.cache_read, 10) << api_name(upstream);
      EXPECT_EQ(usage.output, 9) << api_name(upstream);
      EXPECT_EQ(delivered.find("\"usage\"") == std::string::npos, caller == kOpenAi)
          << "the usage-only chunk is taken out";
    }
  }
}

RC_GTEST_PROP(Stream, SplitsMakeNoDifference, ()) {
  Dialect upstream = *rc::gen::elementOf(std::vector<Dialect>(std::begin(kUpstreams), std::end(kUpstreams)));
  Dialect caller = *rc::gen::element(kOpenAi, kAnthropic);
  const auto cuts = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 90));
  RC_ASSERT(translate(upstream, caller, stream_of(upstream), cuts) ==
            translate(upstream, caller, stream_of(upstream)));
}

TEST(Stream, ByteByByteIsTheSame) {
  for (Dialect upstream : kUpstreams) {
    std::vector<std::size_t> ones(stream_of(upstream).size(), 1);
    for (Dialect caller : {kOpenAi, kAnthropic}) {
      EXPECT_EQ(translate(upstream, caller, stream_of(upstream), ones),
                translate(upstream, caller, stream_of(upstream)));
    }
  }
}

TEST(StreamToOpenAi, InFull) {
  constexpr std::string_view kHead =
      R"(data: {"id":"chatcmpl-req_1","object":"chat.completion.chunk","created":1760000000,"model":"asked-for",)";
  std::string expected;
  for (
      std::string_view rest :
      {R"("choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]})",
       R"("choices":[{"index":0,"delta":{"content":"hi"},"logprobs":null,"finish_reason":null}]})",
       R"("choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]})",
       R"("choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}})"})
    expected.append(kHead).append(rest).append("\n\n");
  expected += "data: [DONE]\n\n";
  EXPECT_EQ(translate(kBedrock, kOpenAi,
                      aws_event("messageStart", R"({"role":"assistant"})") +
                          aws_event("contentBlockDelta", R"({"delta":{"text":"hi"}})") +
                          aws_event("messageStop", R"({"stopReason":"end_turn"})") +
                          aws_event("metadata", R"({"usage":{"inputTokens":3,"outputTokens":1}})")),
            expected);
}

TEST(StreamToAnthropic, InFull) {
  EXPECT_EQ(
      translate(kOpenAi, kAnthropic,
                R"(data: {"id":"chatcmpl-5","model":"gpt-9","choices":[{"delta":{"content":"hi"}}]})"
                "\n\n"
                R"(data: {"id":"chatcmpl-5","model":"gpt-9","choices":[{"delta":{},"finish_reason":"stop"}]})"
                "\n\ndata: [DONE]\n\n"),
      "event: message_start\n"
      R"(data: {"type":"message_start","message":{"id":"msg_5","type":"message","role":"assistant","model":"gpt-9","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":40,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}})"
      "\n\nevent: content_block_start\n"
      R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
      "\n\nevent: content_block_delta\n"
      R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}})"
      "\n\nevent: content_block_stop\n"
      R"(data: {"type":"content_block_stop","index":0})"
      "\n\nevent: message_delta\n"
      R"(data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":40,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}})"
      "\n\nevent: message_stop\n"
      R"(data: {"type":"message_stop"})"
      "\n\n");
}

TEST(StreamToAnthropic, ThoughtsAreABlockOfTheirOwn) {
  std::string out = translate(
      kGemini, kAnthropic,
      R"(data: {"candidates":[{"content":{"parts":[{"text":"hm","thought":true,"thoughtSignature":"s"},{"text":"Yes."}]},"finishReason":"STOP"}]})"
      "\n\n");
  EXPECT_NE(out.find(R"("content_block":{"type":"thinking","thinking":"","signature":""})"),
            std::string::npos);
  EXPECT_NE(out.find(R"({"type":"thinking_delta","thinking":"hm"})"), std::string::npos);
  EXPECT_NE(out.find(R"({"type":"signature_delta","signature":"s"})"), std::string::npos);
  EXPECT_EQ(hear_anthropic(out).all(), "Yes.||end_turn");
}

TEST(StreamToOpenAi, SeveralCandidatesAreChoices) {
  std::string out = translate(
      kGemini, kOpenAi,
      R"(data: {"candidates":[{"content":{"parts":[{"text":"a"}]},"index":0},{"content":{"parts":[{"text":"b"}]},"index":1}]})"
      "\n\n"
      R"(data: {"candidates":[{"index":1,"finishReason":"MAX_TOKENS"},{"index":0,"finishReason":"STOP"}]})"
      "\n\n");
  EXPECT_NE(out.find(R"({"index":1,"delta":{"role":"assistant","content":""})"), std::string::npos);
  EXPECT_NE(out.find(R"({"index":1,"delta":{"content":"b"})"), std::string::npos);
  EXPECT_NE(out.find(R"({"index":1,"delta":{},"logprobs":null,"finish_reason":"length"})"),
            std::string::npos);
}

TEST(Stream, AnErrorInTheMiddleIsTheCallersErrorEvent) {
  struct Failing {
    Dialect upstream;
    std::string bytes;
    std::string_view openai, anthropic;
  };
  const Failing kAll[] = {
      {kOpenAi, "data: {\"error\":{\"message\":\"broke\",\"type\":\"server_error\"}}\n\n", "server_error",
       "api_error"},
      {kAnthropic,
       "event: error\ndata: "
       "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"broke\"}}\n\n",
       "server_error", "overloaded_error"},
      {kGemini,
       "data: {\"error\":{\"code\":429,\"message\":\"broke\",\"status\":\"RESOURCE_EXHAUSTED\"}}\n\n",
       "rate_limit_error", "rate_limit_error"},
      {kBedrock, aws_exception("throttlingException", R"({"message":"broke"})"), "rate_limit_error",
       "rate_limit_error"}};
  for (const Failing& failing : kAll) {
    const std::string& whole = stream_of(failing.upstream);
    std::string bytes = whole.substr(0, failing.upstream == kBedrock
                                            ? aws_event("messageStart", R"({"role":"assistant"})").size()
                                            : whole.find("\n\n", 200) + 2);
    if (failing.upstream == kGemini) bytes = whole.substr(0, whole.find("\r\n\r\n") + 4);
    bytes += failing.bytes + "more";
    std::string openai = translate(failing.upstream, kOpenAi, bytes);
    std::string last = events_of(openai).back().data;
    EXPECT_EQ(parse_json(last)->at_pointer("/error/type"), json::value(failing.openai));
    EXPECT_EQ(parse_json(last)->at_pointer("/error/message"), json::value("broke"));
    std::string anthropic = translate(failing.upstream, kAnthropic, bytes);
    EXPECT_EQ(events_of(anthropic).back().name, "error");
    EXPECT_EQ(parse_json(events_of(anthropic).back().data)->at_pointer("/error/type"),
              json::value(failing.anthropic));
  }
}

TEST(Stream, WhatBreaksOffEndsWithAnError) {
  for (Dialect upstream : kUpstreams) {
    std::string half = stream_of(upstream).substr(0, stream_of(upstream).size() / 2);
    EXPECT_NE(translate(upstream, kOpenAi, half).find("broke off"), std::string::npos) << api_name(upstream);
    EXPECT_NE(translate(upstream, kAnthropic, "").find("event: error"), std::string::npos);
  }
}

TEST(Stream, WhatIsNoStreamEndsWithAnError) {
  for (Dialect upstream : kUpstreams) {
    std::string out = translate(upstream, kOpenAi, "data: nonsense, and more of it\n\n<html>\n\n");
    EXPECT_TRUE(out.starts_with("data: {\"error\":{")) << out;
  }
}

TEST(Stream, TheEndWithoutFormalitiesIsAnEnd) {
  std::string without_done = kOpenAiStream.substr(0, kOpenAiStream.find("data: [DONE]"));
  EXPECT_TRUE(translate(kOpenAi, kAnthropic, without_done).ends_with("{\"type\":\"message_stop\"}\n\n"));
  std::string without_metadata = aws_event("messageStop", R"({"stopReason":"end_turn"})");
  EXPECT_TRUE(translate(kBedrock, kOpenAi, without_metadata).ends_with("data: [DONE]\n\n"));
}

TEST(StreamOfOpenAi, CallsWithoutIndexAreToldApartByTheirIds) {
  std::string out = translate(
      kOpenAi, kAnthropic,
      R"(data: {"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}]})"
      "\n\ndata: [DONE]\n\n");
  EXPECT_EQ(hear_anthropic(out).all(), "|f{}g{}|tool_use");
}

TEST(StreamOfOpenAi, APieceOfAnEarlierCallIsNotGivenToAnother) {
  std::string out = translate(
      kOpenAi, kAnthropic,
      R"(data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}},{"index":1,"id":"b","function":{"name":"g","arguments":""}},{"index":0,"function":{"arguments":"{}"}}]}}]})"
      "\n\n");
  EXPECT_EQ(events_of(out).back().name, "error");
}

TEST(StreamOfOpenAi, WithoutUsageAnEstimateIsTold) {
  std::string out = translate(
      kOpenAi, kAnthropic,
      R"(data: {"choices":[{"delta":{"content":"thirty bytes of text, about it"},"finish_reason":"stop"}]})"
      "\n\n");
  StreamScanner scanner(ProviderKind::kAnthropic, UsageChunk::kPass);
  scanner.feed(out);
  EXPECT_EQ(scanner.usage().input, 40);
  EXPECT_EQ(scanner.usage().output, 11);
}

TEST(Stream, NeverRepeatsTheKey) {
  std::string out =
      translate(kBedrock, kOpenAi, aws_exception("validationException", R"({"message":"sk-secret is bad"})"));
  EXPECT_EQ(out.find("sk-secret"), std::string::npos);
  EXPECT_NE(out.find("answered 400"), std::string::npos);
}

TEST(Stream, KnowsWhyItFailed) {
  auto failure_of = [](std::string_view bytes) {
    StreamTranslator translator(kAnthropic, kOpenAi, kContext);
    translator.feed(bytes);
    translator.finish();
    return translator.failure();
  };
  EXPECT_EQ(failure_of("event: error\ndata: {\"type\":\"error\",\"error\":{}}\n\n").value().reason,
            "upstream.error");
  EXPECT_EQ(failure_of("").value().reason, "upstream.broken");
  EXPECT_EQ(failure_of("data: <html>\n\n").value().reason, "upstream.shape");
  EXPECT_FALSE(failure_of(kAnthropicStream));
}

TEST(Stream, TellsAtOnceWhatTheUpstreamHasCounted) {
  StreamTranslator translator(kAnthropic, kOpenAi, kContext);
  EXPECT_FALSE(translator.usage());
  translator.feed(
      "data: "
      "{\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n");
  EXPECT_EQ(translator.usage().value().input, 25);
  EXPECT_EQ(translator.usage().value().output, 1);
  EXPECT_EQ(translator.hidden_bytes(), 0u);
  translator.feed(
      "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"hm, "
      "so\"}}\n\n");
  EXPECT_EQ(translator.hidden_bytes(), 6u) << "OpenAI's callers do not see it, and pay for it";
}

TEST(Stream, IsWholeOnlyWhenEveryChoiceIs) {
  std::string one = R"(data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"},)"
                    R"({"index":1,"delta":{"content":"b"}}]})"
                    "\n\n";
  EXPECT_NE(translate(kOpenAi, kOpenAi, one).find("broke off"), std::string::npos);
  std::string other = "data: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n";
  EXPECT_TRUE(translate(kOpenAi, kOpenAi, one + other).ends_with("data: [DONE]\n\n"));
}

TEST(Stream, NamesLongerThanAnyAreNotRepeatedWithEveryEvent) {
  std::string long_name(2000, 'x');
  std::string out =
      translate(kOpenAi, kOpenAi,
                R"(data: {"id":")" + long_name + R"(","model":")" + long_name +
                    "\",\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n");
  EXPECT_EQ(out.find("xxx"), std::string::npos);
  EXPECT_NE(out.find(R"("model":"asked-for")"), std::string::npos);
}

TEST(Stream, HoldsNoMoreThanAnEvent) {
  StreamTranslator translator(kOpenAi, kAnthropic, kContext);
  std::string piece(1 << 16, 'x');
  std::string out = translator.feed("data: ");
  for (int i = 0; i < 64 && !translator.done(); ++i) out += translator.feed(piece);
  EXPECT_TRUE(translator.done());
  EXPECT_NE(out.find("event: error"), std::string::npos);
}

}  // namespace
}  // namespace bailiwick::routing::translation
