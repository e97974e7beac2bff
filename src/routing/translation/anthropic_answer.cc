// Answers in Anthropic's dialect.
#include "base/json_members.h"
#include "routing/translation/answer_codec.h"
#include "routing/translation/numbers.h"

namespace bailiwick::routing::translation {
namespace {

Status read_block(const json::object& block, Choice& out) {
  std::string_view type = text_member(block, "type");
  if (type == "text") {
    out.append_text(text_member(block, "text"));
  } else if (type == "tool_use") {
    const json::object* input = object_member(block, "input");
    out.parts.emplace_back(ToolCall{std::string(text_member(block, "id")),
                                    std::string(text_member(block, "name")),
                                    input == nullptr ? json::object() : *input,
                                    {}});
  } else if (type == "thinking") {
    out.parts.emplace_back(
        Thinking{std::string(text_member(block, "thinking")), std::string(text_member(block, "signature"))});
  } else if (type != "redacted_thinking") {
    return not_an_answer("an unknown kind of content");
  }
  return {};
}

json::object block_of(const AnswerPart& part) {
  if (const Text* text = std::get_if<Text>(&part))
    return {{"type", "text"}, {"text", json::string(text->text)}};
  if (const Thinking* thinking = std::get_if<Thinking>(&part)) {
    return {{"type", "thinking"},
            {"thinking", json::string(thinking->text)},
            {"signature", json::string(thinking->signature)}};
  }
  const ToolCall& call = std::get<ToolCall>(part);
  return {{"type", "tool_use"},
          {"id", json::string(portable_call_id(call.id))},
          {"name", json::string(call.name)},
          {"input", call.input}};
}

}  // namespace

std::optional<StopReason> anthropic_stop(std::string_view stop_reason) {
  if (stop_reason == "end_turn") return StopReason::kEnd;
  if (stop_reason == "max_tokens" || stop_reason == "model_context_window_exceeded")
    return StopReason::kLength;
  if (stop_reason == "tool_use") return StopReason::kToolUse;
  if (stop_reason == "stop_sequence") return StopReason::kStopSequence;
  if (stop_reason == "refusal") return StopReason::kRefusal;
  if (stop_reason == "pause_turn") return StopReason::kPause;
  return {};
}

std::string_view anthropic_name(StopReason stop) {
  switch (stop) {
    case StopReason::kEnd:
      return "end_turn";
    case StopReason::kLength:
      return "max_tokens";
    case StopReason::kToolUse:
      return "tool_use";
    case StopReason::kStopSequence:
      return "stop_sequence";
    case StopReason::kRefusal:
      return "refusal";
    case StopReason::kPause:
      return "pause_turn";
  }
  return "end_turn";
}

void merge_anthropic_usage(const json::object& reported, Usage& usage) {
  auto take = [&](std::string_view key, auto& known) {
    if (auto count = find_count(reported, key)) known = *count;
  };
  auto beside = usage.input;
  if (beside) *beside -= usage.cache_read + usage.cache_creation;
  take("input_tokens", beside);
  take("cache_read_input_tokens", usage.cache_read);
  take("cache_creation_input_tokens", usage.cache_creation);
  take("output_tokens", usage.output);
  usage.input = beside;
  if (usage.input) *usage.input += usage.cache_read + usage.cache_creation;
  if (const json::object* caches = object_member(reported, "cache_creation"))
    usage.cache_creation_hour = count_member(*caches, "ephemeral_1h_input_tokens");
}

json::object write_anthropic_usage(const Usage& usage) {
  json::object out{{"input_tokens", usage.input.value_or(0) - usage.cache_read - usage.cache_creation},
                   {"cache_creation_input_tokens", usage.cache_creation},
                   {"cache_read_input_tokens", usage.cache_read},
                   {"output_tokens", usage.output.value_or(0)}};
  if (usage.cache_creation_hour > 0)
    out["cache_creation"] = json::object{{"ephemeral_1h_input_tokens", usage.cache_creation_hour}};
  return out;
}

Result<Answer> read_anthropic_answer(const json::object& body, const AnswerContext&) {
  Answer answer{.id = std::string(text_member(body, "id")), .model = std::string(text_member(body, "model"))};
  const json::value* content = body.if_contains("content");
  if (content == nullptr || !content->is_array()) return not_an_answer("no content");
  Choice& choice = answer.choices.emplace_back();
  for (const json::value& block : content->get_array()) {
    if (!block.is_object()) return not_an_answer("a block that is no object");
    CHECK_OK(read_block(block.get_object(), choice));
  }
  auto stop = anthropic_stop(text_member(body, "stop_reason"));
  if (!stop) return not_an_answer("an unknown stop_reason");
  choice.stop = *stop;
  choice.stop_sequence = text_member(body, "stop_sequence");
  if (const json::object* usage = object_member(body, "usage"))
    merge_anthropic_usage(*usage, answer.usage.emplace());
  return answer;
}

json::object write_anthropic_answer(const Answer& answer, const AnswerContext& context) {
  const Choice& choice = answer.choices.front();
  json::array content;
  for (const AnswerPart& part : choice.parts) content.push_back(block_of(part));
  json::value sequence;
  if (choice.stop == StopReason::kStopSequence) sequence = json::string(choice.stop_sequence);
  return {
      {"id", json::string(anthropic_id(answer.id, context))},
      {"type", "message"},
      {"role", "assistant"},
      {"model", json::string(model_name(answer.model, context))},
      {"content", std::move(content)},
      {"stop_reason", json::string(anthropic_name(choice.stop))},
      {"stop_sequence", std::move(sequence)},
      {"usage", write_anthropic_usage(completed(answer.usage.value_or(Usage()), context, bytes_of(choice)))}};
}

}  // namespace bailiwick::routing::translation
