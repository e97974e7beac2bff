// A conversation that goes from one dialect to the other and back means what it meant.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "routing/translation/translation.h"

namespace bailiwick::routing::translation {
namespace {

using enum Dialect;

std::string text() {
  auto word = *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~'));
  return *rc::gen::arbitrary<bool>() ? word + "é😀" : word;
}

json::object content_part() {
  if (*rc::gen::arbitrary<bool>()) return {{"type", "text"}, {"text", json::string(text())}};
  if (*rc::gen::arbitrary<bool>())
    return {{"type", "file"},
            {"file", json::object{{"filename", "a.pdf"}, {"file_data", "data:application/pdf;base64,JVBE"}}}};
  bool linked = *rc::gen::arbitrary<bool>();
  return {{"type", "image_url"},
          {"image_url",
           json::object{{"url", linked ? "https://images.example/a.png" : "data:image/png;base64,aGk="}}}};
}

json::value content() {
  if (*rc::gen::arbitrary<bool>()) return json::string(text());
  json::array parts;
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) parts.push_back(content_part());
  return parts;
}

json::object arguments() {
  return {{"s", json::string(text())},
          {"n", *rc::gen::arbitrary<std::int64_t>()},
          {"nested", json::object{{"list", json::array{1, nullptr, true, "x"}}}}};
}

/// An exchange: the user says something, and the assistant may call and be answered before it says something.
void exchange(json::array& messages) {
  messages.push_back(json::object{{"role", "user"}, {"content", content()}});
  int calls = *rc::gen::inRange(0, 3);
  if (calls > 0) {
    json::array made;
    json::array results;
    for (int i = 0; i < calls; ++i) {
      std::string id = "call_" + std::to_string(messages.size()) + "_" + std::to_string(i);
      made.push_back(json::object{
          {"id", json::string(id)},
          {"type", "function"},
          {"function", json::object{{"name", "look"}, {"arguments", json::serialize(arguments())}}}});
      results.push_back(json::object{
          {"role", "tool"}, {"tool_call_id", json::string(id)}, {"content", json::string(text())}});
    }
    messages.push_back(json::object{
        {"role", "assistant"}, {"content", json::string(text())}, {"tool_calls", std::move(made)}});
    for (json::value& result : results) messages.push_back(std::move(result));
  }
  messages.push_back(json::object{{"role", "assistant"}, {"content", json::string(text() + "!")}});
}

json::object conversation() {
  json::array messages;
  if (*rc::gen::arbitrary<bool>())
    messages.push_back(json::object{{"role", "system"}, {"content", json::string(text() + ".")}});
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) exchange(messages);
  messages.push_back(json::object{{"role", "user"}, {"content", json::string(text() + "?")}});
  json::object body{{"messages", std::move(messages)}, {"max_tokens", *rc::gen::inRange(1, 5000)}};
  if (*rc::gen::arbitrary<bool>()) body["temperature"] = *rc::gen::inRange(0, 101) / 100.0;
  if (*rc::gen::arbitrary<bool>()) body["top_p"] = *rc::gen::inRange(0, 101) / 100.0;
  if (*rc::gen::arbitrary<bool>()) body["stop"] = json::array{"END", json::string(text() + "#")};
  if (*rc::gen::arbitrary<bool>()) body["stream"] = true;
  if (*rc::gen::arbitrary<bool>()) {
    body["tools"] = json::array{json::object{
        {"type", "function"},
        {"function", json::object{{"name", "look"},
                                  {"description", json::string(text())},
                                  {"parameters", json::object{{"type", "object"}, {"x", arguments()}}}}}}};
    body["tool_choice"] = *rc::gen::element("auto", "none", "required");
    // With `none` there is nothing to call one at a time.
    if (body["tool_choice"] != "none") body["parallel_tool_calls"] = *rc::gen::arbitrary<bool>();
  }
  return body;
}

json::value meaning_of(const Part& part) {
  return std::visit(
      detail::Overloaded{
          [](const Text& text) { return json::value{"text", text.text}; },
          [](const Image& image) { return json::value{"image", image.media_type, image.data}; },
          [](const Document& document) { return json::value{"document", document.name, document.data}; },
          [](const ToolCall& call) { return json::value{"call", call.id, call.name, call.input}; },
          [](const ToolResult& result) {
            json::array content{"result", result.call_id, result.failed};
            for (const auto& piece : result.content) {
              const std::string& said = std::get<Text>(piece).text;
              if (!said.empty()) content.emplace_back(said);
            }
            return json::value(content);
          },
      },
      part);
}

/// All of a conversation but the places where it was said.
json::object meaning_of(const Conversation& conversation) {
  json::object out{{"stream", conversation.stream}, {"max_tokens", *conversation.max_tokens}};
  json::array turns, system, stop, tools;
  for (const Turn& turn : conversation.turns) {
    json::array parts{static_cast<int>(turn.role)};
    for (const Part& part : turn.parts) parts.push_back(meaning_of(part));
    turns.push_back(std::move(parts));
  }
  for (const std::string& text : conversation.system) system.emplace_back(text);
  for (const std::string& text : conversation.stop) stop.emplace_back(text);
  for (const Tool& tool : conversation.tools)
    tools.push_back(json::array{tool.name, tool.description, tool.schema, tool.strict});
  out["turns"] = std::move(turns);
  out["system"] = std::move(system);
  out["stop"] = std::move(stop);
  out["tools"] = std::move(tools);
  if (conversation.temperature) out["temperature"] = conversation.temperature->value;
  if (conversation.top_p) out["top_p"] = conversation.top_p->value;
  if (conversation.tool_choice) out["tool_choice"] = static_cast<int>(conversation.tool_choice->kind);
  // In parallel is what holds without a word.
  bool parallel = !conversation.parallel_tool_calls || conversation.parallel_tool_calls->value;
  out["parallel"] = parallel;
  return out;
}

json::object meaning_of(std::string_view openai_body) {
  Refusals refusals(kAnthropic);
  Conversation read = read_openai_request(parse_json_object(openai_body).value(), refusals);
  RC_ASSERT(refusals.empty());
  return meaning_of(read);
}

RC_GTEST_PROP(Conversation, SurvivesTheOtherDialect, ()) {
  std::string body = json::serialize(conversation());
  auto there = translate_request(kOpenAi, kAnthropic, body, {.model = "m"});
  RC_ASSERT(there.has_value());
  auto back = translate_request(kAnthropic, kOpenAi, *there, {.model = "m"});
  RC_ASSERT(back.has_value());
  RC_ASSERT(meaning_of(*back) == meaning_of(body));
}

RC_GTEST_PROP(Conversation, IsWrittenForEveryTargetOrRefusedByPlaces, ()) {
  json::object said = conversation();
  std::string body = json::serialize(said);
  for (Dialect target : {kGemini, kBedrock}) {
    auto written = translate_request(kOpenAi, target, body, {.model = "m"});
    if (written) {
      RC_ASSERT(parse_json_object(*written).has_value());
      continue;
    }
    RC_ASSERT(written.error().reason == "translation.unsupported");
    for (const Problem& problem : written.error().problems) {
      boost::json::error_code missing;
      json::value whole(said);
      RC_ASSERT(whole.find_pointer(problem.where, missing) != nullptr);
    }
  }
}

}  // namespace
}  // namespace bailiwick::routing::translation
