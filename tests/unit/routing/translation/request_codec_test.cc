// Requests carry over to every target what it can be told, and refuse the rest by its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "routing/translation/translation.h"

namespace bailiwick::routing::translation {
namespace {

using enum Dialect;

json::value parsed(std::string_view text) {
  auto value = parse_json(text, {.nul_bytes = NulBytes::kAllowed, .max_depth = 128});
  EXPECT_TRUE(value) << text;
  return value ? *value : json::value();
}

json::value put(Dialect caller, Dialect target, std::string_view body, RequestTarget to = {.model = "m"}) {
  auto written = translate_request(caller, target, body, to);
  EXPECT_TRUE(written) << (written ? "" : to_string(written.error().problems));
  return written ? parsed(*written) : json::value();
}

/// Where the refusals of a body stand.
std::vector<std::string> refused(Dialect caller, Dialect target, std::string_view body,
                                 std::string_view reason = "translation.unsupported",
                                 std::string_view model = "m") {
  auto written = translate_request(caller, target, body, {.model = model});
  std::vector<std::string> places;
  EXPECT_FALSE(written) << body;
  if (written) return places;
  EXPECT_EQ(written.error().code, ErrorCode::kInvalid);
  EXPECT_EQ(written.error().reason, reason) << to_string(written.error().problems);
  for (const Problem& problem : written.error().problems) places.push_back(problem.where);
  return places;
}

using testing::ElementsAre;

constexpr std::string_view kOpenAiBody = R"({
  "model": "caller's", "stream": true, "stream_options": {"include_usage": true},
  "temperature": 0.5, "top_p": 0.9, "max_tokens": 100, "stop": ["END", "STOP"], "user": "u1",
  "messages": [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [
      {"type": "text", "text": "What is this?"},
      {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk=", "detail": "low"}}]},
    {"role": "assistant", "content": null, "tool_calls": [
      {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{\"at\":\"it\"}"}},
      {"id": "call_2", "type": "function", "function": {"name": "smell", "arguments": ""}}]},
    {"role": "tool", "tool_call_id": "call_1", "name": "look", "content": "a kettle"},
    {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "tea"}]},
    {"role": "user", "content": "So?"}],
  "tools": [{"type": "function", "function": {"name": "look", "description": "Looks.",
    "parameters": {"type": "object", "properties": {"at": {"type": "string"}}}}}],
  "tool_choice": "required"})";

TEST(RequestToAnthropic, CarriesAConversationWithTools) {
  EXPECT_EQ(put(kOpenAi, kAnthropic, kOpenAiBody), parsed(R"({
    "model": "m", "max_tokens": 100, "stream": true, "temperature": 0.5, "top_p": 0.9,
    "stop_sequences": ["END", "STOP"],
    "system": [{"type": "text", "text": "Be brief."}],
    "messages": [
      {"role": "user", "content": [{"type": "text", "text": "What is this?"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}]},
      {"role": "assistant", "content": [
        {"type": "tool_use", "id": "call_1", "name": "look", "input": {"at": "it"}},
        {"type": "tool_use", "id": "call_2", "name": "smell", "input": {}}]},
      {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "call_1", "content": [{"type": "text", "text": "a kettle"}]},
        {"type": "tool_result", "tool_use_id": "call_2", "content": [{"type": "text", "text": "tea"}]},
        {"type": "text", "text": "So?"}]}],
    "tools": [{"name": "look", "description": "Looks.",
      "input_schema": {"type": "object", "properties": {"at": {"type": "string"}}}}],
    "tool_choice": {"type": "any"}})"));
}

TEST(RequestToGemini, CarriesAConversationWithTools) {
  EXPECT_EQ(put(kOpenAi, kGemini, kOpenAiBody, {.model = "gemini-2.5-flash"}), parsed(R"({
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "contents": [
      {"role": "user", "parts": [{"text": "What is this?"},
        {"inlineData": {"mimeType": "image/png", "data": "aGk="}}]},
      {"role": "model", "parts": [{"functionCall": {"name": "look", "args": {"at": "it"}}},
        {"functionCall": {"name": "smell", "args": {}}}]},
      {"role": "user", "parts": [
        {"functionResponse": {"name": "look", "response": {"output": "a kettle"}}},
        {"functionResponse": {"name": "smell", "response": {"output": "tea"}}},
        {"text": "So?"}]}],
    "tools": [{"functionDeclarations": [{"name": "look", "description": "Looks.",
      "parametersJsonSchema": {"type": "object", "properties": {"at": {"type": "string"}}}}]}],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
    "generationConfig": {"maxOutputTokens": 100, "temperature": 0.5, "topP": 0.9,
      "stopSequences": ["END", "STOP"]}})"));
}

TEST(RequestToBedrock, CarriesAConversationWithTools) {
  EXPECT_EQ(put(kOpenAi, kBedrock, kOpenAiBody), parsed(R"({
    "system": [{"text": "Be brief."}],
    "messages": [
      {"role": "user", "content": [{"text": "What is this?"},
        {"image": {"format": "png", "source": {"bytes": "aGk="}}}]},
      {"role": "assistant", "content": [
        {"toolUse": {"toolUseId": "call_1", "name": "look", "input": {"at": "it"}}},
        {"toolUse": {"toolUseId": "call_2", "name": "smell", "input": {}}}]},
      {"role": "user", "content": [
        {"toolResult": {"toolUseId": "call_1", "content": [{"text": "a kettle"}], "status": "success"}},
        {"toolResult": {"toolUseId": "call_2", "content": [{"text": "tea"}], "status": "success"}},
        {"text": "So?"}]}],
    "inferenceConfig": {"maxTokens": 100, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END", "STOP"]},
    "toolConfig": {"tools": [{"toolSpec": {"name": "look", "description": "Looks.",
      "inputSchema": {"json": {"type": "object", "properties": {"at": {"type": "string"}}}}}}],
      "toolChoice": {"any": {}}}})"));
}

constexpr std::string_view kAnthropicBody = R"({
  "model": "caller's", "max_tokens": 64, "stream": true, "stop_sequences": ["END"], "temperature": 1,
  "metadata": {"user_id": "u1"},
  "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}},
             {"type": "text", "text": "Be kind."}],
  "messages": [
    {"role": "user", "content": [{"type": "text", "text": "Look."},
      {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": "aGk="}}]},
    {"role": "assistant", "content": [
      {"type": "thinking", "thinking": "hm", "signature": "s"},
      {"type": "text", "text": "I look."},
      {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {"at": [1, 2]}}]},
    {"role": "user", "content": [
      {"type": "text", "text": "Well?"},
      {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": true, "content": "no light"}]}],
  "tools": [{"name": "look", "input_schema": {"type": "object"}}],
  "tool_choice": {"type": "tool", "name": "look", "disable_parallel_tool_use": true}})";

TEST(RequestToOpenAi, CarriesAConversationWithTools) {
  EXPECT_EQ(put(kAnthropic, kOpenAi, kAnthropicBody), parsed(R"({
    "model": "m", "max_tokens": 64, "stream": true, "stream_options": {"include_usage": true},
    "stop": ["END"], "temperature": 1.0,
    "messages": [
      {"role": "system", "content": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind."}]},
      {"role": "user", "content": [{"type": "text", "text": "Look."},
        {"type": "image_url", "image_url": {"url": "data:image/webp;base64,aGk="}}]},
      {"role": "assistant", "content": "I look.", "tool_calls": [
        {"id": "toolu_1", "type": "function", "function": {"name": "look", "arguments": "{\"at\":[1,2]}"}}]},
      {"role": "tool", "tool_call_id": "toolu_1",
        "content": [{"type": "text", "text": "The call failed."}, {"type": "text", "text": "no light"}]},
      {"role": "user", "content": "Well?"}],
    "tools": [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}],
    "tool_choice": {"type": "function", "function": {"name": "look"}}, "parallel_tool_calls": false})"));
}

TEST(RequestToGemini, TellsOfAFailedCallAndSignsWhatItDidNotMake) {
  json::value body = put(kAnthropic, kGemini, R"({"max_tokens": 9, "messages": [
    {"role": "user", "content": "go"},
    {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}},
                                      {"type": "tool_use", "id": "u", "name": "g", "input": {}}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "is_error": true, "content": "no"},
                                 {"type": "tool_result", "tool_use_id": "u"}]}]})",
                         {.model = "gemini-3-pro-preview"});
  EXPECT_EQ(body.at_pointer("/contents/1/parts/0/thoughtSignature"),
            json::value("skip_thought_signature_validator"));
  EXPECT_FALSE(body.at_pointer("/contents/1/parts/1").as_object().contains("thoughtSignature"));
  EXPECT_EQ(body.at_pointer("/contents/2/parts/0/functionResponse/response"), parsed(R"({"error": "no"})"));
  EXPECT_EQ(body.at_pointer("/contents/2/parts/1/functionResponse/response"), parsed(R"({"output": ""})"));
}

TEST(Request, TheTargetIsToldWhatTheCallerLeftOpen) {
  constexpr std::string_view kPlain = R"({"messages": [{"role": "user", "content": "hi"}]})";
  RequestTarget to{.model = "m", .output_bound = {}, .default_max_tokens = 777, .temperature = 0.25};
  EXPECT_EQ(put(kOpenAi, kAnthropic, kPlain, to).at("max_tokens"), json::value(777));
  EXPECT_EQ(put(kOpenAi, kBedrock, kPlain, to).at_pointer("/inferenceConfig/maxTokens"), json::value(777));
  EXPECT_EQ(put(kOpenAi, kGemini, kPlain, to).at("generationConfig"), parsed(R"({"temperature": 0.25})"));
  to.output_bound = 50;
  EXPECT_EQ(put(kOpenAi, kAnthropic, kPlain, to).at("max_tokens"), json::value(50));
  EXPECT_EQ(put(kAnthropic, kOpenAi, kPlain, to).at("max_tokens"), json::value(50));
  to.model = "gpt-5-mini";
  EXPECT_EQ(put(kAnthropic, kOpenAi, kPlain, to).at("max_completion_tokens"), json::value(50));
}

TEST(Request, ToolChoicesMeanTheSameEverywhere) {
  auto choice = [](std::string_view choice, Dialect target) {
    std::string body(R"({"messages": [{"role": "user", "content": "x"}], "tools": [{"type": "function",)");
    body.append(R"("function": {"name": "f", "strict": true}}], "tool_choice": )").append(choice).append("}");
    return put(kOpenAi, target, body);
  };
  EXPECT_EQ(choice("\"auto\"", kAnthropic).at("tool_choice"), parsed(R"({"type": "auto"})"));
  EXPECT_EQ(choice("\"none\"", kAnthropic).at("tool_choice"), parsed(R"({"type": "none"})"));
  constexpr std::string_view kNamed = R"({"type": "function", "function": {"name": "f"}})";
  EXPECT_EQ(choice(kNamed, kAnthropic).at("tool_choice"), parsed(R"({"type": "tool", "name": "f"})"));
  EXPECT_EQ(choice(kNamed, kBedrock).at_pointer("/toolConfig/toolChoice"),
            parsed(R"({"tool": {"name": "f"}})"));
  constexpr std::string_view kCalling = "/toolConfig/functionCallingConfig";
  EXPECT_EQ(choice(kNamed, kGemini).at_pointer(kCalling),
            parsed(R"({"mode": "ANY", "allowedFunctionNames": ["f"]})"));
  EXPECT_EQ(choice("\"none\"", kGemini).at_pointer(kCalling), parsed(R"({"mode": "NONE"})"));
  EXPECT_EQ(choice("\"auto\"", kGemini).at_pointer(kCalling), parsed(R"({"mode": "VALIDATED"})"))
      << "a strict function's calls fit its schema";
  EXPECT_EQ(choice("\"auto\"", kBedrock).at_pointer("/toolConfig/tools/0/toolSpec/strict"),
            json::value(true));
  EXPECT_EQ(choice("\"auto\"", kAnthropic).at_pointer("/tools/0/strict"), json::value(true));
  EXPECT_EQ(choice("\"auto\"", kAnthropic).at_pointer("/tools/0/input_schema"),
            parsed(R"({"type": "object", "properties": {}})"));
}

TEST(Request, FormatsAndEffortsGoWhereTheyExist) {
  constexpr std::string_view kBody = R"({"messages": [{"role": "user", "content": "x"}],
    "reasoning_effort": "low", "response_format": {"type": "json_schema",
    "json_schema": {"name": "n", "strict": true, "schema": {"type": "object"}}}})";
  EXPECT_EQ(put(kOpenAi, kAnthropic, kBody).at("output_config"),
            parsed(R"({"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}})"));
  EXPECT_EQ(put(kOpenAi, kGemini, kBody, {.model = "gemini-2.5-pro"}).at("generationConfig"),
            parsed(R"({"thinkingConfig": {"thinkingBudget": 1024}, "responseMimeType": "application/json",
                       "responseJsonSchema": {"type": "object"}})"));
  EXPECT_EQ(put(kOpenAi, kGemini, kBody, {.model = "gemini-3-flash"})
                .at_pointer("/generationConfig/thinkingConfig"),
            parsed(R"({"thinkingLevel": "low"})"));
  EXPECT_THAT(refused(kOpenAi, kBedrock, kBody), ElementsAre("/reasoning_effort"));
  EXPECT_EQ(put(kOpenAi, kBedrock, R"({"messages": [], "response_format": {"type": "json_schema",
    "json_schema": {"name": "n", "schema": {}}}})")
                .at("outputConfig"),
            parsed(R"({"textFormat": {"type": "json_schema",
                       "structure": {"jsonSchema": {"schema": "{}", "name": "n"}}}})"));
  constexpr std::string_view kAnyJson = R"({"messages": [], "response_format": {"type": "json_object"}})";
  EXPECT_EQ(put(kOpenAi, kGemini, kAnyJson).at("generationConfig"),
            parsed(R"({"responseMimeType": "application/json"})"));
  EXPECT_THAT(refused(kOpenAi, kAnthropic, kAnyJson), ElementsAre("/response_format"));
  EXPECT_THAT(refused(kOpenAi, kBedrock, kAnyJson), ElementsAre("/response_format"));
  constexpr std::string_view kOutput = R"({"messages": [], "output_config": {"effort": "high",
    "format": {"type": "json_schema", "schema": {"type": "object"}}}})";
  EXPECT_EQ(put(kAnthropic, kOpenAi, kOutput).at("reasoning_effort"), json::value("high"));
  EXPECT_EQ(put(kAnthropic, kOpenAi, kOutput).at("response_format"), parsed(R"({"type": "json_schema",
                       "json_schema": {"name": "answer", "schema": {"type": "object"}, "strict": true}})"));
}

TEST(Request, ThinkingByBudgetGoesToGeminiAlone) {
  constexpr std::string_view kBody =
      R"({"messages": [], "thinking": {"type": "enabled", "budget_tokens": 2048}})";
  EXPECT_EQ(put(kAnthropic, kGemini, kBody).at_pointer("/generationConfig/thinkingConfig"),
            parsed(R"({"thinkingBudget": 2048, "includeThoughts": true})"));
  EXPECT_THAT(refused(kAnthropic, kOpenAi, kBody), ElementsAre("/thinking/budget_tokens"));
  EXPECT_THAT(refused(kAnthropic, kBedrock, kBody), ElementsAre("/thinking/budget_tokens"));
  put(kAnthropic, kOpenAi, R"({"messages": [], "thinking": {"type": "disabled"}})");
  put(kAnthropic, kOpenAi, R"({"messages": [], "thinking": {"type": "adaptive"}})");
}

TEST(Request, WhatIsOnlyAHintIsDropped) {
  json::value body = put(kOpenAi, kAnthropic, R"({"messages": [{"role": "user", "content": "x"}],
    "user": "u", "metadata": {"a": "b"}, "seed": 7, "store": false, "logprobs": false, "n": 1,
    "service_tier": "auto", "frequency_penalty": 0, "presence_penalty": 0.0, "logit_bias": {},
    "parallel_tool_calls": true, "prompt_cache_key": "k", "response_format": {"type": "text"},
    "top_logprobs": null, "modalities": ["text"]})");
  std::vector<std::string> members;
  for (const auto& member : body.as_object()) members.emplace_back(member.key());
  EXPECT_THAT(members, ElementsAre("model", "max_tokens", "messages"));
  put(kAnthropic, kOpenAi, R"({"messages": [], "metadata": {"user_id": "u"}, "service_tier": "auto"})");
}

TEST(Request, WhatHasNoPlaceIsRefusedByItsPointer) {
  constexpr std::string_view kBody = R"({"temperature": 1.5, "n": 2, "logprobs": true, "store": true,
    "logit_bias": {"5": 1}, "frequency_penalty": 0.5, "service_tier": "flex", "new/member": 1,
    "functions": [], "messages": [
      {"role": "user", "content": "x", "name": "ann"},
      {"role": "user", "content": [{"type": "input_audio", "input_audio": {}}]},
      {"role": "system", "content": "late"},
      {"role": "assistant", "content": "y", "tool_calls": [
        {"id": "c", "type": "custom", "function": {"name": "f", "arguments": "[1]"}}]}],
    "tools": [{"type": "custom", "function": {"name": "f"}}]})";
  EXPECT_THAT(refused(kOpenAi, kAnthropic, kBody),
              testing::IsSupersetOf({"/n", "/logprobs", "/store", "/logit_bias", "/frequency_penalty",
                                     "/service_tier", "/new~1member", "/functions", "/temperature",
                                     "/messages/0/name", "/messages/1/content/0/type", "/messages/2/role",
                                     "/messages/3/tool_calls/0/type", "/messages/3",
                                     "/messages/3/tool_calls/0/function/arguments", "/tools/0/type"}));
  EXPECT_THAT(refused(kAnthropic, kOpenAi, R"({"top_k": 5, "container": "c", "messages": [{"role": "user",
    "content": [{"type": "container_upload", "file_id": "f"}, {"type": "search_result"}, {"type": "tool_result",
    "tool_use_id": "t", "content": [{"type": "image", "source": {"type": "url", "url": "https://x"}}]}]}],
    "tools": [{"type": "web_search_20250305", "name": "web_search"}]})"),
              testing::UnorderedElementsAre("/top_k", "/container", "/messages/0/content/0/type",
                                            "/messages/0/content/1/type", "/messages/0/content/2/content/0",
                                            "/tools/0/type"));
}

constexpr std::string_view kOpenAiDocument = R"({"messages": [{"role": "user", "content": [
    {"type": "text", "text": "Sum it up."},
    {"type": "file", "file": {"filename": "Q3 report.pdf", "file_data": "data:application/pdf;base64,JVBE"}},
    {"type": "file", "file": {"file_data": "data:application/pdf;base64,RGF0"}}]}]})";

TEST(Request, CarriesDocuments) {
  EXPECT_EQ(put(kOpenAi, kAnthropic, kOpenAiDocument).at_pointer("/messages/0/content"),
            parsed(R"([{"type": "text", "text": "Sum it up."},
      {"type": "document", "title": "Q3 report.pdf",
       "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}},
      {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "RGF0"}}])"));
  EXPECT_EQ(
      put(kOpenAi, kGemini, kOpenAiDocument).at_pointer("/contents/0/parts"),
      parsed(R"([{"text": "Sum it up."}, {"inlineData": {"mimeType": "application/pdf", "data": "JVBE"}},
                       {"inlineData": {"mimeType": "application/pdf", "data": "RGF0"}}])"));
  EXPECT_EQ(put(kOpenAi, kBedrock, kOpenAiDocument).at_pointer("/messages/0/content"),
            parsed(R"([{"text": "Sum it up."},
      {"document": {"format": "pdf", "name": "Q3-report-pdf-1", "source": {"bytes": "JVBE"}}},
      {"document": {"format": "pdf", "name": "document-2", "source": {"bytes": "RGF0"}}}])"));
  constexpr std::string_view kAnthropicDocument = R"({"messages": [{"role": "user", "content": [
    {"type": "document", "title": "Q3", "citations": {"enabled": false}, "cache_control": {"type": "ephemeral"},
     "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}},
    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "RGF0"}}]}]})";
  EXPECT_EQ(put(kAnthropic, kOpenAi, kAnthropicDocument).at_pointer("/messages/0/content"), parsed(R"([
      {"type": "file", "file": {"filename": "Q3", "file_data": "data:application/pdf;base64,JVBE"}},
      {"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,RGF0"}}])"));
}

TEST(Request, RefusesDocumentsThatOnlyTheirOwnApiTakes) {
  EXPECT_THAT(refused(kOpenAi, kAnthropic, R"({"messages": [
    {"role": "system", "content": [{"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBE"}}]},
    {"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}},
      {"type": "file", "file": {"file_data": "data:text/csv;base64,YQ=="}},
      {"type": "file", "file": {"file_data": "https://files.example/a.pdf"}}]},
    {"role": "assistant", "content": [{"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBE"}}]},
    {"role": "tool", "tool_call_id": "c",
     "content": [{"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBE"}}]}]})"),
              testing::UnorderedElementsAre("/messages/0/content", "/messages/1/content/0/file/file_id",
                                            "/messages/1/content/1/file/file_data",
                                            "/messages/1/content/2/file/file_data", "/messages/2/content/0",
                                            "/messages/3/content/0"));
  EXPECT_THAT(refused(kAnthropic, kOpenAi, R"({"messages": [{"role": "user", "content": [
    {"type": "document", "source": {"type": "url", "url": "https://files.example/a.pdf"}},
    {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a"}},
    {"type": "document", "context": "c", "citations": {"enabled": true},
     "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"}}]}]})"),
              testing::UnorderedElementsAre(
                  "/messages/0/content/0/source/type", "/messages/0/content/1/source/type",
                  "/messages/0/content/2/context", "/messages/0/content/2/citations/enabled"));
}

TEST(Request, ARefusalNamesTheApi) {
  auto refused = translate_request(kOpenAi, kBedrock, R"({"messages": [], "n": 3})", {.model = "m"});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("Bedrock's Converse"), std::string::npos);
  ASSERT_EQ(refused.error().problems.size(), 1u);
  EXPECT_EQ(refused.error().problems[0].message, "more than one answer has no place in Bedrock's Converse");
}

TEST(Request, TargetsDifferInWhatTheyTake) {
  EXPECT_EQ(put(kOpenAi, kGemini, R"({"messages": [], "n": 2, "seed": 7, "frequency_penalty": 0.5})")
                .at("generationConfig"),
            parsed(R"({"candidateCount": 2, "seed": 7, "frequencyPenalty": 0.5})"));
  EXPECT_EQ(put(kAnthropic, kGemini, R"({"messages": [], "top_k": 5})").at_pointer("/generationConfig/topK"),
            json::value(5));
  constexpr std::string_view kLinked = R"({"messages": [{"role": "user", "content": [
    {"type": "image_url", "image_url": {"url": "https://images.example/a.png"}}]}]})";
  EXPECT_EQ(put(kOpenAi, kAnthropic, kLinked).at_pointer("/messages/0/content/0/source"),
            parsed(R"({"type": "url", "url": "https://images.example/a.png"})"));
  EXPECT_THAT(refused(kOpenAi, kGemini, kLinked), ElementsAre("/messages/0/content/0"));
  EXPECT_THAT(refused(kOpenAi, kBedrock, kLinked), ElementsAre("/messages/0/content/0"));
  constexpr std::string_view kOneAtATime = R"({"messages": [], "parallel_tool_calls": false,
    "tools": [{"type": "function", "function": {"name": "f"}}]})";
  EXPECT_EQ(put(kOpenAi, kAnthropic, kOneAtATime).at("tool_choice"),
            parsed(R"({"type": "auto", "disable_parallel_tool_use": true})"));
  EXPECT_THAT(refused(kOpenAi, kGemini, kOneAtATime), ElementsAre("/parallel_tool_calls"));
  EXPECT_THAT(refused(kOpenAi, kBedrock, kOneAtATime), ElementsAre("/parallel_tool_calls"));
  EXPECT_THAT(refused(kAnthropic, kOpenAi, R"({"messages": [], "stop_sequences": ["1","2","3","4","5"]})"),
              ElementsAre("/stop_sequences"));
}

TEST(Request, AnImageIsOfATypeThatTheTargetTakesAsOne) {
  auto image = [](std::string_view type) {
    std::string body = R"({"messages": [{"role": "user", "content": [{"type": "image_url",
      "image_url": {"url": "data:)";
    return body.append(type).append(";base64,aGk=\"}}]}]}");
  };
  for (Dialect target : {kOpenAi, kAnthropic, kGemini, kBedrock}) {
    for (std::string_view type : {"image/png", "image/jpg", "IMAGE/JPEG", "image/webp"}) {
      std::string sent = json::serialize(put(kOpenAi, target, image(type)));
      EXPECT_EQ(sent.find("jpg"), std::string::npos) << sent;
    }
    // Elsewhere they would be films and books, at other prices.
    for (std::string_view type : {"application/pdf", "video/mp4", "audio/wav", "image/svg+xml", ""})
      EXPECT_THAT(refused(kOpenAi, target, image(type)), ElementsAre("/messages/0/content/0")) << type;
  }
  put(kOpenAi, kGemini, image("image/heic"));
  EXPECT_THAT(refused(kOpenAi, kAnthropic, image("image/heic")), ElementsAre("/messages/0/content/0"));
}

TEST(Request, MoreValuesThanAnyConversationHasAreTooMany) {
  std::string zeros = "[0";
  for (int i = 0; i < 200'000; ++i) zeros += ",0";
  std::string plain = R"({"messages": [], "tools": )" + zeros + "," + zeros.substr(1) + "]}";
  EXPECT_EQ(translate_request(kOpenAi, kGemini, plain, {.model = "m"}).error().reason, "json.malformed");
  std::string call = R"({"id": "c", "function": {"name": "f", "arguments": "{\"a\":)" + zeros + "]}\"}}";
  std::string calls =
      R"({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "tool_calls": [)" + call +
      "," + call + R"(]}, {"role": "user", "content": "x"}]})";
  EXPECT_THAT(refused(kOpenAi, kGemini, calls), ElementsAre("/messages/1/tool_calls/1/function/arguments"));
}

TEST(Request, AnAssistantsTurnAtTheEndIsContinuedByBedrockAlone) {
  constexpr std::string_view kBody =
      R"({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "{"}]})";
  put(kAnthropic, kBedrock, kBody);
  EXPECT_THAT(refused(kAnthropic, kOpenAi, kBody), ElementsAre("/messages/1"));
  EXPECT_THAT(refused(kAnthropic, kGemini, kBody), ElementsAre("/messages/1"));
  EXPECT_THAT(refused(kOpenAi, kAnthropic, kBody), ElementsAre("/messages/1"));
  EXPECT_THAT(refused(kOpenAi, kBedrock, kBody), ElementsAre("/messages/1"));
}

TEST(Request, CallIdsAreMadeFitAlikeInCallAndResult) {
  json::value body = put(kOpenAi, kBedrock, R"({"messages": [
    {"role": "assistant", "tool_calls": [{"id": "functions.look:0", "type": "function",
      "function": {"name": "look", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "functions.look:0", "content": "x"}]})");
  const json::value& id = body.at_pointer("/messages/0/content/0/toolUse/toolUseId");
  EXPECT_EQ(id, body.at_pointer("/messages/1/content/0/toolResult/toolUseId"));
  EXPECT_EQ(std::string_view(id.as_string()).substr(0, 5), "call_");
  EXPECT_EQ(id.as_string().size(), 29u);
}

TEST(Request, ShapesThatNoApiTakesAreMalformed) {
  constexpr std::string_view kReason = "body.invalid";
  EXPECT_THAT(refused(kOpenAi, kAnthropic, R"({"messages": {}})", kReason), ElementsAre("/messages"));
  EXPECT_THAT(refused(kOpenAi, kAnthropic, R"({"messages": [1, {"content": "x"}]})", kReason),
              testing::Contains("/messages/0"));
  EXPECT_THAT(refused(kOpenAi, kAnthropic, R"({"messages": [], "temperature": "hot"})", kReason),
              ElementsAre("/temperature"));
  EXPECT_THAT(refused(kAnthropic, kOpenAi, R"({"messages": [], "stop_sequences": "x"})", kReason),
              ElementsAre("/stop_sequences"));
  EXPECT_THAT(refused(kAnthropic, kGemini, R"({"messages": [{"role": "user", "content": [
    {"type": "tool_result", "tool_use_id": "nobody's", "content": "x"}]}]})",
                      kReason),
              ElementsAre("/messages/0/content/0"));
  EXPECT_THAT(refused(kOpenAi, kAnthropic, R"({"messages": [], "max_tokens": 1.5})", kReason),
              ElementsAre("/max_tokens"));
}

TEST(Request, NoMoreThanTwentyFaultsAreListed) {
  std::string body = R"({"messages": [)";
  for (int i = 0; i < 50; ++i) body += R"({"role": "nobody"},)";
  body.back() = ']';
  EXPECT_EQ(refused(kOpenAi, kAnthropic, body + "}").size(), 20u);
}

TEST(Request, TextsSurviveAsTheyAre) {
  constexpr std::string_view kBody =
      R"({"messages": [{"role": "user", "content": "a\u0000b \"q\" \ud83d\ude00 é\n"}]})";
  json::value text = parsed(kBody).at_pointer("/messages/0/content");
  EXPECT_EQ(put(kOpenAi, kAnthropic, kBody).at_pointer("/messages/0/content/0/text"), text);
  EXPECT_EQ(put(kOpenAi, kGemini, kBody).at_pointer("/contents/0/parts/0/text"), text);
  EXPECT_EQ(put(kOpenAi, kBedrock, kBody).at_pointer("/messages/0/content/0/text"), text);
}

}  // namespace
}  // namespace bailiwick::routing::translation
