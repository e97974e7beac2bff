// Rate: so many units per period, as the generic cell rate algorithm counts them.
//
// A full period's units may come at once; after that they come back evenly. The interval of one unit is
// rounded up, so rounding never lets one more through. Lock-free: one word says when all that was taken will
// have come back. While a limit is being changed, a unit may be counted by the old one or by the new.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace bailiwick::metering {

class Rate {
 public:
  /// Unlimited until told otherwise, and then nothing is counted.
  explicit Rate(std::chrono::nanoseconds period) : period_(period) {}

  /// Absent = unlimited; 0 admits nothing. Units that were taken under the old limit stay taken.
  void set_limit(std::optional<std::int64_t> limit, MonoTime now);
  std::optional<std::int64_t> limit() const;
  std::chrono::nanoseconds period() const { return period_; }

  /// Takes all of `units` or none; then how long until they fit. More units than the limit never fit: one
  /// whole period.
  std::chrono::nanoseconds take(std::int64_t units, MonoTime now);
  /// Takes `units`, whether they fit or not: they were used.
  void charge(std::int64_t units, MonoTime now);
  /// Units taken at one time. What time has brought back of them meanwhile is others' to take.
  struct Taken {
    std::int64_t units;
    MonoTime at;
  };
  /// Uncounts `unused` of them: as far as they have not come back by themselves, and only where they were
  /// counted.
  void give_back(std::int64_t unused, const Taken& taken, MonoTime now);

  /// Units that would fit now. 0 when unlimited.
  std::int64_t remaining(MonoTime now) const;
  /// Until the whole limit is free again.
  std::chrono::nanoseconds reset(MonoTime now) const;

 private:
  static constexpr std::int64_t kUnlimited = -1;
  std::int64_t interval_of(std::int64_t limit) const;
  std::int64_t interval() const { return interval_.load(std::memory_order_relaxed); }

  const std::chrono::nanoseconds period_;
  std::atomic<std::int64_t> limit_{kUnlimited};
  std::atomic<std::int64_t> interval_{0};  ///< of one unit, in ns: a division that is not made for each
  /// On the clock that never goes back, in ns: nothing before was counted; all that was has come back.
  std::atomic<std::int64_t> limited_since_{0};
  std::atomic<std::int64_t> free_at_{0};
};

}  // namespace bailiwick::metering
