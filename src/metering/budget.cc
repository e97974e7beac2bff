#include "metering/budget.h"

#include <algorithm>

namespace bailiwick::metering {
namespace {

// A slice is this share of the limit: small enough to lose in a crash, large enough to be journalled rarely.
constexpr std::int64_t kSlicesPerLimit = 1024;
// Spend is journalled even without a limit, so that one set later knows of it.
constexpr std::int64_t kSliceWithoutLimit = PicoDollars::kPerDollar;
constexpr std::int64_t kUnlimited = PicoDollars::largest().pico();
// Windows kept for a clock that is set back.
constexpr std::size_t kKept = 4;
// A thread that read which account is present has reserved in it long before.
constexpr auto kGrace = std::chrono::hours(1);
// Percent of a limit.
constexpr int kAlertedShares[] = {50, 80, 95, 100};

std::int64_t us_of(WallTime time) {
  return time.time_since_epoch().count();
}
std::int64_t plus(std::int64_t a, std::int64_t b) {
  return (PicoDollars(a) + PicoDollars(b)).pico();
}
/// Never past the largest sum: an absurd price must not become a credit.
std::int64_t add(std::atomic<std::int64_t>& sum, std::int64_t amount) {
  std::int64_t before = sum.load(), after = 0;
  do after = plus(before, amount);
  while (!sum.compare_exchange_weak(before, after));
  return after;
}
std::int64_t ordinal_of(const std::unique_ptr<Account>& account) {
  return account->ordinal;
}

}  // namespace

void Budget::set_limit(std::optional<PicoDollars> limit, Limit kind, const Calendar& calendar) {
  MutexLock lock(mutex_);
  declared_.store(limit ? limit->pico() : kUnlimited);
  limit_.store(limit && kind == Limit::kHolds ? limit->pico() : kUnlimited);
  calendar_ = calendar;
  show({}, nullptr);
}

std::optional<PicoDollars> Budget::limit() const {
  std::int64_t limit = declared_.load(std::memory_order_relaxed);
  return limit == kUnlimited ? std::nullopt : std::optional(PicoDollars(limit));
}

std::int64_t Budget::raised(std::int64_t limit, const Account& account) {
  return plus(limit, account.raised.load(std::memory_order_relaxed));
}

void Budget::raise(std::int64_t ordinal, PicoDollars by) {
  MutexLock lock(mutex_);
  Account& account = exactly(ordinal);
  add(account.raised, by.pico());
  // Shares are of the new limit; those that its spend has passed were told.
  account.alerted.store(0);
  newly_reached(account);
}

double Budget::used(const Account& account) const {
  std::int64_t limit = raised(declared_.load(std::memory_order_relaxed), account);
  if (limit == kUnlimited) return 0;
  auto committed = static_cast<double>(account.committed.load(std::memory_order_relaxed));
  return limit > 0 ? committed / static_cast<double>(limit) : 1.0;
}

std::optional<int> Budget::newly_reached(Account& account) const {
  std::int64_t limit = raised(declared_.load(std::memory_order_relaxed), account);
  if (limit == kUnlimited) return std::nullopt;
  std::int64_t spent = account.spent.load(std::memory_order_relaxed);
  int told = account.alerted.load(std::memory_order_relaxed);
  if (spent < limit / 2 || told == 100) return std::nullopt;  // as nearly every time
  int reached = 0;
  for (int percent : kAlertedShares) {
    std::int64_t share = limit / 100 * percent + limit % 100 * percent / 100;
    if (spent > 0 && spent >= share) reached = percent;
  }
  do {
    if (reached <= told) return std::nullopt;
  } while (!account.alerted.compare_exchange_weak(told, reached));
  return reached;
}

Account* Budget::present_at(WallTime now) const {
  while (true) {
    std::uint64_t version = present_.version.load(std::memory_order_acquire);
    std::int64_t begin = present_.begin.load(std::memory_order_relaxed);
    std::int64_t end = present_.end.load(std::memory_order_relaxed);
    Account* account = present_.account.load(std::memory_order_acquire);
    std::atomic_thread_fence(std::memory_order_acquire);
    if (version % 2 != 0 || present_.version.load(std::memory_order_relaxed) != version) continue;
    return begin <= us_of(now) && us_of(now) < end ? account : nullptr;
  }
}

Account& Budget::at(const Moment& now) {
  if (Account* present = present_at(now.wall)) return *present;
  MutexLock lock(mutex_);
  return move_to(now);
}

Account& Budget::move_to(const Moment& now) {
  Window window = calendar_->at(span_, now.wall);
  Account& account = open(window.ordinal, now.mono);
  if (Account* before = present_.account.load(std::memory_order_relaxed); before && before != &account)
    before->left_at = now.mono;
  show(window, &account);
  return account;
}

void Budget::show(const Window& window, Account* account) {
  present_.version.fetch_add(1, std::memory_order_acq_rel);
  std::atomic_thread_fence(std::memory_order_release);
  present_.begin.store(us_of(window.begin), std::memory_order_relaxed);
  present_.end.store(us_of(window.end), std::memory_order_relaxed);
  present_.account.store(account, std::memory_order_release);
  present_.version.fetch_add(1, std::memory_order_release);
}

Account& Budget::open(std::int64_t ordinal, MonoTime now) {
  auto later = std::ranges::lower_bound(accounts_, ordinal, {}, ordinal_of);
  if (later != accounts_.end()) return **later;
  accounts_.push_back(std::make_unique<Account>(ordinal));
  Account& opened = *accounts_.back();
  forget_old(now);
  return opened;
}

void Budget::forget_old(MonoTime now) {
  while (accounts_.size() > kKept) {
    const Account& oldest = *accounts_.front();
    if (oldest.holders.load() > 0 || &oldest == present_.account.load() || now - oldest.left_at < kGrace)
      return;
    accounts_.erase(accounts_.begin());
  }
}

PicoDollars Budget::available(const Account& account) const {
  std::int64_t limit = raised(limit_.load(std::memory_order_relaxed), account);
  return limit == kUnlimited ? PicoDollars::largest() : PicoDollars(limit - account.committed.load());
}

bool Budget::reserve_granted(Account& account, std::int64_t amount) const {
  std::int64_t committed = account.committed.load();
  do {
    std::int64_t usable =
        std::min(account.granted.load(), raised(limit_.load(std::memory_order_relaxed), account));
    if (amount > usable - committed) return false;
  } while (!account.committed.compare_exchange_weak(committed, committed + amount));
  return true;
}

Result<Budget::Reserved> Budget::reserve(Account& account, PicoDollars amount) {
  bool reserved = amount <= PicoDollars() || reserve_granted(account, amount.pico());
  // Somebody who handed the slice back meanwhile saw the account before us or is seen here.
  if (reserved && account.committed.load() <= account.granted.load()) return Reserved::kYes;
  MutexLock lock(mutex_);
  while (!reserved) {
    if (available(account) < amount) return Reserved::kOutOfMoney;
    CHECK_OK(grant(account, plus(account.committed.load(), amount.pico())));
    reserved = reserve_granted(account, amount.pico());
  }
  Status granted = grant(account, account.committed.load());
  if (granted) return Reserved::kYes;
  give_back(account, amount);
  return std::unexpected(std::move(granted.error()));
}

void Budget::give_back(Account& account, PicoDollars amount) {
  if (amount > PicoDollars()) account.committed.fetch_sub(amount.pico());
}

Status Budget::grant(Account& account, std::int64_t committed) {
  std::int64_t granted = account.granted.load();
  if (committed <= granted) return {};
  std::int64_t limit = raised(limit_.load(), account);
  std::int64_t slice = limit == kUnlimited ? kSliceWithoutLimit : limit / kSlicesPerLimit;
  // Whole slices, at most the limit, unless more is owed already.
  std::int64_t next = std::max(committed, std::min(plus(granted, slice), limit));
  CHECK_OK(journal_(window_name(span_, account.ordinal), PicoDollars(next)));
  account.granted.store(next);
  return {};
}

Status Budget::settle(Account& account, PicoDollars reserved, PicoDollars spent) {
  add(account.spent, spent.pico());
  std::int64_t committed = add(account.committed, spent.pico() - reserved.pico());
  if (committed <= account.granted.load()) return {};
  MutexLock lock(mutex_);
  return grant(account, account.committed.load());
}

WallTime Budget::ends_at(WallTime now) const {
  MutexLock lock(mutex_);
  return calendar_->at(span_, now).end;
}

Account& Budget::exactly(std::int64_t ordinal) {
  auto place = std::ranges::lower_bound(accounts_, ordinal, {}, ordinal_of);
  if (place == accounts_.end() || (*place)->ordinal != ordinal)
    place = accounts_.insert(place, std::make_unique<Account>(ordinal));
  return **place;
}

void Budget::restore(std::int64_t ordinal, PicoDollars granted) {
  MutexLock lock(mutex_);
  Account& account = exactly(ordinal);
  std::int64_t more = granted.pico() - account.granted.load();
  if (more > 0) {
    account.spent.fetch_add(more);
    account.committed.fetch_add(more);
    account.granted.store(granted.pico());
    newly_reached(account);  // told before the restart
  }
  forget_old(MonoTime::max());
}

Status Budget::hand_back() {
  MutexLock lock(mutex_);
  for (const std::unique_ptr<Account>& account : accounts_) {
    std::int64_t granted = account->granted.load(), committed = account->committed.load();
    if (granted <= committed) continue;
    account->granted.store(committed);
    // Who reserved in the slice meanwhile keeps what it took.
    committed = std::max(committed, account->committed.load());
    account->granted.store(committed);
    if (Status journalled = journal_(window_name(span_, account->ordinal), PicoDollars(committed));
        !journalled) {
      account->granted.store(granted);
      return journalled;
    }
  }
  return {};
}

}  // namespace bailiwick::metering
