#include "metering/rate.h"

#include <algorithm>

namespace bailiwick::metering {

using std::chrono::nanoseconds;

namespace {

// Far beyond any debt that can be worked off, and far below an overflow of the clock.
constexpr nanoseconds kLongest = std::chrono::hours(24 * 365);

}  // namespace

RateLimit::RateLimit(std::int64_t limit, nanoseconds period)
    : limit_(std::max<std::int64_t>(limit, 0)), period_(period) {
  interval_ = limit_ == 0 ? period : nanoseconds((period.count() + limit_ - 1) / limit_);
}

nanoseconds RateLimit::span(std::int64_t units) const {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(units, interval_.count(), &product)) return kLongest;
  return std::min(nanoseconds(product), kLongest);
}

nanoseconds RateLimit::debt(MonoTime now) const {
  return free_at_ > now ? free_at_ - now : nanoseconds(0);
}

nanoseconds RateLimit::wait(std::int64_t units, MonoTime now) const {
  if (units <= 0) return nanoseconds(0);
  if (units > limit_) return period_;
  return std::max(debt(now) + span(units) - span(limit_), nanoseconds(0));
}

void RateLimit::take(std::int64_t units, MonoTime now) {
  if (units <= 0) return;
  free_at_ = now + std::min(debt(now) + span(units), kLongest);
}

void RateLimit::give_back(std::int64_t units) {
  // What has come back by itself meanwhile stays behind `now` and gives nothing twice.
  if (units > 0) free_at_ -= span(units);
}

std::int64_t RateLimit::remaining(MonoTime now) const {
  if (limit_ == 0) return 0;
  return std::max<std::int64_t>((span(limit_) - debt(now)) / interval_, 0);
}

nanoseconds RateLimit::reset(MonoTime now) const {
  return debt(now);
}

RateLimit RateLimit::with_limit(std::int64_t limit, MonoTime now) const {
  RateLimit next(limit, period_);
  std::int64_t taken = (debt(now) + interval_ - nanoseconds(1)) / interval_;
  next.take(taken, now);
  return next;
}

}  // namespace bailiwick::metering
