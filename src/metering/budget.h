// Budget: money per day or month. Every window has an account; an account only ever fills.
//
// A new window opens only when it is later than every known one. So a clock that is set back finds the
// account it left, or keeps the one it has, and never an empty one: going back in time refunds nothing. Not
// safe by itself: TenantMeter holds its lock.
#pragma once

#include <optional>
#include <vector>

#include "base/money.h"
#include "metering/calendar.h"

namespace bailiwick::metering {

/// The money of one window. `spent + reserved <= granted` but for debts that an upstream ran up past a
/// reservation.
struct Account {
  std::int64_t ordinal = 0;
  PicoDollars granted;   ///< journalled
  PicoDollars spent;     ///< settled
  PicoDollars reserved;  ///< in flight

  PicoDollars committed() const { return spent + reserved; }
};

class Budget {
 public:
  explicit Budget(Span span) : span_(span) {}

  Span span() const { return span_; }
  const std::optional<PicoDollars>& limit() const { return limit_; }
  void set_limit(std::optional<PicoDollars> limit, const Calendar& calendar);

  /// The account that counts at `now`.
  Account& at(WallTime now);
  /// The account of a reservation made earlier. It is kept for as long as anything is reserved in it.
  Account& of(std::int64_t ordinal);
  /// What may still be reserved in `account`; negative once debts passed the limit.
  PicoDollars available(const Account& account) const;
  /// What to journal before `committed` may be used: whole slices, at most the limit, unless more is owed
  /// already.
  PicoDollars next_grant(const Account& account, PicoDollars committed) const;
  /// When the window that counts at `now` ends.
  WallTime ends_at(WallTime now) const;
  /// After a restart: `granted` counts as spent in that window. Windows that are over are kept too: the clock
  /// may be set back.
  void restore(std::int64_t ordinal, PicoDollars granted);
  std::vector<Account>& accounts() { return accounts_; }

 private:
  Account& open(std::int64_t ordinal);
  void forget_old();

  Span span_;
  std::optional<PicoDollars> limit_;
  std::optional<Calendar> calendar_;
  Window current_;                 ///< that of the clock when it was last looked at
  std::vector<Account> accounts_;  ///< by ordinal, oldest first
};

}  // namespace bailiwick::metering
