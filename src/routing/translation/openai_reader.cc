// Requests in OpenAI's dialect, read.
#include <algorithm>

#include "routing/translation/foreign_json.h"
#include "routing/translation/reader.h"
#include "routing/translation/request_codec.h"

namespace bailiwick::routing::translation {
namespace {

using enum Treatment;

constexpr MemberRule kRequest[] = {
    {"model"},
    {"messages"},
    {"stream"},
    {"stream_options"},
    {"temperature"},
    {"top_p"},
    {"frequency_penalty"},
    {"presence_penalty"},
    {"seed"},
    {"stop"},
    {"max_tokens"},
    {"max_completion_tokens"},
    {"n"},
    {"tools"},
    {"tool_choice"},
    {"parallel_tool_calls"},
    {"response_format"},
    {"reasoning_effort"},
    {"user", kHint},
    {"safety_identifier", kHint},
    {"metadata", kHint},
    {"prompt_cache_key", kHint},
    {"prompt_cache_retention", kHint},
    {"prediction", kHint},
    {"store", kDefault, "false"},
    {"logprobs", kDefault, "false"},
    {"top_logprobs", kDefault, "0"},
    {"logit_bias", kDefault, "{}"},
    {"service_tier", kDefault, "auto|default"},
    {"modalities", kDefault, "[\"text\"]"},
    {"verbosity", kDefault, "medium"},
};
// An assistant's message as its library gives it back has members of the answer.
constexpr MemberRule kMessage[] = {
    {"role"},
    {"content"},
    {"refusal"},
    {"tool_calls"},
    {"tool_call_id"},
    {"annotations", kHint},
    // What another model thought; none reads it.
    {"reasoning_content", kHint},
    {"reasoning", kHint},
};
// A result may name the function again.
constexpr MemberRule kToolMessage[] = {{"role"}, {"content"}, {"tool_call_id"}, {"name", kHint}};
constexpr MemberRule kTextPart[] = {{"type"}, {"text"}};
constexpr MemberRule kRefusalPart[] = {{"type"}, {"refusal"}};
constexpr MemberRule kImagePart[] = {{"type"}, {"image_url"}};
constexpr MemberRule kImageUrl[] = {{"url"}, {"detail", kHint}};
constexpr MemberRule kFilePart[] = {{"type"}, {"file"}};
constexpr MemberRule kFile[] = {{"file_data"}, {"filename"}};
constexpr MemberRule kToolCall[] = {{"id"}, {"type", kDefault, "function"}, {"function"}, {"index", kHint}};
constexpr MemberRule kCalledFunction[] = {{"name"}, {"arguments"}};
constexpr MemberRule kTool[] = {{"type", kDefault, "function"}, {"function"}};
constexpr MemberRule kFunction[] = {{"name"}, {"description"}, {"parameters"}, {"strict"}};
constexpr MemberRule kToolChoice[] = {{"type", kDefault, "function"}, {"function"}};
constexpr MemberRule kNamedFunction[] = {{"name"}};
constexpr MemberRule kResponseFormat[] = {{"type"}, {"json_schema"}};
constexpr MemberRule kJsonSchema[] = {{"name"}, {"description"}, {"schema"}, {"strict"}};
constexpr MemberRule kStreamOptions[] = {{"include_usage", kHint}, {"include_obfuscation", kHint}};

/// As they are counted when they are read.
std::size_t count_values(const json::value& value) {
  std::size_t count = 1;
  if (const json::object* object = value.if_object()) {
    for (const auto& member : *object) count += count_values(member.value());
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array) count += count_values(item);
  }
  return count;
}

class OpenAiReader {
 public:
  OpenAiReader(const json::object& body, Refusals& refusals) : body_(body, "", refusals) {}

  Conversation read() {
    body_.check(kRequest);
    out_.caller = Dialect::kOpenAi;
    body_.items("messages", [this](const Reader& item) { message(item); });
    settings();
    bounds();
    body_.items("tools", [this](const Reader& item) { tool(item); });
    tool_choice();
    if (auto format = body_.object("response_format")) response_format(*format);
    return std::move(out_);
  }

 private:
  void settings() {
    if (auto stream = body_.flag("stream")) out_.stream = stream->value;
    if (auto options = body_.object("stream_options")) options->check(kStreamOptions);
    out_.temperature = body_.number("temperature");
    out_.top_p = body_.number("top_p");
    out_.frequency_penalty = body_.number("frequency_penalty");
    out_.presence_penalty = body_.number("presence_penalty");
    out_.seed = body_.whole("seed");
    out_.parallel_tool_calls = body_.flag("parallel_tool_calls");
    std::string_view effort = body_.text("reasoning_effort");
    if (effort.empty()) return;
    if (auto known = parse_effort(effort))
      out_.effort = {*known, body_.at("reasoning_effort")};
    else
      body_.unsupported("reasoning_effort", "this effort");
  }

  void bounds() {
    for (std::string_view key : {"max_tokens", "max_completion_tokens"}) {
      auto most = body_.whole(key);
      if (most) out_.max_tokens = std::max(out_.max_tokens.value_or(0), most->value);
    }
    if (auto choices = body_.whole("n")) out_.choices = *choices;
    out_.stop_at = body_.at("stop");
    const json::value* stop = body_.find("stop");
    if (stop == nullptr) return;
    if (const json::string* text = stop->if_string()) return out_.stop.emplace_back(*text), void();
    const json::array* list = stop->if_array();
    if (list == nullptr) return body_.malformed("stop", "a text or a list of texts is expected");
    for (const json::value& item : *list) {
      if (const json::string* text = item.if_string())
        out_.stop.emplace_back(*text);
      else
        body_.malformed("stop", "a text or a list of texts is expected");
    }
  }

  void message(const Reader& message) {
    std::string_view role = message.required_text("role");
    message.check(role == "tool" ? std::span<const MemberRule>(kToolMessage) : kMessage);
    if (role == "system" || role == "developer")
      system_message(message);
    else if (role == "user")
      parts(message, [&](Part part) { out_.say(Role::kUser, std::move(part), message.pointer()); });
    else if (role == "assistant")
      assistant_message(message);
    else if (role == "tool")
      tool_message(message);
    else
      message.unsupported("role", "this role");
  }

  void system_message(const Reader& message) {
    if (!out_.turns.empty())
      return message.unsupported("role", "an instruction in the middle of a conversation");
    parts(message, [&](Part part) {
      if (Text* text = std::get_if<Text>(&part))
        out_.system.push_back(std::move(text->text));
      else
        message.unsupported("content", "what is no text among the instructions");
    });
  }

  void assistant_message(const Reader& message) {
    auto say = [&](Part part) {
      if (const Document* document = std::get_if<Document>(&part))
        return message.refusals().unsupported(document->at, "an assistant's document");
      out_.say(Role::kAssistant, std::move(part), message.pointer());
    };
    parts(message, say);
    say(Text{std::string(message.text("refusal"))});
    message.items("tool_calls", [&](const Reader& call) {
      call.check(kToolCall);
      auto function = call.object("function");
      if (!function) return call.malformed("function", "the function's name and arguments are expected");
      function->check(kCalledFunction);
      say(ToolCall{std::string(call.required_text("id")), std::string(function->required_text("name")),
                   arguments(*function), call.pointer()});
    });
  }

  /// All calls together may hold as many values as one body may.
  json::object arguments(const Reader& function) {
    std::string_view text = function.text("arguments");
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return {};
    JsonRules rules = kForeign;
    rules.max_values = argument_values_;
    auto object = parse_json_object(text, {}, rules);
    if (object) {
      argument_values_ -= count_values(*object);
      return std::move(*object);
    }
    function.unsupported("arguments", "what is not one JSON object");
    return {};
  }

  void tool_message(const Reader& message) {
    ToolResult result{std::string(message.required_text("tool_call_id")), {}, false, message.pointer()};
    parts(message, [&](Part part) {
      if (Text* text = std::get_if<Text>(&part)) result.content.emplace_back(std::move(*text));
      if (Image* image = std::get_if<Image>(&part)) result.content.emplace_back(std::move(*image));
      if (const Document* document = std::get_if<Document>(&part))
        message.refusals().unsupported(document->at, "a document in a tool's result");
    });
    out_.say(Role::kUser, std::move(result), message.pointer());
  }

  /// `content`: a text, or a list of parts.
  template <class Take>
  void parts(const Reader& message, Take take) {
    const json::value* content = message.find("content");
    if (content == nullptr) return;
    if (const json::string* text = content->if_string()) return take(Text{std::string(*text)});
    message.items("content", [&](const Reader& part) {
      std::string_view type = part.required_text("type");
      if (type == "text") {
        part.check(kTextPart);
        take(Text{std::string(part.required_text("text"))});
      } else if (type == "refusal") {
        part.check(kRefusalPart);
        take(Text{std::string(part.required_text("refusal"))});
      } else if (type == "image_url") {
        part.check(kImagePart);
        image(part, take);
      } else if (type == "file") {
        part.check(kFilePart);
        document(part, take);
      } else {
        part.unsupported("type", "this kind of content");
      }
    });
  }

  template <class Take>
  void image(const Reader& part, Take take) {
    auto link = part.object("image_url");
    if (!link) return part.malformed("image_url", "an object with the image's url is expected");
    link->check(kImageUrl);
    take(image_at(link->required_text("url"), part.pointer()));
  }

  template <class Take>
  void document(const Reader& part, Take take) {
    auto file = part.object("file");
    if (!file) return part.malformed("file", "an object with the file's data is expected");
    file->check(kFile);
    if (file->find("file_data") == nullptr) return;  // by its id: refused already
    auto data = document_at(file->text("file_data"));
    if (!data) return file->unsupported("file_data", "a file that is not data:application/pdf;base64,…");
    take(Document{std::string(file->text("filename")), std::string(*data), part.pointer()});
  }

  void tool(const Reader& tool) {
    tool.check(kTool);
    auto function = tool.object("function");
    if (!function) return tool.malformed("function", "the function's name and parameters are expected");
    function->check(kFunction);
    auto strict = function->flag("strict");
    out_.tools.push_back({std::string(function->required_text("name")),
                          std::string(function->text("description")), function->copy("parameters"),
                          strict && strict->value, tool.pointer()});
  }

  void tool_choice() {
    const json::value* choice = body_.find("tool_choice");
    if (choice == nullptr) return;
    using Kind = ToolChoice::Kind;
    std::string at = body_.at("tool_choice");
    if (const json::string* word = choice->if_string()) {
      std::string_view name = *word;
      if (name != "auto" && name != "none" && name != "required")
        return body_.malformed("tool_choice", "auto, none, required or a function is expected");
      out_.tool_choice = {name == "auto"   ? Kind::kAuto
                          : name == "none" ? Kind::kNone
                                           : Kind::kAny,
                          {},
                          std::move(at)};
      return;
    }
    auto named = body_.object("tool_choice");
    if (!named) return;
    named->check(kToolChoice);
    auto function = named->object("function");
    if (!function) return;
    function->check(kNamedFunction);
    out_.tool_choice = {Kind::kNamed, std::string(function->required_text("name")), std::move(at)};
  }

  void response_format(const Reader& format) {
    format.check(kResponseFormat);
    std::string_view type = format.required_text("type");
    if (type == "text") return;
    Format wanted{.kind = Format::Kind::kJsonObject, .at = format.pointer()};
    if (type == "json_schema") {
      auto schema = format.object("json_schema");
      if (!schema) return format.malformed("json_schema", "a schema is expected");
      schema->check(kJsonSchema);
      auto strict = schema->flag("strict");
      wanted.kind = Format::Kind::kJsonSchema;
      wanted.name = schema->text("name");
      wanted.description = schema->text("description");
      wanted.schema = schema->copy("schema");
      wanted.strict = strict && strict->value;
    } else if (type != "json_object") {
      return format.unsupported("type", "this format");
    }
    out_.format = std::move(wanted);
  }

  Reader body_;
  Conversation out_;
  std::size_t argument_values_ = kForeign.max_values;  ///< that calls may still hold
};

}  // namespace

Conversation read_openai_request(const json::object& body, Refusals& refusals) {
  return OpenAiReader(body, refusals).read();
}

}  // namespace bailiwick::routing::translation
