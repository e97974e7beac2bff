#include "routing/translation/answer_codec.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/excerpt.h"
#include "base/json_members.h"
#include "routing/translation/numbers.h"

namespace bailiwick::routing::translation {
namespace {

constexpr std::size_t kLongestMessage = 2000;
constexpr std::size_t kLongestName = 256;
constexpr std::int64_t kBytesPerToken = 3;

struct StatusName {
  std::string_view name;
  int status;
};
/// Of the words that mean a status wherever they stand: types, codes and exceptions of all four.
constexpr StatusName kStatuses[] = {
    {"invalid_request_error", 400},
    {"authentication_error", 401},
    {"billing_error", 402},
    {"permission_error", 403},
    {"not_found_error", 404},
    {"request_too_large", 413},
    {"rate_limit_error", 429},
    {"rate_limit_exceeded", 429},
    {"insufficient_quota", 429},
    {"api_error", 500},
    {"server_error", 500},
    {"timeout_error", 504},
    {"overloaded_error", 529},
    {"validationException", 400},
    {"throttlingException", 429},
    {"internalServerException", 500},
    {"modelStreamErrorException", 424},
    {"modelTimeoutException", 408},
    {"serviceUnavailableException", 503},
};

int status_of(std::string_view word, int otherwise) {
  auto known = std::ranges::find(kStatuses, word, &StatusName::name);
  return known == std::end(kStatuses) ? otherwise : known->status;
}

std::string_view openai_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "insufficient_quota";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 429:
      return "rate_limit_error";
    default:
      return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

std::string_view anthropic_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 504:
      return "timeout_error";
    case 503:
    case 529:
      return "overloaded_error";
    default:
      return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

/// In the middle of a stream the status has gone out already; the error's own words say which it would be.
int told_status(const json::object& error) {
  std::int64_t code = count_member(error, "code");
  if (code >= 400 && code < 600) return static_cast<int>(code);
  return status_of(text_member(error, "type"), status_of(text_member(error, "code"), 500));
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName;
}

std::string without_prefix(std::string_view id) {
  for (std::string_view prefix : {"chatcmpl-", "msg_"}) {
    if (id.starts_with(prefix)) id.remove_prefix(prefix.size());
  }
  return std::string(id);
}

}  // namespace

void Choice::append_text(std::string_view text) {
  if (text.empty()) return;
  Text* last = parts.empty() ? nullptr : std::get_if<Text>(&parts.back());
  if (last != nullptr)
    last->text += text;
  else
    parts.emplace_back(Text{std::string(text)});
}

UpstreamError read_error(Dialect dialect, int status, const json::object& body) {
  UpstreamError error{.status = status == 0 ? 500 : status, .message = {}};
  // Bedrock has no envelope; in a stream the name of its exception is put beside its message.
  const json::object* inner = dialect == Dialect::kBedrock ? &body : object_member(body, "error");
  if (inner != nullptr) {
    error.message = text_member(*inner, "message");
    if (status == 0) error.status = told_status(*inner);
  }
  if (error.message.empty()) error.message = fmt::format("the model's provider answered {}", error.status);
  return error;
}

json::object write_error(Dialect caller, const UpstreamError& error, const AnswerContext& context) {
  std::string message = excerpt(error.message, kLongestMessage);
  auto is_shown = [&](std::string_view secret) {
    return !secret.empty() && error.message.find(secret) != std::string::npos;
  };
  if (std::ranges::any_of(context.secrets, is_shown))
    message = fmt::format("the model's provider answered {}", error.status);
  if (caller == Dialect::kAnthropic) {
    return {{"type", "error"},
            {"error", json::object{{"type", json::string(anthropic_type(error.status))},
                                   {"message", json::string(message)}}},
            {"request_id", json::string(context.request_id)}};
  }
  return {{"error", json::object{{"message", json::string(message)},
                                 {"type", json::string(openai_type(error.status))},
                                 {"param", nullptr},
                                 {"code", nullptr}}}};
}

Usage completed(Usage usage, const AnswerContext& context, std::size_t written_bytes) {
  if (!usage.input) usage.input = std::max(context.estimated_input, usage.cache_read + usage.cache_creation);
  if (!usage.output) usage.output = static_cast<std::int64_t>(written_bytes) / kBytesPerToken + 1;
  usage.cache_read = std::min(usage.cache_read, *usage.input);
  usage.cache_creation = std::min(usage.cache_creation, *usage.input - usage.cache_read);
  usage.cache_creation_hour = std::min(usage.cache_creation_hour, usage.cache_creation);
  usage.reasoning = std::min(usage.reasoning, *usage.output);
  return usage;
}

std::size_t bytes_of(const Choice& choice) {
  std::size_t bytes = 0;
  for (const AnswerPart& part : choice.parts) {
    if (const Text* text = std::get_if<Text>(&part)) bytes += text->text.size();
    if (const ToolCall* call = std::get_if<ToolCall>(&part)) bytes += json::serialize(call->input).size();
  }
  return bytes;
}

std::string openai_id(std::string_view upstream_id, const AnswerContext& context) {
  return "chatcmpl-" + without_prefix(is_name(upstream_id) ? upstream_id : context.request_id);
}

std::string anthropic_id(std::string_view upstream_id, const AnswerContext& context) {
  return "msg_" + without_prefix(is_name(upstream_id) ? upstream_id : context.request_id);
}

std::string_view model_name(std::string_view upstream_model, const AnswerContext& context) {
  return is_name(upstream_model) ? upstream_model : context.model;
}

std::unexpected<Error> not_an_answer(std::string_view what) {
  return fail(ErrorCode::kBadGateway, "upstream.shape",
              "the model's provider sent what is no answer of its API", std::string(what));
}

}  // namespace bailiwick::routing::translation
