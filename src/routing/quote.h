// Quote: how much a call may use on one target, before it is made.
//
// An answer is reserved at the most that it can cost: what the caller's max_tokens, or the model, allows. A
// stream too: a provider may write, and bill, faster than we read, so that cutting it comes too late. Where
// the budget holds less, a call that named no max_tokens takes what is left, as long as that covers what the
// tenant's calls usually need, and the upstream is told to stop there. A budget that only expects reserves
// what calls usually need, tops streams up as they flow, and tells nothing to stop.
#pragma once

#include <optional>
#include <utility>

#include "metering/meter.h"
#include "metering/prices.h"
#include "routing/payload.h"

namespace bailiwick::routing {

struct Quote {
  std::int64_t estimated_input = 0;  ///< tokens, by looking at the request
  std::int64_t input_tokens = 0;     ///< the same, corrected by how the tenant's calls turned out
  std::int64_t output_tokens = 0;    ///< reserved, over all choices
  std::int64_t choices = 1;
  bool bounded = false;       ///< the upstream was told not to write more than `output_tokens`
  bool guessed_most = false;  ///< nobody says how much the model may write; the upstream has to be told
  metering::Demand demand;
  const metering::ModelPrice* price = nullptr;

  static Quote of(const PayloadFacts& facts, Endpoint endpoint, const PlannedTarget& target,
                  const metering::Habits& habits,
                  metering::Enforcement enforcement = metering::Enforcement::kStrict);

  /// Cost of so many output tokens on top of the input.
  PicoDollars cost(std::int64_t output) const;
  /// What to bound one choice's output by, so that `reserved` covers it; empty when all was reserved.
  std::optional<std::int64_t> output_bound(PicoDollars reserved) const;
  /// The upstream is told to write no more than so much for each choice. A bound of the caller's own stands.
  void tell(std::int64_t most) {
    if (!std::exchange(bounded, true)) output_tokens = most * choices;
  }

 private:
  bool caches_prompt_ = false;
};

/// Output tokens that a stream is topped up by at a time.
inline constexpr std::int64_t kInstalmentTokens = 1024;

}  // namespace bailiwick::routing
