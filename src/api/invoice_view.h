// An invoice as the API shows it. Money is decimal text, amounts with their cents.
#pragma once

#include "base/printing.h"
#include "ledger/usage_rollups.h"
#include "metering/invoice.h"
#include "snapshot/tenant_snapshot.h"

namespace bailiwick::api {

struct TierView {
  metering::Decimal quantity;
  metering::Decimal price;
  metering::Decimal amount;
};
template <class Visitor>
void describe(Visitor& v, TierView& view) {
  v.required("quantity", view.quantity, "Units of this tier.");
  v.required("price_usd", view.price, "For `per` units.");
  v.required("amount_usd", view.amount, "Exact.");
}

struct InvoiceLineView {
  std::string name;
  std::string metric;
  metering::Decimal quantity;
  metering::Decimal included;
  std::int64_t per = 1;
  std::vector<TierView> tiers;
  metering::Decimal exact;
  std::string amount;
};
template <class Visitor>
void describe(Visitor& v, InvoiceLineView& view) {
  v.required("name", view.name, "As the rule calls it.");
  v.required("metric", view.metric, "What is charged; monthly_fee and minimum for what no rule charges.");
  v.required("quantity", view.quantity, "Of the month: a count, or USD of model_cost.");
  v.required("included", view.included, "Of it, free.");
  v.required("per", view.per, "How many units a price is for.");
  v.required("tiers", view.tiers, "How the rest was priced.");
  v.required("exact_usd", view.exact, "The sum of the tiers.");
  v.required("amount_usd", view.amount, "That in whole cents, a half to the even one.");
}

struct InvoiceView {
  std::string tenant;
  std::string month;
  std::string time_zone;
  std::string account;
  std::string cost_center;
  std::string currency;
  bool final = false;
  std::string revision;
  std::int64_t through_sequence = 0;
  std::vector<InvoiceLineView> lines;
  std::string total;
  metering::UsageTotals usage;
};
template <class Visitor>
void describe(Visitor& v, InvoiceView& view) {
  v.required("tenant", view.tenant, "Who used it.");
  v.required("month", view.month, "2026-11, in the tenant's time zone.");
  v.required("time_zone", view.time_zone, "Of the tenant.");
  v.required("account", view.account, "Whom to charge; empty when tenant.yaml does not say.");
  v.required("cost_center", view.cost_center, "The tenant's own code.");
  v.required("currency", view.currency, "Of every amount.");
  v.required("final", view.final, "The month is over. Otherwise more may be used.");
  v.required("revision", view.revision, "Of the bundle whose rating rules these are.");
  v.required("through_sequence", view.through_sequence,
             "The last record of the tenant's ledger that is counted.");
  v.required("lines", view.lines,
             "One for each rule in its order, then the fee, then what is missing to the minimum.");
  v.required("total_usd", view.total, "Of the lines' amounts.");
  v.required("usage", view.usage, "All that the month used, whether it is charged or not.");
}

/// Reads `2026-11`. Errors: kInvalid `month.malformed`.
Result<std::int64_t> parse_month(std::string_view text);
/// Errors: kNotFound `invoice.no_rating`.
Result<metering::Rating> rating_of(const snapshot::TenantSnapshot& tenant);
/// `report` by program, operation and model. Errors: kTooLarge `amount.too_large`.
Result<InvoiceView> invoice_view(const snapshot::TenantSnapshot& tenant, const metering::Rating& rating,
                                 std::int64_t month, const ledger::UsageReport& report, WallTime now);
/// A row for each line; every row says whose and which month.
std::string invoice_csv(const InvoiceView& invoice);

}  // namespace bailiwick::api
