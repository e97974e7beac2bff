#include "routing/usage.h"

#include <algorithm>
#include <cstring>

#include "routing/splice.h"
#include "routing/usage_members.h"

namespace bailiwick::routing {
namespace {

constexpr std::string_view kUsageKey = "\"usage\"";
// A report of usage is some hundred bytes.
constexpr std::size_t kLongestReport = 64 << 10;

void take(simdjson::dom::element value, std::optional<std::int64_t>& out) {
  std::int64_t count = 0;
  if (value.get_int64().get(count) == simdjson::SUCCESS)
    out = std::clamp<std::int64_t>(count, 0, kMostReported);
}

void take_inside(simdjson::dom::element value, std::string_view key, std::optional<std::int64_t>& out) {
  simdjson::dom::element inner;
  if (value.is_object() && value.at_key(key).get(inner) == simdjson::SUCCESS) take(inner, out);
}

}  // namespace

void UsageFields::merge(const UsageFields& later) {
  auto replace = [](std::optional<std::int64_t>& known, const std::optional<std::int64_t>& next) {
    if (next) known = next;
  };
  replace(input, later.input);
  replace(output, later.output);
  replace(reasoning, later.reasoning);
  replace(cache_read, later.cache_read);
  replace(cache_creation, later.cache_creation);
  replace(cache_creation_hour, later.cache_creation_hour);
}

std::string_view last_usage_object(std::string_view text) {
  // From quote to quote, backwards: between them nothing can begin the key.
  for (std::size_t left = text.size(); left > 0;) {
    const void* quote = ::memrchr(text.data(), '"', left);
    if (quote == nullptr) break;
    left = static_cast<std::size_t>(static_cast<const char*>(quote) - text.data());
    if (!text.substr(left).starts_with(kUsageKey)) continue;
    std::size_t brace = text.find_first_not_of(" \t\r\n:", left + kUsageKey.size());
    if (brace != std::string_view::npos && text[brace] == '{') {
      return text.substr(brace, value_end(text, brace) - brace);
    }
  }
  return {};
}

UsageFields parse_usage(std::string_view object) {
  thread_local simdjson::dom::parser parser;
  if (object.empty() || object.size() > kLongestReport) return {};
  simdjson::dom::object members;
  bool is_object = parser.parse(object.data(), object.size()).get_object().get(members) == simdjson::SUCCESS;
  return is_object ? usage_in(members) : UsageFields();
}

UsageFields usage_in(simdjson::dom::object members) {
  UsageFields fields;
  for (auto [key, value] : members) {
    if (key == "prompt_tokens" || key == "input_tokens")
      take(value, fields.input);
    else if (key == "completion_tokens" || key == "output_tokens")
      take(value, fields.output);
    else if (key == "cache_read_input_tokens")
      take(value, fields.cache_read);
    else if (key == "cache_creation_input_tokens")
      take(value, fields.cache_creation);
    else if (key == "prompt_tokens_details")
      take_inside(value, "cached_tokens", fields.cache_read);
    else if (key == "completion_tokens_details" || key == "output_tokens_details")
      take_inside(value, "reasoning_tokens", fields.reasoning);
    else if (key == "cache_creation")
      take_inside(value, "ephemeral_1h_input_tokens", fields.cache_creation_hour);
  }
  return fields;
}

metering::TokenUsage to_token_usage(const UsageFields& fields, snapshot::ProviderKind kind) {
  metering::TokenUsage usage{.input = fields.input.value_or(0),
                             .output = fields.output.value_or(0),
                             .cache_read = fields.cache_read.value_or(0),
                             .cache_creation = fields.cache_creation.value_or(0)};
  if (kind == snapshot::ProviderKind::kAnthropic) usage.input += usage.cache_read + usage.cache_creation;
  // What a cache holds is part of the input, whatever an upstream claims.
  usage.cache_read = std::min(usage.cache_read, usage.input);
  usage.cache_creation = std::min(usage.cache_creation, usage.input - usage.cache_read);
  usage.cache_creation_hour = std::min(fields.cache_creation_hour.value_or(0), usage.cache_creation);
  return usage;
}

}  // namespace bailiwick::routing
