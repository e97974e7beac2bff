// How a level says no: code, words, and when to come again. What the whole installation has used is nobody
// else's business, so its refusals give no numbers.
#pragma once

#include "metering/budget.h"
#include "metering/meter_view.h"
#include "metering/rate.h"

namespace bailiwick::metering {

class Refusals {
 public:
  Refusals(Level level, std::string_view name);

  /// kRateLimited `rate.concurrency`.
  Status slots(std::int64_t held) const;
  /// kRateLimited `rate.requests`.
  Status requests(const Rate& rate, std::chrono::nanoseconds wait) const;
  /// kRateLimited `rate.tokens`.
  Status tokens(std::int64_t wanted, const Rate& rate, std::chrono::nanoseconds wait) const;
  /// kPaymentRequired `budget.daily` or `budget.monthly`, with the seconds until its window ends; of the
  /// installation `budget.installation`.
  Status money(const Budget& budget, const Account& account, WallTime now) const;

 private:
  Status busy(std::string_view reason, std::chrono::nanoseconds wait) const;

  const Level level_;
  const std::string whose_;  ///< `the program 'intake'`, `this token`; of a tenant empty
};

}  // namespace bailiwick::metering
