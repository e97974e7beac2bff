// Budget: money per day or month. Every window has an account; an account only ever fills.
//
// Money leaves the budget in slices that are journalled before they are used. Inside a slice a reservation is
// one compare-and-swap; the lock is for the next slice and the next window. A new window opens only when it
// is later than every known one. So a clock that is set back finds the account it left, or keeps the one it
// has, and never an empty one: going back in time refunds nothing. Safe from any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "metering/account.h"
#include "metering/calendar.h"

namespace bailiwick::metering {

class Budget {
 public:
  /// Makes durable that `granted` of the window counts as spent from now on.
  using Journal = std::function<Status(std::string_view window, PicoDollars granted)>;

  Budget(Span span, Journal journal) : span_(span), journal_(std::move(journal)) {}

  Span span() const { return span_; }
  /// Absent = unlimited; what is spent is counted all the same.
  enum class Limit { kHolds, kWarnsOnly };
  void set_limit(std::optional<PicoDollars> limit, Limit kind, const Calendar& calendar);
  /// As declared, whether it holds or only warns.
  std::optional<PicoDollars> limit() const;
  /// So much more, in that window alone. Nothing changes where there is no limit.
  void raise(std::int64_t ordinal, PicoDollars by);
  /// The share of the limit that is spent or reserved; 0 without one.
  double used(const Account& account) const;
  /// The highest share, in percent, that the account's spend has reached of those that are told of; once each
  /// while the process lives.
  std::optional<int> newly_reached(Account& account) const;

  /// The account that counts at `now`. Lives while it is held, and an hour longer.
  Account& at(const Moment& now);
  /// What may still be reserved; negative once debts passed the limit.
  PicoDollars available(const Account& account) const;
  enum class Reserved { kYes, kOutOfMoney };
  /// All or nothing. Errors: the journal's.
  Result<Reserved> reserve(Account& account, PicoDollars amount);
  void give_back(Account& account, PicoDollars amount);
  /// Keeps the account until it is let go as often.
  void hold(Account& account) { account.holders.fetch_add(1); }
  void let_go(Account& account) { account.holders.fetch_sub(1); }
  /// Replaces a reservation by what was spent. What is owed is booked, also past the limit and when the
  /// journal is full: then the next reservation asks it again.
  Status settle(Account& account, PicoDollars reserved, PicoDollars spent);

  /// What a reservation reads of it stands at its beginning: what holds, and whose account counts.
  static constexpr std::size_t kUsualBytes = 40;

  /// The account of the time that requests see; null before the first. Nothing but its address is of use.
  const Account* present() const { return present_.account.load(std::memory_order_relaxed); }
  /// When the window that counts at `now` ends.
  WallTime ends_at(WallTime now) const;
  /// After a restart: `granted` counts as spent in that window. Windows that are over are kept too: the clock
  /// may be set back.
  void restore(std::int64_t ordinal, PicoDollars granted);
  /// At a clean stop: what was granted and is not committed goes back.
  Status hand_back();

 private:
  /// Whose account counts while the clock is inside [begin, end), read without a lock: a reader that meets a
  /// change begins again.
  struct Present {
    std::atomic<std::uint64_t> version{0};
    std::atomic<std::int64_t> begin{0};
    std::atomic<std::int64_t> end{0};
    std::atomic<Account*> account{nullptr};
  };

  Account* present_at(WallTime now) const;
  Account& move_to(const Moment& now) BW_REQUIRES(mutex_);
  void show(const Window& window, Account* account) BW_REQUIRES(mutex_);
  Account& open(std::int64_t ordinal, MonoTime now) BW_REQUIRES(mutex_);
  /// The account of just this window, made when it is not there.
  Account& exactly(std::int64_t ordinal) BW_REQUIRES(mutex_);
  /// `limit` as far as it is raised.
  static std::int64_t raised(std::int64_t limit, const Account& account);
  void forget_old(MonoTime now) BW_REQUIRES(mutex_);
  /// Reserves inside what is granted already.
  bool reserve_granted(Account& account, std::int64_t amount) const;
  /// Journals until `committed` is covered. Errors: the journal's; what is granted stays.
  Status grant(Account& account, std::int64_t committed) BW_REQUIRES(mutex_);

  std::atomic<std::int64_t> limit_{PicoDollars::largest().pico()};  ///< that holds
  Present present_;
  std::atomic<std::int64_t> declared_{PicoDollars::largest().pico()};
  const Span span_;
  const Journal journal_;

  mutable Mutex mutex_;
  std::optional<Calendar> calendar_ BW_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Account>> accounts_ BW_GUARDED_BY(mutex_);  ///< by ordinal, oldest first
};

}  // namespace bailiwick::metering
