// Requests for upstreams that speak OpenAI's dialect, written.
#include <fmt/format.h>

#include "routing/translation/request_codec.h"

namespace bailiwick::routing::translation {
namespace {

// OpenAI takes no more.
constexpr std::size_t kMostStops = 4;
constexpr std::string_view kFormatName = "answer";

json::object text_part(std::string_view text) {
  return {{"type", "text"}, {"text", json::string(text)}};
}

/// One text as itself, which the oldest servers take; several as parts.
json::value content_of(json::array parts) {
  if (parts.empty()) return json::string();
  const json::object& first = parts.front().get_object();
  if (parts.size() == 1 && first.at("type") == "text") return first.at("text");
  return parts;
}

json::object image_part(const Image& image) {
  std::string url = image.kind == Image::Kind::kUrl
                        ? image.data
                        : fmt::format("data:{};base64,{}", image.media_type, image.data);
  return {{"type", "image_url"}, {"image_url", json::object{{"url", json::string(url)}}}};
}

/// It wants a name, and takes it for the type.
json::object file_part(const Document& document) {
  std::string_view name = document.name.empty() ? "document.pdf" : std::string_view(document.name);
  std::string data = fmt::format("data:{};base64,{}", kDocumentType, document.data);
  return {{"type", "file"},
          {"file", json::object{{"filename", json::string(name)}, {"file_data", json::string(data)}}}};
}

json::object tool_call(const ToolCall& call) {
  return {{"id", json::string(portable_call_id(call.id))},
          {"type", "function"},
          {"function", json::object{{"name", json::string(call.name)},
                                    {"arguments", json::string(json::serialize(call.input))}}}};
}

class OpenAiWriter {
 public:
  OpenAiWriter(const Conversation& from, const RequestTarget& to, Refusals& refusals)
      : from_(from), to_(to), refusals_(refusals) {}

  json::object write() {
    detail::check_ending(from_, refusals_);
    detail::refuse_top_k(from_, refusals_);
    detail::refuse_thinking_budget(from_, refusals_);
    body_["model"] = json::string(to_.model);
    system();
    for (const Turn& turn : from_.turns) turn.role == Role::kUser ? user(turn) : assistant(turn);
    body_["messages"] = std::move(messages_);
    settings();
    tools();
    if (from_.format) body_["response_format"] = format(*from_.format);
    if (from_.stream) {
      body_["stream"] = true;
      body_["stream_options"] = json::object{{"include_usage", true}};
    }
    return std::move(body_);
  }

 private:
  void say(std::string_view role, json::value content) {
    messages_.push_back(json::object{{"role", json::string(role)}, {"content", std::move(content)}});
  }

  void system() {
    json::array parts;
    for (const std::string& text : from_.system) parts.push_back(text_part(text));
    if (!parts.empty()) say("system", content_of(std::move(parts)));
  }

  /// Results go first: OpenAI wants them right after the calls.
  void user(const Turn& turn) {
    json::array parts;
    for (const Part& part : turn.parts) {
      if (const ToolResult* result = std::get_if<ToolResult>(&part)) tool_result(*result);
      if (const Text* text = std::get_if<Text>(&part)) parts.push_back(text_part(text->text));
      if (const Image* image = std::get_if<Image>(&part)) {
        detail::check_type(*image, detail::kCommonImages, refusals_);
        parts.push_back(image_part(*image));
      }
      if (const Document* document = std::get_if<Document>(&part)) parts.push_back(file_part(*document));
    }
    if (!parts.empty()) say("user", content_of(std::move(parts)));
  }

  void tool_result(const ToolResult& result) {
    json::array parts;
    // There is no flag for it; the text has to say so.
    if (result.failed) parts.push_back(text_part("The call failed."));
    for (const auto& part : result.content) {
      if (const Text* text = std::get_if<Text>(&part))
        parts.push_back(text_part(text->text));
      else
        refusals_.unsupported(std::get<Image>(part).at, "an image in a tool's result");
    }
    messages_.push_back(json::object{{"role", "tool"},
                                     {"tool_call_id", json::string(portable_call_id(result.call_id))},
                                     {"content", content_of(std::move(parts))}});
  }

  void assistant(const Turn& turn) {
    json::array parts, calls;
    for (const Part& part : turn.parts) {
      if (const Text* text = std::get_if<Text>(&part)) parts.push_back(text_part(text->text));
      if (const Image* image = std::get_if<Image>(&part))
        refusals_.unsupported(image->at, "an assistant's image");
      if (const ToolCall* call = std::get_if<ToolCall>(&part)) calls.push_back(tool_call(*call));
    }
    json::object message{{"role", "assistant"}};
    message["content"] =
        parts.empty() && !calls.empty() ? json::value(nullptr) : content_of(std::move(parts));
    if (!calls.empty()) message["tool_calls"] = std::move(calls);
    messages_.push_back(std::move(message));
  }

  void settings() {
    if (auto most = detail::max_tokens(from_, to_)) body_[openai_output_bound_key(to_.model)] = *most;
    if (auto temperature = detail::temperature(from_, to_, 2, refusals_)) body_["temperature"] = *temperature;
    if (from_.top_p) body_["top_p"] = from_.top_p->value;
    if (from_.frequency_penalty) body_["frequency_penalty"] = from_.frequency_penalty->value;
    if (from_.presence_penalty) body_["presence_penalty"] = from_.presence_penalty->value;
    if (from_.seed) body_["seed"] = from_.seed->value;
    if (from_.choices.value > 1) body_["n"] = from_.choices.value;
    if (from_.stop.size() > kMostStops) refusals_.unsupported(from_.stop_at, "a fifth stop sequence");
    if (!from_.stop.empty()) body_["stop"] = detail::strings(from_.stop);
    if (!from_.effort) return;
    std::string_view effort = openai_effort(from_.effort->value);
    if (effort.empty()) return refusals_.unsupported(from_.effort->at, "this effort");
    body_["reasoning_effort"] = json::string(effort);
  }

  void tools() {
    if (from_.tools.empty()) return;
    json::array list;
    for (const Tool& tool : from_.tools) {
      json::object function{{"name", json::string(tool.name)}};
      if (!tool.description.empty()) function["description"] = json::string(tool.description);
      if (!tool.schema.empty()) function["parameters"] = tool.schema;
      if (tool.strict) function["strict"] = true;
      list.push_back(json::object{{"type", "function"}, {"function", std::move(function)}});
    }
    body_["tools"] = std::move(list);
    if (from_.tool_choice) body_["tool_choice"] = tool_choice(*from_.tool_choice);
    if (from_.parallel_tool_calls) body_["parallel_tool_calls"] = from_.parallel_tool_calls->value;
  }

  static json::value tool_choice(const ToolChoice& choice) {
    switch (choice.kind) {
      case ToolChoice::Kind::kAuto:
        return "auto";
      case ToolChoice::Kind::kNone:
        return "none";
      case ToolChoice::Kind::kAny:
        return "required";
      case ToolChoice::Kind::kNamed:
        break;
    }
    return json::object{{"type", "function"},
                        {"function", json::object{{"name", json::string(choice.name)}}}};
  }

  static json::object format(const Format& format) {
    if (format.kind == Format::Kind::kJsonObject) return {{"type", "json_object"}};
    json::object schema{{"name", json::string(format.name.empty() ? kFormatName : format.name)},
                        {"schema", format.schema},
                        {"strict", format.strict}};
    if (!format.description.empty()) schema["description"] = json::string(format.description);
    return {{"type", "json_schema"}, {"json_schema", std::move(schema)}};
  }

  const Conversation& from_;
  const RequestTarget& to_;
  Refusals& refusals_;
  json::object body_;
  json::array messages_;
};

}  // namespace

json::object write_openai_request(const Conversation& from, const RequestTarget& to, Refusals& refusals) {
  return OpenAiWriter(from, to, refusals).write();
}

}  // namespace bailiwick::routing::translation
