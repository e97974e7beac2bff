// RateLimit: so many units per period, as the generic cell rate algorithm counts them.
//
// A full period's units may come at once; after that they come back evenly. The interval of one unit is
// rounded up, so rounding never lets one more through. Not safe by itself: TenantMeter holds its lock.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace bailiwick::metering {

class RateLimit {
 public:
  /// `limit` units per `period`; 0 admits nothing.
  RateLimit(std::int64_t limit, std::chrono::nanoseconds period);

  std::int64_t limit() const { return limit_; }
  std::chrono::nanoseconds period() const { return period_; }
  /// How long until `units` fit: zero = now. More units than the limit never fit: one whole period.
  std::chrono::nanoseconds wait(std::int64_t units, MonoTime now) const;
  /// Counts `units`, whether they fit or not.
  void take(std::int64_t units, MonoTime now);
  /// Uncounts what was taken and turned out not to be used.
  void give_back(std::int64_t units);
  /// Units that would fit now.
  std::int64_t remaining(MonoTime now) const;
  /// Until the whole limit is free again.
  std::chrono::nanoseconds reset(MonoTime now) const;
  /// The same count under another limit.
  RateLimit with_limit(std::int64_t limit, MonoTime now) const;

 private:
  std::chrono::nanoseconds debt(MonoTime now) const;
  std::chrono::nanoseconds span(std::int64_t units) const;

  std::int64_t limit_;
  std::chrono::nanoseconds period_;
  std::chrono::nanoseconds interval_;  ///< of one unit
  MonoTime free_at_{};                 ///< when every unit taken so far has come back
};

}  // namespace bailiwick::metering
