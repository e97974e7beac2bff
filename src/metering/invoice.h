// Invoice: a month of usage under rating rules. A pure function of both.
#pragma once

#include "metering/rating.h"

namespace bailiwick::metering {

/// The units of one tier.
struct TierCharge {
  Decimal quantity;
  Decimal price;   ///< USD for `per` units; of model_cost USD for each USD
  Decimal amount;  ///< exact
};

struct InvoiceLine {
  std::string name;
  std::string metric;  ///< or `monthly_fee`, `minimum`
  Decimal quantity;    ///< of the month: a count, or USD of model_cost
  Decimal included;    ///< of it, free
  std::int64_t per = 1;
  std::vector<TierCharge> tiers;
  Decimal exact;   ///< their sum
  Decimal amount;  ///< that in whole cents, a half to the even one; what is charged
};

struct Invoice {
  std::vector<InvoiceLine> lines;
  Decimal total{0, 2};  ///< of the amounts, so no cent is lost between them
};

/// A line for each rule in its order, also of nothing; then the fee, and what is missing to the minimum.
/// Errors: kTooLarge `amount.too_large`.
Result<Invoice> invoice_of(const Rating& rating, std::span<const UsageOf> usage);

}  // namespace bailiwick::metering
