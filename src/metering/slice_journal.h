// SliceJournal: the port by which budgets outlive the process, and tell of themselves.
#pragma once

#include <string>
#include <string_view>

#include "base/money.h"
#include "base/result.h"

namespace bailiwick::metering {

/// A budget whose spend has reached a share of its limit.
struct BudgetAlert {
  std::string_view chain;  ///< the tenant, or `_platform`
  std::string window;      ///< `day:2026-11-25`, `program:intake/day:2026-11-25`
  int percent = 0;         ///< 50, 80, 95 or 100
  PicoDollars spent;
  PicoDollars limit;
};

class SliceJournal {
 public:
  virtual ~SliceJournal() = default;
  /// From now on `granted` counts as spent in `window`, whatever happens. Called rarely, with the budget's
  /// lock held.
  virtual Status grant(std::string_view chain, std::string_view window, PicoDollars granted) = 0;
  /// Without any lock held.
  virtual void alert(const BudgetAlert& alert) = 0;
};

}  // namespace bailiwick::metering
