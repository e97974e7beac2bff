#include "metering/rate.h"

#include <algorithm>

namespace bailiwick::metering {
namespace {

using std::chrono::nanoseconds;

// Far beyond any debt that can be worked off, and far below an overflow of the clock.
constexpr std::int64_t kLongest = nanoseconds(std::chrono::hours(24 * 365)).count();

// The longest debt. Counts come from upstreams, and no one call locks a level for longer.
constexpr std::int64_t kMostPeriods = 2;

std::int64_t ns_of(MonoTime time) {
  return time.time_since_epoch().count();
}
/// How long so many units take to come back.
std::int64_t span(std::int64_t units, std::int64_t interval) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(units, interval, &product)) return kLongest;
  return std::min(product, kLongest);
}
std::int64_t debt(std::int64_t free_at, std::int64_t now) {
  return std::max<std::int64_t>(free_at - now, 0);
}

}  // namespace

std::int64_t Rate::interval_of(std::int64_t limit) const {
  return limit == 0 ? period_.count() : (period_.count() + limit - 1) / limit;
}

std::optional<std::int64_t> Rate::limit() const {
  std::int64_t limit = limit_.load(std::memory_order_relaxed);
  return limit == kUnlimited ? std::nullopt : std::optional(limit);
}

void Rate::set_limit(std::optional<std::int64_t> limit, MonoTime now) {
  std::int64_t next = limit ? std::max<std::int64_t>(*limit, 0) : kUnlimited;
  std::int64_t before = limit_.load(std::memory_order_relaxed);
  if (before == next) return;
  if (before == kUnlimited) limited_since_.store(ns_of(now), std::memory_order_relaxed);
  if (next != kUnlimited) interval_.store(interval_of(next), std::memory_order_relaxed);
  limit_.store(next, std::memory_order_release);
  std::int64_t free_at = free_at_.load(std::memory_order_relaxed), moved = 0;
  do {
    moved = 0;
    if (next == kUnlimited || before == kUnlimited) continue;
    std::int64_t one = interval_of(before);
    std::int64_t taken = (debt(free_at, ns_of(now)) + one - 1) / one;
    if (taken > 0) moved = ns_of(now) + span(taken, interval());
  } while (!free_at_.compare_exchange_weak(free_at, moved, std::memory_order_acq_rel));
}

nanoseconds Rate::take(std::int64_t units, MonoTime now) {
  std::int64_t at = ns_of(now), free_at = free_at_.load(std::memory_order_relaxed), next = 0;
  if (units <= 0) return nanoseconds(0);
  do {
    std::int64_t limit = limit_.load(std::memory_order_acquire);
    if (limit == kUnlimited) return nanoseconds(0);
    if (units > limit) return period_;
    std::int64_t one = interval();
    std::int64_t owed = debt(free_at, at) + span(units, one);
    if (owed > span(limit, one)) return nanoseconds(owed - span(limit, one));
    next = at + owed;
  } while (!free_at_.compare_exchange_weak(free_at, next, std::memory_order_acq_rel));
  return nanoseconds(0);
}

void Rate::charge(std::int64_t units, MonoTime now) {
  std::int64_t at = ns_of(now), free_at = free_at_.load(std::memory_order_relaxed), next = 0;
  if (units <= 0) return;
  do {
    std::int64_t limit = limit_.load(std::memory_order_acquire);
    if (limit == kUnlimited) return;
    next = at + std::min(debt(free_at, at) + span(units, interval()), kMostPeriods * period_.count());
  } while (!free_at_.compare_exchange_weak(free_at, next, std::memory_order_acq_rel));
}

void Rate::give_back(std::int64_t unused, const Taken& taken, MonoTime now) {
  std::int64_t limit = limit_.load(std::memory_order_acquire), at = ns_of(taken.at);
  if (unused <= 0 || limit == kUnlimited || at < limited_since_.load(std::memory_order_relaxed)) return;
  // Taking all of it pushed the debt out by so much; what has passed since is back, and may be another's.
  std::int64_t still_owed = span(taken.units, interval()) - (ns_of(now) - at);
  std::int64_t back = std::min(span(unused, interval()), still_owed);
  if (back > 0) free_at_.fetch_sub(back, std::memory_order_acq_rel);
}

std::int64_t Rate::remaining(MonoTime now) const {
  std::int64_t limit = limit_.load(std::memory_order_relaxed);
  if (limit <= 0) return 0;
  std::int64_t one = interval();
  std::int64_t owed = debt(free_at_.load(std::memory_order_relaxed), ns_of(now));
  return std::max<std::int64_t>((span(limit, one) - owed) / one, 0);
}

nanoseconds Rate::reset(MonoTime now) const {
  return nanoseconds(debt(free_at_.load(std::memory_order_relaxed), ns_of(now)));
}

}  // namespace bailiwick::metering
