// Requests in Anthropic's dialect, read.
#include "routing/translation/reader.h"
#include "routing/translation/request_codec.h"

namespace bailiwick::routing::translation {
namespace {

using enum Treatment;

// Where a prompt is cached changes what it costs, never what it means: `cache_control` is a hint everywhere.
constexpr MemberRule kRequest[] = {
    {"model"},
    {"messages"},
    {"system"},
    {"max_tokens"},
    {"stop_sequences"},
    {"stream"},
    {"temperature"},
    {"top_p"},
    {"top_k"},
    {"tools"},
    {"tool_choice"},
    {"thinking"},
    {"output_config"},
    {"metadata", kHint},
    {"cache_control", kHint},
    {"service_tier", kDefault, "auto|standard_only"},
};
constexpr MemberRule kMessage[] = {{"role"}, {"content"}};
// The citations of an earlier answer stand beside its text, which is carried.
constexpr MemberRule kText[] = {{"type"}, {"text"}, {"cache_control", kHint}, {"citations", kHint}};
constexpr MemberRule kImage[] = {{"type"}, {"source"}, {"cache_control", kHint}};
constexpr MemberRule kImageSource[] = {{"type"}, {"media_type"}, {"data"}, {"url"}};
constexpr MemberRule kDocument[] = {{"type"}, {"source"}, {"title"}, {"citations"}, {"cache_control", kHint}};
constexpr MemberRule kDocumentSource[] = {{"type"}, {"media_type"}, {"data"}};
constexpr MemberRule kCitations[] = {{"enabled", kDefault, "false"}};
constexpr MemberRule kToolUse[] = {{"type"}, {"id"}, {"name"}, {"input"}, {"cache_control", kHint}};
constexpr MemberRule kToolResult[] = {
    {"type"}, {"tool_use_id"}, {"content"}, {"is_error"}, {"cache_control", kHint}};
constexpr MemberRule kTool[] = {{"type", kDefault, "custom"},
                                {"name"},
                                {"description"},
                                {"input_schema"},
                                {"strict"},
                                {"cache_control", kHint},
                                {"eager_input_streaming", kHint}};
constexpr MemberRule kToolChoice[] = {{"type"}, {"name"}, {"disable_parallel_tool_use"}};
constexpr MemberRule kThinking[] = {{"type"}, {"budget_tokens"}, {"display", kHint}};
constexpr MemberRule kOutputConfig[] = {{"effort"}, {"format"}};
constexpr MemberRule kFormat[] = {{"type", kDefault, "json_schema"}, {"schema"}};

class AnthropicReader {
 public:
  AnthropicReader(const json::object& body, Refusals& refusals) : body_(body, "", refusals) {}

  Conversation read() {
    body_.check(kRequest);
    out_.caller = Dialect::kAnthropic;
    system();
    body_.items("messages", [this](const Reader& item) { message(item); });
    settings();
    body_.items("tools", [this](const Reader& item) { tool(item); });
    if (auto choice = body_.object("tool_choice")) tool_choice(*choice);
    if (auto wanted = body_.object("thinking")) thinking(*wanted);
    if (auto config = body_.object("output_config")) output_config(*config);
    return std::move(out_);
  }

 private:
  void system() {
    const json::value* given = body_.find("system");
    if (given == nullptr) return;
    if (const json::string* text = given->if_string()) return out_.system.emplace_back(*text), void();
    body_.items("system", [this](const Reader& block) {
      if (block.required_text("type") != "text") return block.unsupported("type", "this kind of content");
      block.check(kText);
      out_.system.emplace_back(block.required_text("text"));
    });
  }

  void settings() {
    if (auto most = body_.whole("max_tokens")) out_.max_tokens = most->value;
    if (auto stream = body_.flag("stream")) out_.stream = stream->value;
    out_.temperature = body_.number("temperature");
    out_.top_p = body_.number("top_p");
    out_.top_k = body_.whole("top_k");
    out_.stop_at = body_.at("stop_sequences");
    const json::value* stop = body_.find("stop_sequences");
    if (stop == nullptr) return;
    const json::array* list = stop->if_array();
    if (list == nullptr) return body_.malformed("stop_sequences", "a list of texts is expected");
    for (const json::value& item : *list) {
      if (const json::string* text = item.if_string())
        out_.stop.emplace_back(*text);
      else
        body_.malformed("stop_sequences", "a list of texts is expected");
    }
  }

  void message(const Reader& message) {
    message.check(kMessage);
    std::string_view role = message.required_text("role");
    if (role != "user" && role != "assistant") return message.unsupported("role", "this role");
    Role side = role == "user" ? Role::kUser : Role::kAssistant;
    const json::value* content = message.find("content");
    const json::string* text = content == nullptr ? nullptr : content->if_string();
    if (text != nullptr) return out_.say(side, Text{std::string(*text)}, message.pointer());
    message.items("content", [&](const Reader& block) { this->block(block, side, message.pointer()); });
  }

  void block(const Reader& block, Role side, std::string_view message_at) {
    std::string_view type = block.required_text("type");
    if (type == "text") {
      block.check(kText);
      out_.say(side, Text{std::string(block.required_text("text"))}, message_at);
    } else if (type == "image") {
      block.check(kImage);
      if (auto source = image(block)) out_.say(side, std::move(*source), message_at);
    } else if (type == "document" && side == Role::kUser) {
      block.check(kDocument);
      if (auto source = document(block)) out_.say(side, std::move(*source), message_at);
    } else if (type == "tool_use" && side == Role::kAssistant) {
      block.check(kToolUse);
      out_.say(side,
               ToolCall{std::string(block.required_text("id")), std::string(block.required_text("name")),
                        block.copy("input"), block.pointer()},
               message_at);
    } else if (type == "tool_result" && side == Role::kUser) {
      block.check(kToolResult);
      out_.say(side, tool_result(block), message_at);
    } else if (type != "thinking" && type != "redacted_thinking") {
      // Thoughts are dropped: they are signed for the model that had them, and no other may read them.
      block.unsupported("type", "this kind of content");
    }
  }

  static std::optional<Image> image(const Reader& block) {
    auto source = block.object("source");
    if (!source) return block.malformed("source", "the image's source is expected"), std::nullopt;
    source->check(kImageSource);
    std::string_view type = source->required_text("type");
    if (type == "url")
      return Image{Image::Kind::kUrl, {}, std::string(source->required_text("url")), block.pointer()};
    if (type == "base64")
      return Image{Image::Kind::kBase64, image_type(source->required_text("media_type")),
                   std::string(source->required_text("data")), block.pointer()};
    source->unsupported("type", "this source of an image");
    return {};
  }

  static std::optional<Document> document(const Reader& block) {
    if (auto citations = block.object("citations")) citations->check(kCitations);
    auto source = block.object("source");
    if (!source) return block.malformed("source", "the document's source is expected"), std::nullopt;
    if (source->required_text("type") != "base64")
      return source->unsupported("type", "this source of a document"), std::nullopt;
    source->check(kDocumentSource);
    if (source->required_text("media_type") != kDocumentType)
      return source->unsupported("media_type", "a document of this type"), std::nullopt;
    return Document{std::string(block.text("title")), std::string(source->required_text("data")),
                    block.pointer()};
  }

  static ToolResult tool_result(const Reader& block) {
    auto failed = block.flag("is_error");
    ToolResult result{
        std::string(block.required_text("tool_use_id")), {}, failed && failed->value, block.pointer()};
    const json::value* content = block.find("content");
    if (content == nullptr) return result;
    if (const json::string* text = content->if_string()) {
      result.content.emplace_back(Text{std::string(*text)});
      return result;
    }
    block.items("content", [&](const Reader& part) {
      std::string_view type = part.required_text("type");
      if (type == "text") {
        part.check(kText);
        result.content.emplace_back(Text{std::string(part.required_text("text"))});
      } else if (type == "image") {
        part.check(kImage);
        if (auto source = image(part)) result.content.emplace_back(std::move(*source));
      } else {
        part.unsupported("type", "this kind of result");
      }
    });
    return result;
  }

  void tool(const Reader& tool) {
    tool.check(kTool);
    auto strict = tool.flag("strict");
    out_.tools.push_back({std::string(tool.required_text("name")), std::string(tool.text("description")),
                          tool.copy("input_schema"), strict && strict->value, tool.pointer()});
  }

  void tool_choice(const Reader& choice) {
    choice.check(kToolChoice);
    using Kind = ToolChoice::Kind;
    std::string_view type = choice.required_text("type");
    ToolChoice chosen{Kind::kAuto, {}, choice.pointer()};
    if (type == "any") {
      chosen.kind = Kind::kAny;
    } else if (type == "none") {
      chosen.kind = Kind::kNone;
    } else if (type == "tool") {
      chosen.kind = Kind::kNamed;
      chosen.name = choice.required_text("name");
    } else if (type != "auto") {
      return choice.unsupported("type", "this choice");
    }
    out_.tool_choice = std::move(chosen);
    if (auto alone = choice.flag("disable_parallel_tool_use"))
      out_.parallel_tool_calls = {!alone->value, alone->at};
  }

  void thinking(const Reader& thinking) {
    thinking.check(kThinking);
    std::string_view type = thinking.required_text("type");
    if (type == "enabled") {
      out_.thinking_budget = thinking.whole("budget_tokens");
      if (!out_.thinking_budget) thinking.malformed("budget_tokens", "a number of tokens is expected");
    } else if (type == "adaptive") {
      out_.thinking_budget = {-1, thinking.at("type")};
    } else if (type != "disabled") {
      thinking.unsupported("type", "this way of thinking");
    }
  }

  void output_config(const Reader& config) {
    config.check(kOutputConfig);
    if (std::string_view effort = config.text("effort"); !effort.empty()) {
      if (auto known = parse_effort(effort))
        out_.effort = {*known, config.at("effort")};
      else
        config.unsupported("effort", "this effort");
    }
    auto format = config.object("format");
    if (!format) return;
    format->check(kFormat);
    Format wanted{.kind = Format::Kind::kJsonSchema, .at = format->pointer()};
    wanted.schema = format->copy("schema");
    wanted.strict = true;
    out_.format = std::move(wanted);
  }

  Reader body_;
  Conversation out_;
};

}  // namespace

Conversation read_anthropic_request(const json::object& body, Refusals& refusals) {
  return AnthropicReader(body, refusals).read();
}

}  // namespace bailiwick::routing::translation
