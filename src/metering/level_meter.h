// LevelMeter: the counters of one level: the installation, a tenant, a program of it, or a token.
//
// The one model of what is limited: a gauge of requests in flight, rates of requests and tokens, budgets of
// money. A request is admitted by every level or by none (meter.h), so what one level took is put back when
// another refuses. Lock-free but for a budget's next slice and next window. Safe from any thread.
#pragma once

#include <array>
#include <string>

#include "metering/budget.h"
#include "metering/demand.h"
#include "metering/gauge.h"
#include "metering/hold.h"
#include "metering/limits.h"
#include "metering/meter_view.h"
#include "metering/refusal.h"
#include "metering/slice_journal.h"

namespace bailiwick::metering {

class LevelMeter {
 public:
  /// `chain` is whose budget slices are journalled, `name` of a program or token. `journal` outlives it.
  LevelMeter(Level level, std::string chain, std::string_view name, SliceJournal& journal);

  /// What stands before its windows in the journal: `program:intake/`; nothing for tenant and installation.
  static std::string window_prefix(Level level, std::string_view name);

  /// New limits apply at once; counters keep what they counted. Errors: kInvalid `limits.time_zone`.
  Status set_limits(const Limits& limits, MonoTime now);
  void restore(std::string_view window, PicoDollars granted);
  /// So much more in that window alone.
  void raise(std::string_view window, PicoDollars by);
  Status hand_back();

  /// A slot, requests and tokens: all or none. Errors: kRateLimited `rate.requests`, `rate.tokens`,
  /// `rate.concurrency` with retry_after_seconds.
  Status take(const Demand& demand, MonoTime now);
  void put_back(const Demand& demand, MonoTime now);
  /// Of `wanted`, as much as the budgets hold. Errors: kPaymentRequired when that is less than `least`:
  /// `budget.daily`, `budget.monthly`; of the installation `budget.installation`.
  Result<PicoDollars> affordable(PicoDollars wanted, PicoDollars least, const Moment& now);
  /// Money of both budgets, or of none: false. Errors: the journal's.
  Result<bool> reserve(PicoDollars amount, const Moment& now, Hold& hold);
  /// More of it: false when the money is out.
  Result<bool> top_up(PicoDollars amount, Hold& hold);
  /// A part of what is held.
  void give_back(PicoDollars amount, Hold& hold);
  struct Elapsed {
    MonoTime admitted, now;
  };
  /// The end of an admission: the slot is free, what was reserved becomes what was used.
  void settle(const Demand& reserved, const Usage& used, const Hold& hold, const Elapsed& time);
  /// Nothing came of it: the money alone goes back.
  void release(const Hold& hold);

  /// What every request of a tenant counts with.
  void note_in(tenancy::Footprint& footprint) const;
  std::int64_t concurrent() const { return slots_.held(); }
  std::optional<RateState> requests(MonoTime now) const;
  std::optional<RateState> tokens(MonoTime now) const;
  std::vector<WindowSpend> windows(const Moment& now);
  LevelView view(const Moment& now);
  Level level() const { return level_; }
  bool has_budget() const { return has_budget_.load(std::memory_order_relaxed); }
  Enforcement enforcement() const { return enforcement_.load(std::memory_order_relaxed); }
  double budget_used(const Moment& now);
  /// Neither spent nor reserved, of the budget that has less of it. Nothing without a budget.
  std::optional<PicoDollars> budget_left(const Moment& now);

 private:
  using Rates = std::array<Rate, 3>;  ///< per second, minute, hour
  static constexpr std::array<std::chrono::nanoseconds, 3> kPeriods{
      std::chrono::seconds(1), std::chrono::minutes(1), std::chrono::hours(1)};
  static Rates make_rates() { return {Rate(kPeriods[0]), Rate(kPeriods[1]), Rate(kPeriods[2])}; }

  /// Takes from each or from none; else the one that refuses, and for how long.
  struct Refusal {
    const Rate* rate = nullptr;
    std::chrono::nanoseconds wait{};
  };
  static Refusal take_all(Rates& rates, std::int64_t units, MonoTime now);
  Result<bool> reserve_both(PicoDollars amount, Account& of_day, Account& of_month);
  void settle_money(PicoDollars spent, const Hold& hold);
  void tell(Budget& budget, Account& account);
  Status journal(std::string_view window, PicoDollars granted);

  // What every request counts with stands together.
  std::atomic<bool> has_budget_{false};
  std::atomic<Enforcement> enforcement_{Enforcement::kStrict};
  Gauge slots_;
  Rates requests_ = make_rates();
  Rates tokens_ = make_rates();
  Budget day_;
  Budget month_;
  const Level level_;
  const std::string chain_;
  const std::string name_;
  const std::string prefix_;  ///< of its windows in the journal: `program:intake/`
  const Refusals refusals_;
  SliceJournal& journal_;
};

}  // namespace bailiwick::metering
