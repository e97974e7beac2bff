// Bedrock's answers, read.
#include "base/json_members.h"
#include "routing/translation/answer_codec.h"
#include "routing/translation/numbers.h"

namespace bailiwick::routing::translation {
namespace {

Status read_block(const json::object& block, Choice& out) {
  if (block.contains("text")) {
    out.append_text(text_member(block, "text"));
  } else if (const json::object* call = object_member(block, "toolUse")) {
    const json::object* input = object_member(*call, "input");
    out.parts.emplace_back(ToolCall{std::string(text_member(*call, "toolUseId")),
                                    std::string(text_member(*call, "name")),
                                    input == nullptr ? json::object() : *input,
                                    {}});
  } else if (const json::object* reasoning = object_member(block, "reasoningContent")) {
    if (const json::object* text = object_member(*reasoning, "reasoningText")) {
      out.parts.emplace_back(
          Thinking{std::string(text_member(*text, "text")), std::string(text_member(*text, "signature"))});
    }
  } else {
    return not_an_answer("an unknown kind of content");
  }
  return {};
}

}  // namespace

std::optional<StopReason> bedrock_stop(std::string_view stop_reason) {
  if (stop_reason == "end_turn") return StopReason::kEnd;
  if (stop_reason == "max_tokens" || stop_reason == "model_context_window_exceeded")
    return StopReason::kLength;
  if (stop_reason == "tool_use") return StopReason::kToolUse;
  if (stop_reason == "stop_sequence") return StopReason::kStopSequence;
  if (stop_reason == "guardrail_intervened" || stop_reason == "content_filtered") return StopReason::kRefusal;
  return {};
}

Usage read_bedrock_usage(const json::object& usage) {
  Usage out{.input = find_count(usage, "inputTokens"),
            .output = find_count(usage, "outputTokens"),
            .cache_read = count_member(usage, "cacheReadInputTokens"),
            .cache_creation = count_member(usage, "cacheWriteInputTokens")};
  if (out.input) *out.input += out.cache_read + out.cache_creation;
  return out;
}

Result<Answer> read_bedrock_answer(const json::object& body, const AnswerContext&) {
  const json::object* output = object_member(body, "output");
  const json::object* message = output == nullptr ? nullptr : object_member(*output, "message");
  const json::value* content = message == nullptr ? nullptr : message->if_contains("content");
  if (content == nullptr || !content->is_array()) return not_an_answer("no content");
  Answer answer;
  Choice& choice = answer.choices.emplace_back();
  for (const json::value& block : content->get_array()) {
    if (!block.is_object()) return not_an_answer("a block that is no object");
    CHECK_OK(read_block(block.get_object(), choice));
  }
  auto stop = bedrock_stop(text_member(body, "stopReason"));
  if (!stop) return not_an_answer("an unknown stopReason");
  choice.stop = *stop;
  if (const json::object* usage = object_member(body, "usage")) answer.usage = read_bedrock_usage(*usage);
  return answer;
}

}  // namespace bailiwick::routing::translation
