// Gemini's answers, read.
#include <array>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "base/json_members.h"
#include "routing/translation/answer_codec.h"
#include "routing/translation/numbers.h"

namespace bailiwick::routing::translation {
namespace {

constexpr std::array<std::string_view, 9> kRefusals{
    "SAFETY",       "RECITATION",         "LANGUAGE",
    "BLOCKLIST",    "PROHIBITED_CONTENT", "SPII",
    "IMAGE_SAFETY", "IMAGE_RECITATION",   "IMAGE_PROHIBITED_CONTENT"};

void read_part(const json::object& part, const AnswerContext& context, std::size_t& calls, Choice& out) {
  const json::value* thought = part.if_contains("thought");
  if (const json::object* call = object_member(part, "functionCall")) {
    const json::object* input = object_member(*call, "args");
    std::string id(text_member(*call, "id"));
    out.parts.emplace_back(ToolCall{id.empty() ? made_call_id(context.request_id, calls) : std::move(id),
                                    std::string(text_member(*call, "name")),
                                    input == nullptr ? json::object() : *input,
                                    {}});
    ++calls;
  } else if (thought != nullptr && thought->is_bool() && thought->get_bool()) {
    out.parts.emplace_back(
        Thinking{std::string(text_member(part, "text")), std::string(text_member(part, "thoughtSignature"))});
  } else {
    out.append_text(text_member(part, "text"));
  }
}

Result<Choice> read_candidate(const json::object& candidate, const AnswerContext& context,
                              std::size_t& calls) {
  Choice out;
  std::size_t before = calls;
  const json::object* content = object_member(candidate, "content");
  const json::value* parts = content == nullptr ? nullptr : content->if_contains("parts");
  if (parts != nullptr && parts->is_array()) {
    for (const json::value& part : parts->get_array()) {
      if (part.is_object()) read_part(part.get_object(), context, calls, out);
    }
  }
  std::string_view reason = text_member(candidate, "finishReason");
  auto stop = gemini_stop(reason);
  if (!stop) {
    return fail(ErrorCode::kBadGateway, "upstream.call",
                fmt::format("the model's provider could not finish the answer: {}", excerpt(reason)));
  }
  out.stop = *stop == StopReason::kEnd && calls > before ? StopReason::kToolUse : *stop;
  return out;
}

}  // namespace

std::optional<StopReason> gemini_stop(std::string_view finish_reason) {
  if (finish_reason == "STOP") return StopReason::kEnd;
  if (finish_reason == "MAX_TOKENS") return StopReason::kLength;
  for (std::string_view refusal : kRefusals) {
    if (finish_reason == refusal) return StopReason::kRefusal;
  }
  return {};
}

/// What is thought is written too, and counted apart; so is what tools put into the prompt.
Usage read_gemini_usage(const json::object& usage) {
  std::int64_t thoughts = count_member(usage, "thoughtsTokenCount");
  auto input = find_count(usage, "promptTokenCount"), output = find_count(usage, "candidatesTokenCount");
  if (input) *input += count_member(usage, "toolUsePromptTokenCount");
  // Who thought up to the end wrote nothing else, and that is left out then.
  if (output || thoughts > 0) output = output.value_or(0) + thoughts;
  return {.input = input,
          .output = output,
          .cache_read = count_member(usage, "cachedContentTokenCount"),
          .reasoning = thoughts};
}

Result<Answer> read_gemini_answer(const json::object& body, const AnswerContext& context) {
  Answer answer{.id = std::string(text_member(body, "responseId")),
                .model = std::string(text_member(body, "modelVersion"))};
  const json::value* candidates = body.if_contains("candidates");
  std::size_t calls = 0;
  if (candidates != nullptr && candidates->is_array()) {
    for (const json::value& item : candidates->get_array()) {
      if (!item.is_object()) return not_an_answer("a candidate that is no object");
      TRY(Choice choice, read_candidate(item.get_object(), context, calls));
      answer.choices.push_back(std::move(choice));
    }
  }
  if (answer.choices.empty()) {
    const json::object* feedback = object_member(body, "promptFeedback");
    if (feedback == nullptr || text_member(*feedback, "blockReason").empty())
      return not_an_answer("no candidates");
    answer.choices.emplace_back().stop = StopReason::kRefusal;
  }
  if (const json::object* usage = object_member(body, "usageMetadata"))
    answer.usage = read_gemini_usage(*usage);
  return answer;
}

}  // namespace bailiwick::routing::translation
