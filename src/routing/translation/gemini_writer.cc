// Requests for Gemini's generateContent, written. Results are told apart by their function's name and their
// order: not every place that speaks this API knows call ids.
#include <algorithm>
#include <array>
#include <unordered_map>

#include "routing/translation/request_codec.h"

namespace bailiwick::routing::translation {
namespace {

constexpr std::size_t kMostStops = 5;
// What Google says to send for calls that another model made, where its own would carry a signature.
constexpr std::string_view kForeignSignature = "skip_thought_signature_validator";

/// Models before the third generation think by a budget and sign nothing.
bool is_older(std::string_view model) {
  return model.starts_with("gemini-1") || model.starts_with("gemini-2");
}

/// Google's own table, of how its models take OpenAI's efforts.
std::int64_t budget_of(Effort effort) {
  switch (effort) {
    case Effort::kNone:
      return 0;
    case Effort::kMinimal:
    case Effort::kLow:
      return 1024;
    case Effort::kMedium:
      return 8192;
    case Effort::kHigh:
    case Effort::kExtraHigh:
    case Effort::kMax:
      return 24576;
  }
  return 0;
}

std::string_view level_of(Effort effort) {
  constexpr std::array kLevels{Effort::kMinimal, Effort::kLow, Effort::kMedium, Effort::kHigh};
  return std::ranges::find(kLevels, effort) == kLevels.end() ? std::string_view() : openai_effort(effort);
}

json::object text_part(std::string_view text) {
  return {{"text", json::string(text)}};
}

/// There is no place for a name.
json::object document_part(const Document& document) {
  return {{"inlineData",
           json::object{{"mimeType", json::string(kDocumentType)}, {"data", json::string(document.data)}}}};
}

class GeminiWriter {
 public:
  GeminiWriter(const Conversation& from, const RequestTarget& to, Refusals& refusals)
      : from_(from), to_(to), refusals_(refusals) {}

  json::object write() {
    detail::check_ending(from_, refusals_);
    if (!from_.system.empty()) {
      json::array parts;
      for (const std::string& text : from_.system) parts.push_back(text_part(text));
      body_["systemInstruction"] = json::object{{"parts", std::move(parts)}};
    }
    json::array contents;
    for (const Turn& turn : from_.turns) contents.push_back(content(turn));
    body_["contents"] = std::move(contents);
    tools();
    sampling();
    thinking();
    if (from_.format) format(*from_.format);
    if (!config_.empty()) body_["generationConfig"] = std::move(config_);
    return std::move(body_);
  }

 private:
  using CallNames = std::unordered_map<std::string_view, std::string_view>;  ///< by id

  json::object content(const Turn& turn) {
    json::array parts;
    signed_ = is_older(to_.model);
    CallNames names;
    for (const Part& part : turn.parts) {
      parts.push_back(std::visit(detail::Overloaded{
                                     [](const Text& text) { return text_part(text.text); },
                                     [this](const Image& image) { return image_part(image); },
                                     [](const Document& document) { return document_part(document); },
                                     [this, &names](const ToolCall& call) {
                                       names.emplace(call.id, call.name);
                                       return tool_call(call);
                                     },
                                     [this](const ToolResult& result) { return tool_result(result); },
                                 },
                                 part));
    }
    last_calls_ = std::move(names);
    return {{"role", turn.role == Role::kUser ? "user" : "model"}, {"parts", std::move(parts)}};
  }

  json::object image_part(const Image& image) {
    // What is told to be an image may be a film or a book elsewhere, at another price.
    constexpr std::array<std::string_view, 5> kTypes{"image/png", "image/jpeg", "image/webp", "image/heic",
                                                     "image/heif"};
    if (image.kind == Image::Kind::kUrl)
      refusals_.unsupported(image.at, "an image by URL");
    else
      detail::check_type(image, kTypes, refusals_);
    return {{"inlineData",
             json::object{{"mimeType", json::string(image.media_type)}, {"data", json::string(image.data)}}}};
  }

  json::object tool_call(const ToolCall& call) {
    json::object part{
        {"functionCall", json::object{{"name", json::string(call.name)}, {"args", call.input}}}};
    // The first of a turn's calls has it.
    if (!std::exchange(signed_, true)) part["thoughtSignature"] = json::string(kForeignSignature);
    return part;
  }

  json::object tool_result(const ToolResult& result) {
    std::string text;
    for (const auto& part : result.content) {
      if (const Text* said = std::get_if<Text>(&part))
        text.append(text.empty() ? "" : "\n").append(said->text);
      else
        refusals_.unsupported(std::get<Image>(part).at, "an image in a tool's result");
    }
    json::object response{{result.failed ? "error" : "output", json::string(text)}};
    return {{"functionResponse",
             json::object{{"name", json::string(name_of_call(result))}, {"response", std::move(response)}}}};
  }

  std::string_view name_of_call(const ToolResult& result) {
    if (auto call = last_calls_.find(result.call_id); call != last_calls_.end()) return call->second;
    refusals_.malformed(result.at, "the result of a call that the turn before did not make");
    return {};
  }

  void tools() {
    if (from_.tools.empty()) return;
    json::array functions;
    bool strict = false;
    for (const Tool& tool : from_.tools) {
      json::object function{{"name", json::string(tool.name)}};
      if (!tool.description.empty()) function["description"] = json::string(tool.description);
      if (!tool.schema.empty()) function["parametersJsonSchema"] = tool.schema;
      functions.push_back(std::move(function));
      strict = strict || tool.strict;
    }
    body_["tools"] = json::array{json::object{{"functionDeclarations", std::move(functions)}}};
    if (from_.parallel_tool_calls && !from_.parallel_tool_calls->value)
      refusals_.unsupported(from_.parallel_tool_calls->at, "one call at a time");
    if (from_.tool_choice || strict)
      body_["toolConfig"] = json::object{{"functionCallingConfig", calling(strict)}};
  }

  /// VALIDATED is AUTO with calls that fit their schemas; with ANY they always do.
  json::object calling(bool strict) const {
    ToolChoice choice = from_.tool_choice.value_or(ToolChoice());
    switch (choice.kind) {
      case ToolChoice::Kind::kAuto:
        return {{"mode", strict ? "VALIDATED" : "AUTO"}};
      case ToolChoice::Kind::kNone:
        return {{"mode", "NONE"}};
      case ToolChoice::Kind::kAny:
        return {{"mode", "ANY"}};
      case ToolChoice::Kind::kNamed:
        break;
    }
    return {{"mode", "ANY"}, {"allowedFunctionNames", json::array{json::string(choice.name)}}};
  }

  void sampling() {
    if (auto most = detail::max_tokens(from_, to_)) config_["maxOutputTokens"] = *most;
    if (auto temperature = detail::temperature(from_, to_, 2, refusals_))
      config_["temperature"] = *temperature;
    if (from_.top_p) config_["topP"] = from_.top_p->value;
    if (from_.top_k) config_["topK"] = from_.top_k->value;
    if (from_.frequency_penalty) config_["frequencyPenalty"] = from_.frequency_penalty->value;
    if (from_.presence_penalty) config_["presencePenalty"] = from_.presence_penalty->value;
    if (from_.seed) config_["seed"] = from_.seed->value;
    if (from_.choices.value > 1) config_["candidateCount"] = from_.choices.value;
    if (from_.stop.size() > kMostStops) refusals_.unsupported(from_.stop_at, "a sixth stop sequence");
    if (!from_.stop.empty()) config_["stopSequences"] = detail::strings(from_.stop);
  }

  void thinking() {
    json::object thinking;
    if (from_.thinking_budget) {
      thinking["thinkingBudget"] = from_.thinking_budget->value;
      thinking["includeThoughts"] = true;
    }
    if (from_.effort && !effort(from_.effort->value, thinking))
      refusals_.unsupported(from_.effort->at, "this effort");
    if (!thinking.empty()) config_["thinkingConfig"] = std::move(thinking);
  }

  bool effort(Effort effort, json::object& thinking) const {
    if (is_older(to_.model)) {
      thinking["thinkingBudget"] = budget_of(effort);
      return effort <= Effort::kHigh;
    }
    thinking["thinkingLevel"] = json::string(level_of(effort));
    return !level_of(effort).empty();
  }

  void format(const Format& format) {
    config_["responseMimeType"] = "application/json";
    if (format.kind == Format::Kind::kJsonSchema) config_["responseJsonSchema"] = format.schema;
  }

  const Conversation& from_;
  const RequestTarget& to_;
  Refusals& refusals_;
  json::object body_;
  json::object config_;
  CallNames last_calls_;  ///< of the turn before
  bool signed_ = false;
};

}  // namespace

json::object write_gemini_request(const Conversation& from, const RequestTarget& to, Refusals& refusals) {
  return GeminiWriter(from, to, refusals).write();
}

}  // namespace bailiwick::routing::translation
