#include "metering/invoice.h"

#include <algorithm>

namespace bailiwick::metering {
namespace {

constexpr int kCents = 2;
constexpr Wide kPicoPerDollar = PicoDollars::kPerDollar;

/// How counts relate to prices: a price is for so many of them, a power of ten.
struct Unit {
  Wide size = 1;   ///< of one unit of `up_to` and `included`, in the quantity's own smallest parts
  int places = 0;  ///< by which the product of a count and a price is finer than the price
};

Unit unit_of(const RatingRule& rule) {
  if (rule.metric == Metric::kModelCost) return {.size = kPicoPerDollar, .places = Decimal::kMoneyPlaces};
  return {.size = 1, .places = rule.per == 1 ? 0 : rule.per == 1000 ? 3 : 6};
}

/// The cost of models is a metric of USD whose one price is 1 and the markup.
std::vector<PriceTier> tiers_of(const RatingRule& rule) {
  if (rule.metric != Metric::kModelCost) return rule.tiers;
  const Decimal markup = rule.markup_percent.value_or(Decimal(0, Decimal::kMoneyPlaces));
  return {{.up_to = {}, .price = Decimal(100 * kPicoPerDollar + markup.units(), markup.places() + 2)}};
}

Result<InvoiceLine> line_of(const RatingRule& rule, Decimal quantity) {
  const Unit unit = unit_of(rule);
  const Wide used = quantity.units();
  Wide from = std::min(used, rule.included * unit.size);
  InvoiceLine line{.name = rule.name.empty() ? std::string(name_of(rule.metric)) : rule.name,
                   .metric = std::string(name_of(rule.metric)),
                   .quantity = quantity,
                   .included = Decimal(from, quantity.places()),
                   .per = rule.per,
                   .tiers = {},
                   .exact = {},
                   .amount = {}};
  for (const PriceTier& tier : tiers_of(rule)) {
    line.exact = Decimal(line.exact.units(), tier.price.places() + unit.places);
    const Wide end = tier.up_to ? std::min(used, *tier.up_to * unit.size) : used;
    if (end <= from) continue;
    TRY(Decimal product, product_of(Decimal(end - from, unit.places), tier.price));
    TRY(line.exact, sum_of(line.exact, product));
    line.tiers.push_back({Decimal(end - from, quantity.places()), tier.price, product});
    from = end;
  }
  line.amount = line.exact.rounded(kCents);
  return line;
}

InvoiceLine fixed_line(std::string_view what, Decimal amount) {
  return {.name = std::string(what),
          .metric = std::string(what),
          .quantity = Decimal(1, 0),
          .included = {},
          .per = 1,
          .tiers = {},
          .exact = amount,
          .amount = amount.rounded(kCents)};
}

Status add(Invoice& invoice, InvoiceLine line) {
  TRY(invoice.total, sum_of(invoice.total, line.amount));
  invoice.lines.push_back(std::move(line));
  return {};
}

}  // namespace

Result<Invoice> invoice_of(const Rating& rating, std::span<const UsageOf> usage) {
  Invoice invoice;
  const std::vector<Decimal> used = quantities(rating, usage);
  for (std::size_t i = 0; i < rating.rules.size(); ++i) {
    TRY(InvoiceLine line, line_of(rating.rules[i], used[i]));
    CHECK_OK(add(invoice, std::move(line)));
  }
  if (rating.monthly_fee) CHECK_OK(add(invoice, fixed_line("monthly_fee", *rating.monthly_fee)));
  if (!rating.minimum) return invoice;
  const Decimal least = rating.minimum->rounded(kCents);
  if (invoice.total.units() < least.units())
    CHECK_OK(add(invoice, fixed_line("minimum", Decimal(least.units() - invoice.total.units(), kCents))));
  return invoice;
}

}  // namespace bailiwick::metering
