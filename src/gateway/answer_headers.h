// The headers that answers of the model routes carry beside the upstream's own.
#pragma once

#include "base/clock.h"
#include "edge/error_encoder.h"
#include "metering/meter.h"
#include "net/http.h"
#include "routing/metered_call.h"

namespace bailiwick::gateway {

/// `x-ratelimit-*` (resets as durations: `12ms`, `6m0s`) or `anthropic-ratelimit-*` (resets as times), and
/// for both `RateLimit` and `RateLimit-Policy` of the IETF's draft. Only the rates that are limited.
void add_rate_headers(net::Headers& headers, edge::Dialect dialect, const metering::RateView& rates,
                      WallTime now);

/// Which model of which provider answered, after how many others; its cost, once that is known; how long we
/// took over it ourselves; what the tightest budget has left.
struct CallFacts {
  const routing::MeteredCall& call;
  std::chrono::microseconds elapsed;  ///< since the request came
  std::optional<PicoDollars> budget_left;
};
void add_call_headers(net::Headers& headers, const CallFacts& facts);

/// A duration as OpenAI writes it: `12ms`, `1s`, `1.5s`, `6m0s`, `1h0m0s`.
ShortText<40> reset_text(std::chrono::milliseconds duration);

}  // namespace bailiwick::gateway
