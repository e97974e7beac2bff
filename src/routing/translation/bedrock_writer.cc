// Requests for Bedrock's Converse, written.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ascii.h"
#include "routing/translation/request_codec.h"

namespace bailiwick::routing::translation {
namespace {

json::object text_block(std::string_view text) {
  return {{"text", json::string(text)}};
}

/// Converse takes letters, digits, dashes and single spaces, and each name once.
std::string document_name(std::string_view name, std::size_t number) {
  constexpr std::size_t kLongest = 100;
  std::string plain;
  for (char c : name.substr(0, kLongest)) plain.push_back(is_letter_or_digit(c) ? c : '-');
  if (plain.empty()) plain = "document";
  return fmt::format("{}-{}", plain, number);
}

class BedrockWriter {
 public:
  BedrockWriter(const Conversation& from, const RequestTarget& to, Refusals& refusals)
      : from_(from), to_(to), refusals_(refusals) {}

  json::object write() {
    detail::check_ending(from_, refusals_);
    detail::refuse_penalties(from_, refusals_);
    detail::refuse_choices(from_, refusals_);
    detail::refuse_top_k(from_, refusals_);
    refuse_thinking();
    json::array system, messages;
    for (const std::string& text : from_.system) {
      if (!text.empty()) system.push_back(text_block(text));
    }
    if (!system.empty()) body_["system"] = std::move(system);
    for (const Turn& turn : from_.turns) messages.push_back(message(turn));
    body_["messages"] = std::move(messages);
    inference();
    tools();
    if (from_.format) format(*from_.format);
    return std::move(body_);
  }

 private:
  /// Each model family behind Converse has its own way of being asked to think.
  void refuse_thinking() {
    if (from_.thinking_budget) refusals_.unsupported(from_.thinking_budget->at, "thinking");
    if (from_.effort && from_.effort->value != Effort::kNone)
      refusals_.unsupported(from_.effort->at, "an effort");
  }

  json::object message(const Turn& turn) {
    json::array content;
    for (const Part& part : turn.parts) {
      content.push_back(std::visit(
          detail::Overloaded{
              [](const Text& text) { return text_block(text.text); },
              [this](const Image& image) { return image_block(image); },
              [this](const Document& document) { return document_block(document); },
              [](const ToolCall& call) {
                return json::object{
                    {"toolUse", json::object{{"toolUseId", json::string(portable_call_id(call.id))},
                                             {"name", json::string(call.name)},
                                             {"input", call.input}}}};
              },
              [this](const ToolResult& result) { return tool_result(result); },
          },
          part));
    }
    return {{"role", turn.role == Role::kUser ? "user" : "assistant"}, {"content", std::move(content)}};
  }

  json::object image_block(const Image& image) {
    std::string_view format = std::string_view(image.media_type).substr(image.media_type.find('/') + 1);
    if (image.kind == Image::Kind::kUrl)
      refusals_.unsupported(image.at, "an image by URL");
    else
      detail::check_type(image, detail::kCommonImages, refusals_);
    return {{"image", json::object{{"format", json::string(format)},
                                   {"source", json::object{{"bytes", json::string(image.data)}}}}}};
  }

  json::object document_block(const Document& document) {
    return {{"document", json::object{{"format", "pdf"},
                                      {"name", json::string(document_name(document.name, ++documents_))},
                                      {"source", json::object{{"bytes", json::string(document.data)}}}}}};
  }

  json::object tool_result(const ToolResult& result) {
    json::array content;
    for (const auto& part : result.content) {
      if (const Text* text = std::get_if<Text>(&part))
        content.push_back(text_block(text->text));
      else
        content.push_back(image_block(std::get<Image>(part)));
    }
    if (content.empty()) content.push_back(text_block(""));
    return {{"toolResult", json::object{{"toolUseId", json::string(portable_call_id(result.call_id))},
                                        {"content", std::move(content)},
                                        {"status", result.failed ? "error" : "success"}}}};
  }

  void inference() {
    json::object config{{"maxTokens", detail::max_tokens(from_, to_).value_or(to_.default_max_tokens)}};
    if (auto temperature = detail::temperature(from_, to_, 1, refusals_))
      config["temperature"] = *temperature;
    if (from_.top_p) config["topP"] = from_.top_p->value;
    if (!from_.stop.empty()) config["stopSequences"] = detail::strings(from_.stop);
    body_["inferenceConfig"] = std::move(config);
  }

  void tools() {
    if (from_.tools.empty()) return;
    json::array list;
    for (const Tool& tool : from_.tools) {
      json::object schema = tool.schema;
      if (schema.empty()) schema = {{"type", "object"}, {"properties", json::object{}}};
      json::object spec{{"name", json::string(tool.name)},
                        {"inputSchema", json::object{{"json", std::move(schema)}}}};
      if (!tool.description.empty()) spec["description"] = json::string(tool.description);
      if (tool.strict) spec["strict"] = true;
      list.push_back(json::object{{"toolSpec", std::move(spec)}});
    }
    json::object config{{"tools", std::move(list)}};
    if (from_.tool_choice) config["toolChoice"] = tool_choice(*from_.tool_choice);
    if (from_.parallel_tool_calls && !from_.parallel_tool_calls->value)
      refusals_.unsupported(from_.parallel_tool_calls->at, "one call at a time");
    body_["toolConfig"] = std::move(config);
  }

  json::object tool_choice(const ToolChoice& choice) {
    switch (choice.kind) {
      case ToolChoice::Kind::kAuto:
        return {{"auto", json::object{}}};
      case ToolChoice::Kind::kAny:
        return {{"any", json::object{}}};
      case ToolChoice::Kind::kNamed:
        return {{"tool", json::object{{"name", json::string(choice.name)}}}};
      case ToolChoice::Kind::kNone:
        break;
    }
    refusals_.unsupported(choice.at, "to call no tool");
    return {};
  }

  /// The schema goes as a text.
  void format(const Format& format) {
    if (format.kind == Format::Kind::kJsonObject)
      return refusals_.unsupported(format.at, "JSON without a schema");
    json::object schema{{"schema", json::string(json::serialize(format.schema))}};
    if (!format.name.empty()) schema["name"] = json::string(format.name);
    if (!format.description.empty()) schema["description"] = json::string(format.description);
    body_["outputConfig"] = json::object{
        {"textFormat", json::object{{"type", "json_schema"},
                                    {"structure", json::object{{"jsonSchema", std::move(schema)}}}}}};
  }

  const Conversation& from_;
  const RequestTarget& to_;
  Refusals& refusals_;
  json::object body_;
  std::size_t documents_ = 0;  ///< so far
};

}  // namespace

json::object write_bedrock_request(const Conversation& from, const RequestTarget& to, Refusals& refusals) {
  return BedrockWriter(from, to, refusals).write();
}

}  // namespace bailiwick::routing::translation
