// Rounds: when one call goes through its route again, after all of it failed.
#pragma once

#include "routing/route_plan.h"

namespace bailiwick::routing {

class Rounds {
 public:
  /// The tenant earns the share of a retry that each of its calls is worth.
  Rounds(const snapshot::Retries& retries, RetryBudget& budget, MonoTime now)
      : attempts_(retries.attempts), deadline_(now + retries.longest) {
    if (attempts_ > 0) budget.earn(retries.share);
  }

  bool are_left() const { return round_ < attempts_; }
  /// None begins later.
  MonoTime deadline() const { return deadline_; }

  /// Begins the next one: how long to wait until then. Until a provider may be called, and longer each time;
  /// half of it by the clock's last digits, so that callers that failed together do not come back together.
  std::chrono::milliseconds wait(const Candidates& candidates, MonoTime now) {
    auto left = std::max(std::chrono::floor<std::chrono::milliseconds>(deadline_ - now),
                         std::chrono::milliseconds(0));
    auto backoff = std::min(kFirst * (1 << round_++), left);
    auto spread =
        std::chrono::milliseconds(now.time_since_epoch().count() / 1000 % (backoff.count() / 2 + 1));
    auto rest = std::chrono::ceil<std::chrono::milliseconds>(soonest(candidates.targets()) - now);
    return std::max(backoff - spread, rest);
  }

 private:
  static constexpr std::chrono::milliseconds kFirst{100};
  const std::int64_t attempts_;
  const MonoTime deadline_;
  std::int64_t round_ = 0;
};

}  // namespace bailiwick::routing
