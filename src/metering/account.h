// Account: the money of one day or month. It only ever fills.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/money.h"

namespace bailiwick::metering {

/// `committed <= granted` but for debts that an upstream ran up past a reservation, and `granted` is
/// journalled. All in pico-dollars; read and written by any thread.
struct Account {
  explicit Account(std::int64_t window) : ordinal(window) {}

  PicoDollars spend() const { return PicoDollars(spent.load(std::memory_order_relaxed)); }
  PicoDollars reserved() const {
    std::int64_t settled = spent.load(std::memory_order_relaxed);
    return PicoDollars(committed.load(std::memory_order_relaxed) - settled);
  }

  const std::int64_t ordinal;
  std::atomic<std::int64_t> granted{0};    ///< counts as spent after a crash
  std::atomic<std::int64_t> committed{0};  ///< spent, or reserved by what is in flight
  std::atomic<std::int64_t> spent{0};      ///< settled
  std::atomic<std::int64_t> raised{0};     ///< on top of the limit, in this window alone
  std::atomic<std::int64_t> holders{0};    ///< reservations that will come back to settle
  std::atomic<int> alerted{0};             ///< the highest share of the limit, in percent, that was told of
  MonoTime left_at{};                      ///< when another one took its place
};

}  // namespace bailiwick::metering
