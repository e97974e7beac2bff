// Requests for upstreams that speak Anthropic's dialect, written.
#include <array>

#include "routing/translation/request_codec.h"

namespace bailiwick::routing::translation {
namespace {

json::object text_block(std::string_view text) {
  return {{"type", "text"}, {"text", json::string(text)}};
}

json::object document_block(const Document& document) {
  json::object block{{"type", "document"},
                     {"source", json::object{{"type", "base64"},
                                             {"media_type", json::string(kDocumentType)},
                                             {"data", json::string(document.data)}}}};
  if (!document.name.empty()) block["title"] = json::string(document.name);
  return block;
}

json::object empty_schema() {
  return {{"type", "object"}, {"properties", json::object{}}};
}

class AnthropicWriter {
 public:
  AnthropicWriter(const Conversation& from, const RequestTarget& to, Refusals& refusals)
      : from_(from), to_(to), refusals_(refusals) {}

  json::object write() {
    detail::check_ending(from_, refusals_);
    detail::refuse_penalties(from_, refusals_);
    detail::refuse_choices(from_, refusals_);
    body_["model"] = json::string(to_.model);
    body_["max_tokens"] = detail::max_tokens(from_, to_).value_or(to_.default_max_tokens);
    system();
    json::array messages;
    for (const Turn& turn : from_.turns) messages.push_back(message(turn));
    body_["messages"] = std::move(messages);
    settings();
    tools();
    output_config();
    if (from_.stream) body_["stream"] = true;
    return std::move(body_);
  }

 private:
  void system() {
    json::array blocks;
    for (const std::string& text : from_.system) {
      if (!text.empty()) blocks.push_back(text_block(text));
    }
    if (!blocks.empty()) body_["system"] = std::move(blocks);
  }

  json::object message(const Turn& turn) {
    json::array content;
    for (const Part& part : turn.parts) content.push_back(block(part));
    return {{"role", turn.role == Role::kUser ? "user" : "assistant"}, {"content", std::move(content)}};
  }

  json::object block(const Part& part) {
    return std::visit(detail::Overloaded{
                          [](const Text& text) { return text_block(text.text); },
                          [this](const Image& image) { return image_block(image); },
                          [](const Document& document) { return document_block(document); },
                          [](const ToolCall& call) {
                            return json::object{{"type", "tool_use"},
                                                {"id", json::string(portable_call_id(call.id))},
                                                {"name", json::string(call.name)},
                                                {"input", call.input}};
                          },
                          [this](const ToolResult& result) { return tool_result(result); },
                      },
                      part);
  }

  json::object image_block(const Image& image) {
    detail::check_type(image, detail::kCommonImages, refusals_);
    json::object source;
    if (image.kind == Image::Kind::kUrl) {
      source = {{"type", "url"}, {"url", json::string(image.data)}};
    } else {
      source = {{"type", "base64"},
                {"media_type", json::string(image.media_type)},
                {"data", json::string(image.data)}};
    }
    return {{"type", "image"}, {"source", std::move(source)}};
  }

  json::object tool_result(const ToolResult& result) {
    json::array content;
    for (const auto& part : result.content) {
      const Text* text = std::get_if<Text>(&part);
      if (text == nullptr)
        content.push_back(image_block(std::get<Image>(part)));
      else if (!text->text.empty())
        content.push_back(text_block(text->text));
    }
    json::object block{{"type", "tool_result"},
                       {"tool_use_id", json::string(portable_call_id(result.call_id))}};
    if (!content.empty()) block["content"] = std::move(content);
    if (result.failed) block["is_error"] = true;
    return block;
  }

  void settings() {
    if (auto temperature = detail::temperature(from_, to_, 1, refusals_)) body_["temperature"] = *temperature;
    if (from_.top_p) body_["top_p"] = from_.top_p->value;
    if (from_.top_k) body_["top_k"] = from_.top_k->value;
    if (!from_.stop.empty()) body_["stop_sequences"] = detail::strings(from_.stop);
    if (!from_.thinking_budget) return;
    std::int64_t budget = from_.thinking_budget->value;
    body_["thinking"] = budget < 0 ? json::object{{"type", "adaptive"}}
                                   : json::object{{"type", "enabled"}, {"budget_tokens", budget}};
  }

  void tools() {
    if (from_.tools.empty()) return;
    json::array list;
    for (const Tool& tool : from_.tools) {
      json::object written{{"name", json::string(tool.name)}};
      if (!tool.description.empty()) written["description"] = json::string(tool.description);
      written["input_schema"] = tool.schema.empty() ? empty_schema() : tool.schema;
      if (tool.strict) written["strict"] = true;
      list.push_back(std::move(written));
    }
    body_["tools"] = std::move(list);
    bool alone = from_.parallel_tool_calls && !from_.parallel_tool_calls->value;
    if (!from_.tool_choice && !alone) return;
    ToolChoice choice = from_.tool_choice.value_or(ToolChoice());
    constexpr std::array<std::string_view, 4> kTypes{"auto", "none", "any", "tool"};
    json::object written{{"type", json::string(kTypes[static_cast<std::size_t>(choice.kind)])}};
    if (choice.kind == ToolChoice::Kind::kNamed) written["name"] = json::string(choice.name);
    if (alone && choice.kind != ToolChoice::Kind::kNone) written["disable_parallel_tool_use"] = true;
    body_["tool_choice"] = std::move(written);
  }

  void output_config() {
    json::object config;
    // Without being asked, Claude does not think: that is the effort `none`.
    if (from_.effort && from_.effort->value != Effort::kNone) {
      std::string_view effort = anthropic_effort(from_.effort->value);
      if (effort.empty()) refusals_.unsupported(from_.effort->at, "this effort");
      config["effort"] = json::string(effort);
    }
    if (from_.format && from_.format->kind == Format::Kind::kJsonSchema)
      config["format"] = json::object{{"type", "json_schema"}, {"schema", from_.format->schema}};
    else if (from_.format)
      refusals_.unsupported(from_.format->at, "JSON without a schema");
    if (!config.empty()) body_["output_config"] = std::move(config);
  }

  const Conversation& from_;
  const RequestTarget& to_;
  Refusals& refusals_;
  json::object body_;
};

}  // namespace

json::object write_anthropic_request(const Conversation& from, const RequestTarget& to, Refusals& refusals) {
  return AnthropicWriter(from, to, refusals).write();
}

}  // namespace bailiwick::routing::translation
