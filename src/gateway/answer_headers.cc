#include "gateway/answer_headers.h"

namespace bailiwick::gateway {
namespace {

struct RateNames {
  std::string_view limit, remaining, reset;
};
constexpr RateNames kOpenAiRequests{"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests",
                                    "x-ratelimit-reset-requests"};
constexpr RateNames kOpenAiTokens{"x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens",
                                  "x-ratelimit-reset-tokens"};
constexpr RateNames kAnthropicRequests{"anthropic-ratelimit-requests-limit",
                                       "anthropic-ratelimit-requests-remaining",
                                       "anthropic-ratelimit-requests-reset"};
constexpr RateNames kAnthropicTokens{"anthropic-ratelimit-tokens-limit",
                                     "anthropic-ratelimit-tokens-remaining",
                                     "anthropic-ratelimit-tokens-reset"};

void add_rate(net::Headers& headers, const RateNames& names, const metering::RateState& state,
              std::string reset) {
  headers.add(names.limit, std::to_string(state.limit));
  headers.add(names.remaining, std::to_string(state.remaining));
  headers.add(names.reset, reset);
}

/// Whole seconds, rounded up: never a moment before the rate is free again.
std::string reset_time(std::chrono::milliseconds after, WallTime now) {
  auto second = std::chrono::ceil<std::chrono::seconds>(now + after);
  std::string text = to_rfc3339(second);
  return text.substr(0, text.find('.')) + "Z";
}

}  // namespace

std::string to_reset_text(std::chrono::milliseconds duration) {
  std::int64_t ms = duration.count(), seconds = ms / 1000;
  if (seconds == 0) return std::to_string(ms) + "ms";
  std::string text;
  if (seconds >= 3600) text.append(std::to_string(seconds / 3600)).append("h");
  if (seconds >= 60) text.append(std::to_string(seconds / 60 % 60)).append("m");
  text += std::to_string(seconds % 60);
  if (ms % 1000 != 0) {
    text.append(".").append(std::to_string(1000 + ms % 1000), 1, 3);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text += "s";
}

void add_rate_headers(net::Headers& headers, edge::Dialect dialect, const metering::RateView& rates,
                      WallTime now) {
  bool anthropic = dialect == edge::Dialect::kAnthropic;
  auto reset = [&](const metering::RateState& state) {
    return anthropic ? reset_time(state.reset, now) : to_reset_text(state.reset);
  };
  if (rates.requests) {
    add_rate(headers, anthropic ? kAnthropicRequests : kOpenAiRequests, *rates.requests,
             reset(*rates.requests));
  }
  if (rates.tokens)
    add_rate(headers, anthropic ? kAnthropicTokens : kOpenAiTokens, *rates.tokens, reset(*rates.tokens));
}

void add_call_headers(net::Headers& headers, const routing::MeteredCall& call) {
  headers.add("x-bailiwick-provider", call.target().provider_name());
  headers.add("x-bailiwick-model", call.target().model());
  if (!call.streams()) headers.add("x-bailiwick-cost-usd", call.cost().to_decimal());
}

}  // namespace bailiwick::gateway
