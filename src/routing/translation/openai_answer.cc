// Answers in OpenAI's dialect.
#include <fmt/format.h>

#include "base/excerpt.h"
#include "base/json_members.h"
#include "routing/translation/answer_codec.h"
#include "routing/translation/foreign_json.h"
#include "routing/translation/numbers.h"

namespace bailiwick::routing::translation {
namespace {

/// Errors: kBadGateway `upstream.call`.
Result<ToolCall> read_call(const json::object& call) {
  const json::object* function = object_member(call, "function");
  if (function == nullptr) return not_an_answer("a tool call without a function");
  ToolCall out{std::string(text_member(call, "id")), std::string(text_member(*function, "name")), {}, {}};
  std::string_view arguments = text_member(*function, "arguments");
  if (arguments.find_first_not_of(" \t\r\n") == std::string_view::npos) return out;
  auto input = parse_json_object(arguments, {}, kForeign);
  if (!input) {
    return fail(ErrorCode::kBadGateway, "upstream.call",
                fmt::format("the model called '{}' with what is not JSON", excerpt(out.name)));
  }
  out.input = std::move(*input);
  return out;
}

Result<Choice> read_choice(const json::object& choice) {
  const json::object* message = object_member(choice, "message");
  if (message == nullptr) return not_an_answer("a choice without a message");
  Choice out;
  out.append_text(text_member(*message, "content"));
  std::string_view refusal = text_member(*message, "refusal");
  out.append_text(refusal);
  const json::value* calls = message->if_contains("tool_calls");
  if (calls != nullptr && calls->is_array()) {
    for (const json::value& item : calls->get_array()) {
      if (!item.is_object()) return not_an_answer("a tool call that is no object");
      TRY(ToolCall call, read_call(item.get_object()));
      out.parts.emplace_back(std::move(call));
    }
  }
  auto stop = openai_stop(text_member(choice, "finish_reason"));
  if (!stop) return not_an_answer("an unknown finish_reason");
  out.stop = refusal.empty() ? *stop : StopReason::kRefusal;
  return out;
}

json::object message_of(const Choice& choice) {
  std::string text;
  json::array calls;
  for (const AnswerPart& part : choice.parts) {
    if (const Text* said = std::get_if<Text>(&part)) text += said->text;
    if (const ToolCall* call = std::get_if<ToolCall>(&part)) {
      calls.push_back(json::object{
          {"id", json::string(portable_call_id(call->id))},
          {"type", "function"},
          {"function", json::object{{"name", json::string(call->name)},
                                    {"arguments", json::string(json::serialize(call->input))}}}});
    }
  }
  json::object message{{"role", "assistant"}, {"content", nullptr}, {"refusal", nullptr}};
  if (!text.empty() || calls.empty()) message["content"] = json::string(text);
  if (!calls.empty()) message["tool_calls"] = std::move(calls);
  return message;
}

}  // namespace

std::optional<StopReason> openai_stop(std::string_view finish_reason) {
  if (finish_reason == "stop") return StopReason::kEnd;
  if (finish_reason == "length") return StopReason::kLength;
  if (finish_reason == "tool_calls" || finish_reason == "function_call") return StopReason::kToolUse;
  if (finish_reason == "content_filter") return StopReason::kRefusal;
  return {};
}

std::string_view openai_name(StopReason stop) {
  switch (stop) {
    case StopReason::kEnd:
    case StopReason::kStopSequence:
    case StopReason::kPause:
      return "stop";
    case StopReason::kLength:
      return "length";
    case StopReason::kToolUse:
      return "tool_calls";
    case StopReason::kRefusal:
      return "content_filter";
  }
  return "stop";
}

Usage read_openai_usage(const json::object& usage) {
  Usage out{.input = find_count(usage, "prompt_tokens"), .output = find_count(usage, "completion_tokens")};
  if (const json::object* details = object_member(usage, "prompt_tokens_details"))
    out.cache_read = count_member(*details, "cached_tokens");
  if (const json::object* details = object_member(usage, "completion_tokens_details"))
    out.reasoning = count_member(*details, "reasoning_tokens");
  return out;
}

/// What was written to a cache has no name in this dialect, and costs more than other input: it is told in
/// Anthropic's words, which who does not know them passes over.
json::object write_openai_usage(const Usage& usage) {
  std::int64_t input = usage.input.value_or(0), output = usage.output.value_or(0);
  json::object out{{"prompt_tokens", input},
                   {"completion_tokens", output},
                   {"total_tokens", input + output},
                   {"prompt_tokens_details", json::object{{"cached_tokens", usage.cache_read}}},
                   {"completion_tokens_details", json::object{{"reasoning_tokens", usage.reasoning}}}};
  if (usage.cache_creation > 0) out["cache_creation_input_tokens"] = usage.cache_creation;
  if (usage.cache_creation_hour > 0)
    out["cache_creation"] = json::object{{"ephemeral_1h_input_tokens", usage.cache_creation_hour}};
  return out;
}

Result<Answer> read_openai_answer(const json::object& body, const AnswerContext&) {
  Answer answer{.id = std::string(text_member(body, "id")), .model = std::string(text_member(body, "model"))};
  const json::value* choices = body.if_contains("choices");
  if (choices == nullptr || !choices->is_array() || choices->get_array().empty())
    return not_an_answer("no choices");
  for (const json::value& item : choices->get_array()) {
    if (!item.is_object()) return not_an_answer("a choice that is no object");
    TRY(Choice choice, read_choice(item.get_object()));
    answer.choices.push_back(std::move(choice));
  }
  if (const json::object* usage = object_member(body, "usage")) answer.usage = read_openai_usage(*usage);
  return answer;
}

json::object write_openai_answer(const Answer& answer, const AnswerContext& context) {
  json::array choices;
  for (const Choice& choice : answer.choices) {
    choices.push_back(json::object{{"index", choices.size()},
                                   {"message", message_of(choice)},
                                   {"logprobs", nullptr},
                                   {"finish_reason", json::string(openai_name(choice.stop))}});
  }
  json::object body{{"id", json::string(openai_id(answer.id, context))},
                    {"object", "chat.completion"},
                    {"created", context.created},
                    {"model", json::string(model_name(answer.model, context))},
                    {"choices", std::move(choices)}};
  // Last, where it is looked for.
  if (answer.usage) {
    std::size_t bytes = 0;
    for (const Choice& choice : answer.choices) bytes += bytes_of(choice);
    body["usage"] = write_openai_usage(completed(*answer.usage, context, bytes));
  }
  return body;
}

}  // namespace bailiwick::routing::translation
