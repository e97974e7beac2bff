#include "metering/budget.h"

#include <algorithm>

namespace bailiwick::metering {
namespace {

// A slice is this share of the limit: small enough to lose in a crash, large enough to be journalled rarely.
constexpr std::int64_t kSlicesPerLimit = 1024;
// Spend is journalled even without a limit, so that one set later knows of it.
constexpr PicoDollars kSliceWithoutLimit = PicoDollars::dollars(1);
// Windows kept for a clock that is set back.
constexpr std::size_t kKept = 4;

}  // namespace

void Budget::set_limit(std::optional<PicoDollars> limit, const Calendar& calendar) {
  limit_ = limit;
  calendar_ = calendar;
  current_ = {};
}

Account& Budget::at(WallTime now) {
  if (!current_.holds(now)) current_ = calendar_->at(span_, now);
  return open(current_.ordinal);
}

Account& Budget::open(std::int64_t ordinal) {
  if (!accounts_.empty() && accounts_.back().ordinal == ordinal) return accounts_.back();
  auto later = std::ranges::lower_bound(accounts_, ordinal, {}, &Account::ordinal);
  if (later != accounts_.end()) return *later;
  accounts_.push_back(Account{.ordinal = ordinal});
  forget_old();
  return accounts_.back();
}

void Budget::forget_old() {
  while (accounts_.size() > kKept && accounts_.front().reserved == PicoDollars())
    accounts_.erase(accounts_.begin());
}

Account& Budget::of(std::int64_t ordinal) {
  auto found = std::ranges::find(accounts_, ordinal, &Account::ordinal);
  BW_CHECK(found != accounts_.end());
  return *found;
}

PicoDollars Budget::available(const Account& account) const {
  return limit_ ? *limit_ - account.committed() : PicoDollars::largest();
}

PicoDollars Budget::next_grant(const Account& account, PicoDollars committed) const {
  PicoDollars slice = limit_ ? PicoDollars(limit_->pico() / kSlicesPerLimit) : kSliceWithoutLimit;
  PicoDollars wanted = std::max(committed, account.granted + slice);
  return limit_ ? std::max(committed, std::min(wanted, *limit_)) : wanted;
}

WallTime Budget::ends_at(WallTime now) const {
  return calendar_->at(span_, now).end;
}

void Budget::restore(std::int64_t ordinal, PicoDollars granted) {
  auto place = std::ranges::lower_bound(accounts_, ordinal, {}, &Account::ordinal);
  if (place == accounts_.end() || place->ordinal != ordinal) {
    place = accounts_.insert(place, Account{.ordinal = ordinal});
  }
  if (granted > place->granted) {
    place->spent += granted - place->granted;
    place->granted = granted;
  }
  forget_old();
}

}  // namespace bailiwick::metering
