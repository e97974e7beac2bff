// TenantMeter: one tenant's live counters. Admission reserves rate, concurrency and money before anything is
// spent.
//
// Exact in one process: counters are atomics or short critical sections of their own cache lines. Money
// leaves a budget in slices that are journalled before they are used, so that after a crash an unsettled
// slice counts as spent and no limit is ever passed. Safe from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "metering/habits.h"
#include "metering/limits.h"

namespace bailiwick::metering {

/// What a request is expected to use, at most.
struct Demand {
  std::int64_t tokens = 0;
  PicoDollars cost;
  /// Content with less when the budget holds less: as much of `cost` as is left is reserved, but not below
  /// this. Absent = all of `cost` or nothing.
  std::optional<PicoDollars> least_cost = std::nullopt;
  /// 0 for a call made inside a request that was admitted already: it takes no request rate and no
  /// concurrency slot.
  std::int64_t requests = 1;
};

/// What it really used.
struct Usage {
  std::int64_t tokens = 0;
  PicoDollars cost;
};

/// A budget window: `day:2026-11-25` or `month:2026-11`, in the tenant's time zone.
struct WindowSpend {
  std::string window;
  PicoDollars granted;   ///< journalled: counts as spent after a crash
  PicoDollars spent;     ///< settled
  PicoDollars reserved;  ///< in flight
  std::optional<PicoDollars> limit;
};

/// Where slices of budget are made durable against process death before they are used.
class SliceJournal {
 public:
  virtual ~SliceJournal() = default;
  /// From now on `granted` counts as spent in `window`, whatever happens. Called rarely, with the budget's
  /// lock held.
  virtual Status grant(std::string_view tenant, std::string_view window, PicoDollars granted) = 0;
};

class TenantMeter;

/// RAII: dropping it unsettled returns the tokens, the money and the slot that it held; the request itself
/// stays counted. Move-only.
class Admission {
 public:
  Admission() = default;
  Admission(Admission&& other) noexcept;
  Admission& operator=(Admission&& other) noexcept;
  ~Admission();

  /// Reserves more money in mid-stream. Errors: kPaymentRequired `budget.exhausted`; what was held stays
  /// held.
  Status top_up(PicoDollars extra);
  /// Replaces the reservation by what was used and frees the concurrency slot. Once. Money already owed to an
  /// upstream is booked even past the reservation; a caller that tops up in time never gets there.
  void settle(const Usage& used);
  PicoDollars reserved() const { return cost_; }
  explicit operator bool() const { return meter_ != nullptr; }

 private:
  friend class TenantMeter;
  std::shared_ptr<TenantMeter> meter_;
  std::int64_t tokens_ = 0;
  PicoDollars cost_;
  std::int64_t day_ = 0;  ///< the windows that the money was reserved in
  std::int64_t month_ = 0;
  bool holds_slot_ = false;
};

struct RateState {
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  std::chrono::milliseconds reset{0};
};

/// The rates alone, for the headers of every answer.
struct RateView {
  std::optional<RateState> requests;  ///< the per-minute (or nearest configured) request rate
  std::optional<RateState> tokens;
};

/// A moment's view, for the usage report.
struct MeterView {
  std::optional<RateState> requests;  ///< the per-minute (or nearest configured) request rate
  std::optional<RateState> tokens;
  std::int64_t concurrent = 0;
  std::vector<WindowSpend> windows;  ///< day, month
  std::int64_t requests_total = 0;
  std::int64_t tokens_total = 0;
};

class TenantMeter : public std::enable_shared_from_this<TenantMeter> {
 public:
  /// `journal` and `clock` outlive the meter. An unknown time zone is kInvalid `limits.time_zone`.
  static Result<std::shared_ptr<TenantMeter>> create(std::string tenant, Limits limits, SliceJournal& journal,
                                                     const Clock& clock);
  ~TenantMeter();

  /// All or nothing. Errors: kRateLimited `rate.requests`, `rate.tokens`, `rate.concurrency` with
  /// retry_after_seconds; kPaymentRequired `budget.daily`, `budget.monthly` with the seconds until the window
  /// ends.
  Result<Admission> admit(const Demand& demand);
  /// New limits apply at once; counters keep what they counted.
  Status set_limits(Limits limits);
  /// After a restart: `granted` in `window` counts as spent. The newest few windows are kept even when they
  /// are over or still to come, because the clock may be set back.
  void restore(std::string_view window, PicoDollars granted);
  /// At a clean stop: what was granted but never spent is handed back through the journal.
  Status hand_back();
  MeterView view() const;
  RateView rates() const;
  /// Some budget limits this tenant.
  bool has_budget() const;
  /// The fullest of the budgets: what is spent and reserved, as a share of its limit. 0 without a budget.
  double budget_used() const;
  /// What recent calls of this tenant were like; whoever settles them teaches it.
  Habits& habits();

 private:
  friend class Admission;
  struct Impl;
  explicit TenantMeter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bailiwick::metering
