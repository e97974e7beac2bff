#include "gateway/answer_headers.h"

#include <algorithm>

#include "base/short_text.h"

namespace bailiwick::gateway {
namespace {

struct RateNames {
  net::FieldName limit, remaining, reset;
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

/// The longest of any value here.
using Value = ShortText<160>;

/// Whole seconds, rounded up: never a moment before the rate is free again.
ShortText<40> reset_time(std::chrono::milliseconds after, WallTime now) {
  auto second = std::chrono::ceil<std::chrono::seconds>(now + after);
  ShortText<40> text = rfc3339(second);
  std::string_view whole = text.view();
  return ShortText<40>().text(whole.substr(0, whole.find('.'))).text("Z");
}

/// `"requests";q=300;w=60` and `"requests";r=299;t=1`
class DraftFields {
 public:
  void add(std::string_view name, const metering::RateState& rate) {
    put(policy_, name, {";q=", rate.limit}, {";w=", rate.period.count()});
    put(state_, name, {";r=", rate.remaining},
        {";t=", std::chrono::ceil<std::chrono::seconds>(rate.reset).count()});
  }
  const Value& policy() const { return policy_; }
  const Value& state() const { return state_; }

 private:
  using Parameter = std::pair<std::string_view, std::int64_t>;

  static void put(Value& value, std::string_view name, const Parameter& first, const Parameter& second) {
    value.text(value.view().empty() ? "\"" : ", \"").text(name).text("\"");
    value.text(first.first).number(first.second).text(second.first).number(second.second);
  }

  Value policy_, state_;
};

void add_number(net::Headers& headers, net::FieldName name, std::int64_t number) {
  headers.add_own(name, ShortText<20>().number(number));
}

}  // namespace

ShortText<40> reset_text(std::chrono::milliseconds duration) {
  constexpr std::int64_t kMinute = 60, kHour = 3600;
  const std::int64_t ms = duration.count(), seconds = ms / 1000;
  ShortText<40> text;
  if (seconds == 0) return text.number(ms).text("ms");
  if (seconds >= kHour) text.number(seconds / kHour).text("h");
  if (seconds >= kMinute) text.number(seconds / kMinute % kMinute).text("m");
  text.number(seconds % kMinute);
  if (ms % 1000 != 0) text.text(".").digits(static_cast<std::uint64_t>(ms % 1000), 3).without_zeros();
  return text.text("s");
}

void add_rate_headers(net::Headers& headers, edge::Dialect dialect, const metering::RateView& rates,
                      WallTime now) {
  const bool anthropic = dialect == edge::Dialect::kAnthropic;
  auto add_rate = [&](const RateNames& names, const metering::RateState& state) {
    add_number(headers, names.limit, state.limit);
    add_number(headers, names.remaining, state.remaining);
    if (anthropic)
      headers.add_own(names.reset, reset_time(state.reset, now));
    else
      headers.add_own(names.reset, reset_text(state.reset));
  };
  if (rates.requests) add_rate(anthropic ? kAnthropicRequests : kOpenAiRequests, *rates.requests);
  if (rates.tokens) add_rate(anthropic ? kAnthropicTokens : kOpenAiTokens, *rates.tokens);
  DraftFields draft;
  if (rates.requests) draft.add("requests", *rates.requests);
  if (rates.tokens) draft.add("tokens", *rates.tokens);
  if (draft.policy().view().empty()) return;
  headers.add_own("RateLimit-Policy", draft.policy());
  headers.add_own("RateLimit", draft.state());
}

void add_call_headers(net::Headers& headers, const CallFacts& facts) {
  const routing::MeteredCall& call = facts.call;
  headers.add("x-bailiwick-provider", call.target().provider_name());
  headers.add("x-bailiwick-model", call.target().model());
  add_number(headers, "x-bailiwick-fallbacks", call.fallbacks());
  auto own = std::max(facts.elapsed - call.upstream_time(), std::chrono::microseconds(0));
  ShortText<40> own_ms;
  own_ms.number(own.count() / 1000).text(".").digits(static_cast<std::uint64_t>(own.count() % 1000), 3);
  headers.add_own("x-bailiwick-overhead-ms", own_ms);
  if (!call.cache_outcome().empty()) headers.add("x-bailiwick-cache", call.cache_outcome());
  if (call.age()) add_number(headers, "Age", call.age()->count());
  if (!call.streams() || call.age()) headers.add_own("x-bailiwick-cost", call.cost().decimal());
  if (facts.budget_left) headers.add_own("x-bailiwick-budget-remaining", facts.budget_left->decimal());
}

}  // namespace bailiwick::gateway
