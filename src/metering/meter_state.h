// The inside of a TenantMeter: its counters and the one lock that makes a decision about all of them at once.
#pragma once

#include <atomic>

#include "base/mutex.h"
#include "metering/budget.h"
#include "metering/meter.h"
#include "metering/rate.h"

namespace bailiwick::metering {

/// On cache lines of its own, so that busy tenants do not slow each other down.
struct alignas(64) TenantMeter::Impl {
  Impl(std::string name, SliceJournal& slices, const Clock& time)
      : tenant(std::move(name)), journal(slices), clock(time) {}

  Status configure(Limits next) BW_REQUIRES(mutex);
  void set_rate(std::optional<RateLimit>& rate, std::optional<std::int64_t> limit,
                std::chrono::nanoseconds period) BW_REQUIRES(mutex);
  Status check_rates(const Demand& demand, MonoTime now) const BW_REQUIRES(mutex);
  /// How much of the demand's money the budgets can hold, or why not enough.
  Result<PicoDollars> affordable(const Demand& demand, WallTime now) BW_REQUIRES(mutex);
  Status refuse_budget(const Budget& budget, const Account& account, WallTime now) const BW_REQUIRES(mutex);
  /// Journals the slices that `extra` needs, then reserves it.
  Status reserve(Account& of_day, Account& of_month, PicoDollars extra) BW_REQUIRES(mutex);
  Status secure(const Budget& budget, Account& account, PicoDollars committed) BW_REQUIRES(mutex);
  void book(const Budget& budget, Account& account, PicoDollars reserved, PicoDollars spent)
      BW_REQUIRES(mutex);
  void release(const Admission& admission, const Usage& used) BW_REQUIRES(mutex);

  const std::string tenant;
  SliceJournal& journal;
  const Clock& clock;
  Habits habits;
  std::atomic<bool> has_budget{false};

  mutable Mutex mutex;
  Limits limits BW_GUARDED_BY(mutex);
  std::optional<RateLimit> per_second BW_GUARDED_BY(mutex);
  std::optional<RateLimit> per_minute BW_GUARDED_BY(mutex);
  std::optional<RateLimit> per_hour BW_GUARDED_BY(mutex);
  std::optional<RateLimit> token_rate BW_GUARDED_BY(mutex);
  Budget day BW_GUARDED_BY(mutex){Span::kDay};
  Budget month BW_GUARDED_BY(mutex){Span::kMonth};
  std::int64_t concurrent BW_GUARDED_BY(mutex) = 0;
  std::int64_t requests_total BW_GUARDED_BY(mutex) = 0;
  std::int64_t tokens_total BW_GUARDED_BY(mutex) = 0;
};

}  // namespace bailiwick::metering
