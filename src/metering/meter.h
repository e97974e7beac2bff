// TenantMeter: one tenant's live counters. Admission reserves rate, concurrency and money before anything is
// spent.
//
// A request is counted at every level that it belongs to: the installation, the tenant, its program, its
// token. All admit it or none does: what one level took is put back when another refuses. Money leaves a
// budget in slices that are journalled before they are used, so that after a crash an unsettled slice counts
// as spent and no limit is ever passed. Exact in one process, safe from any thread, and lock-free but for the
// next slice of a budget and the next window.
#pragma once

#include <array>
#include <map>
#include <memory>

#include "base/clock.h"
#include "metering/calendar.h"
#include "metering/demand.h"
#include "metering/habits.h"
#include "metering/hold.h"
#include "metering/limits.h"
#include "metering/meter_view.h"
#include "metering/slice_journal.h"

namespace bailiwick::metering {

class LevelMeter;
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
  /// held. A budget that only expects lets what is in flight end, and says nothing.
  Status top_up(PicoDollars extra);
  /// Replaces the reservation by what was used and frees the concurrency slot. Once. Money already owed to an
  /// upstream is booked even past the reservation; a caller that tops up in time never gets there.
  void settle(const Usage& used);
  /// Of two calls for one request this one goes on: takes the request, and its slot, from `other`. Nothing
  /// happens when they were not admitted by the same counters, or either has been settled.
  void take_request_of(Admission& other);
  PicoDollars reserved() const { return demand_.cost; }
  explicit operator bool() const { return meter_ != nullptr; }

 private:
  friend class TenantMeter;
  /// What one level holds for it.
  struct Held {
    std::shared_ptr<LevelMeter> level;
    Hold hold;
  };

  std::shared_ptr<TenantMeter> meter_;
  Demand demand_;             ///< as reserved
  MonoTime admitted_{};       ///< when
  std::array<Held, 4> held_;  ///< from the installation down
  std::size_t levels_ = 0;
};

/// The whole installation's counters, above those of every tenant.
std::shared_ptr<LevelMeter> make_installation_meter(SliceJournal& journal);

class TenantMeter : public std::enable_shared_from_this<TenantMeter> {
 public:
  /// `journal` and `clock` outlive the meter; `installation` may be null. An unknown time zone is kInvalid
  /// `limits.time_zone`.
  static Result<std::shared_ptr<TenantMeter>> create(std::string tenant, Limits limits, SliceJournal& journal,
                                                     const Clock& clock,
                                                     std::shared_ptr<LevelMeter> installation = nullptr);
  ~TenantMeter();

  /// All or nothing, over all levels. Errors: kRateLimited `rate.requests`, `rate.tokens`, `rate.concurrency`
  /// with retry_after_seconds; kPaymentRequired `budget.daily`, `budget.monthly`, `budget.installation` with
  /// the seconds until the window ends.
  Result<Admission> admit(const Demand& demand, const Payer& payer = {});

  /// New limits apply at once; counters keep what they counted, those of a level that had none too. Errors:
  /// kInvalid `limits.time_zone`.
  Status set_limits(Limits limits);
  using LimitsByName = std::map<std::string, Limits, std::less<>>;
  Status set_program_limits(const LimitsByName& programs);
  /// Of one token. Cheap when they are as they were.
  Status set_token_limits(std::string_view token, const Limits& limits);

  /// After a restart: `granted` in `window` counts as spent. The newest few windows are kept even when they
  /// are over or still to come, because the clock may be set back.
  void restore(std::string_view window, PicoDollars granted);
  /// The budget of this day or month, of the tenant or a program of it; its window is named as raise() takes
  /// it. Errors: kConflict `budget.unlimited` where there is none.
  Result<WindowSpend> limited(std::string_view program, Span span) const;
  /// So much more money in that window alone.
  void raise(std::string_view window, PicoDollars by);
  /// At a clean stop: what was granted but never spent is handed back through the journal.
  Status hand_back();

  /// The tenant's own level.
  MeterView view() const;
  /// The tenant, then programs and tokens that have limits, in order of name.
  std::vector<LevelView> levels() const;
  /// As its counters see the time: who asks for more than one thing reads the clocks once.
  Moment now() const;
  /// Over the levels of this payer.
  RateView rates(const Payer& payer, const Moment& now) const;
  RateView rates(const Payer& payer = {}) const;
  /// Some budget limits this payer.
  bool has_budget(const Payer& payer = {}) const;
  /// How its budget is held: as the tenant says, but strictly where a narrower or wider one holds too.
  Enforcement enforcement(const Payer& payer = {}) const;
  /// The fullest of the budgets below the installation: what is spent and reserved, as a share of the limit.
  /// 0 without a budget.
  double budget_used(const Payer& payer = {}) const;
  /// What is neither spent nor reserved, of the budget below the installation that has least of it. Nothing
  /// without a budget.
  std::optional<PicoDollars> budget_left(const Payer& payer, const Moment& now) const;
  std::optional<PicoDollars> budget_left(const Payer& payer = {}) const;
  /// What recent calls of this tenant were like; whoever settles them teaches it.
  Habits& habits();

 private:
  friend class Admission;
  struct Impl;
  class Attempt;
  explicit TenantMeter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bailiwick::metering
