#include "gateway/answer_headers.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

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

/// `"requests";q=300;w=60` and `"requests";r=299;t=1`
struct DraftFields {
  std::string policy, state;

  void add(std::string_view name, const metering::RateState& rate) {
    std::string_view comma = policy.empty() ? "" : ", ";
    auto reset = std::chrono::ceil<std::chrono::seconds>(rate.reset).count();
    fmt::format_to(std::back_inserter(policy), "{}\"{}\";q={};w={}", comma, name, rate.limit,
                   rate.period.count());
    fmt::format_to(std::back_inserter(state), "{}\"{}\";r={};t={}", comma, name, rate.remaining, reset);
  }
};

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
  DraftFields draft;
  if (rates.requests) draft.add("requests", *rates.requests);
  if (rates.tokens) draft.add("tokens", *rates.tokens);
  if (draft.policy.empty()) return;
  headers.add("RateLimit-Policy", draft.policy);
  headers.add("RateLimit", draft.state);
}

void add_call_headers(net::Headers& headers, const CallFacts& facts) {
  const routing::MeteredCall& call = facts.call;
  headers.add("x-bailiwick-provider", call.target().provider_name());
  headers.add("x-bailiwick-model", call.target().model());
  headers.add("x-bailiwick-fallbacks", std::to_string(call.fallbacks()));
  auto own = std::max(facts.elapsed - call.upstream_time(), std::chrono::microseconds(0));
  headers.add("x-bailiwick-overhead-ms", fmt::format("{}.{:03}", own.count() / 1000, own.count() % 1000));
  if (!call.cache_outcome().empty()) headers.add("x-bailiwick-cache", call.cache_outcome());
  if (call.age()) headers.add("Age", std::to_string(call.age()->count()));
  if (!call.streams() || call.age()) headers.add("x-bailiwick-cost", call.cost().to_decimal());
  if (facts.budget_left) headers.add("x-bailiwick-budget-remaining", facts.budget_left->to_decimal());
}

}  // namespace bailiwick::gateway
