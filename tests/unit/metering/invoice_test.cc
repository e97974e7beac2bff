// An invoice to the cent: graduated tiers, included units, markup, fee and minimum, against a pricer that
// counts unit by unit.
#include "metering/invoice.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::metering {
namespace {

Rating rating(std::string_view yaml) {
  auto bound = bind_document<Rating>(parse_yaml(yaml, "r.yaml").value(), "r.yaml");
  EXPECT_TRUE(bound) << (bound ? "" : to_string(bound.error().problems));
  return bound.value_or(Rating());
}

std::vector<UsageOf> input_tokens(std::int64_t count) {
  return {{"", "gpt", "models.chat", {.input_tokens = count}}};
}

/// `exact → amount` of a line.
std::string charged(const InvoiceLine& line) {
  return line.exact.str() + " → " + line.amount.fixed();
}

TEST(Invoice, TiersAreGraduatedAndTheIncludedUnitsAreTheirFirst) {
  Rating rules = rating(R"(
rules:
  - metric: input_tokens
    included: 100
    per: 1000
    tiers: [{up_to: 1000, price: 10}, {up_to: 3000, price: 5}, {price: 1}]
)");
  auto line = [&](std::int64_t count) { return invoice_of(rules, input_tokens(count))->lines.at(0); };
  EXPECT_EQ(charged(line(0)), "0 → 0.00");
  EXPECT_EQ(charged(line(100)), "0 → 0.00");
  EXPECT_EQ(charged(line(101)), "0.01 → 0.01");
  EXPECT_EQ(charged(line(1000)), "9 → 9.00");
  EXPECT_EQ(charged(line(3000)), "19 → 19.00");
  InvoiceLine most = line(5000);
  EXPECT_EQ(charged(most), "21 → 21.00");
  EXPECT_EQ(most.included.str(), "100");
  ASSERT_EQ(most.tiers.size(), 3u);
  EXPECT_EQ(most.tiers[1].quantity.str(), "2000");
  EXPECT_EQ(most.tiers[1].price.str(), "5");
  EXPECT_EQ(most.tiers[1].amount.str(), "10");
}

TEST(Invoice, TheCostOfModelsIsPassedOnWithItsMarkup) {
  Rating rules = rating("rules: [{name: models, metric: model_cost, included: 2, markup_percent: 12.5}]");
  UsageTotals totals{.cost = Decimal::of(PicoDollars::parse("10.000000000001").value())};
  auto invoice = invoice_of(rules, std::vector<UsageOf>{{"", "gpt", "ask", totals}});
  const InvoiceLine& line = invoice->lines.at(0);
  EXPECT_EQ(line.name, "models");
  EXPECT_EQ(line.quantity.str(), "10.000000000001");
  EXPECT_EQ(line.included.str(), "2");
  EXPECT_EQ(charged(line), "9.000000000001125 → 9.00");
  EXPECT_EQ(line.tiers.at(0).price.str(), "1.125");
}

// Each line is rounded once, and the total is the sum of what the lines say.
TEST(Invoice, TheTotalIsTheSumOfTheRoundedLines) {
  Rating rules = rating(R"(
rules:
  - {name: a, metric: input_tokens, tiers: [{price: 0.005}]}
  - {name: b, metric: tokens, tiers: [{price: 0.015}]}
)");
  auto invoice = invoice_of(rules, input_tokens(1));
  EXPECT_EQ(charged(invoice->lines[0]), "0.005 → 0.00");
  EXPECT_EQ(charged(invoice->lines[1]), "0.015 → 0.02");
  EXPECT_EQ(invoice->total.fixed(), "0.02");
}

TEST(Invoice, AFeeIsAddedAndAMinimumIsReached) {
  Rating rules =
      rating("rules: [{metric: input_tokens, tiers: [{price: 1}]}]\nmonthly_fee: 49\nminimum: 100.00\n");
  auto invoice = invoice_of(rules, input_tokens(7));
  ASSERT_EQ(invoice->lines.size(), 3u);
  EXPECT_EQ(invoice->lines[1].metric, "monthly_fee");
  EXPECT_EQ(invoice->lines[2].metric, "minimum");
  EXPECT_EQ(charged(invoice->lines[2]), "44 → 44.00");
  EXPECT_EQ(invoice->total.fixed(), "100.00");
  EXPECT_EQ(invoice_of(rules, input_tokens(51))->lines.size(), 2u)
      << "exactly at the minimum nothing is missing";
  EXPECT_EQ(invoice_of(rules, input_tokens(60))->total.fixed(), "109.00");
}

TEST(Invoice, AbsurdAmountsAreRefused) {
  Rating rules = rating("rules: [{metric: model_cost, markup_percent: 9000000}]");
  UsageTotals totals{.cost = Decimal(Wide{1} << 100, 12)};
  EXPECT_EQ(invoice_of(rules, std::vector<UsageOf>{{"", "", "", totals}}).error().reason, "amount.too_large");
}

// Unit by unit, with nothing but addition: each unit of the month costs what its tier says.
RC_GTEST_PROP(InvoiceProperty, IsWhatCountingUnitByUnitComesTo, ()) {
  RatingRule rule{.name = {},
                  .metric = Metric::kInputTokens,
                  .when = {},
                  .included = *rc::gen::inRange<std::int64_t>(0, 40),
                  .per = *rc::gen::element<std::int64_t>(1, 1000, 1'000'000),
                  .tiers = {},
                  .markup_percent = {}};
  std::int64_t end = rule.included;
  for (int tiers = *rc::gen::inRange(1, 5); tiers > 0; --tiers) {
    end += *rc::gen::inRange<std::int64_t>(1, 60);
    const auto pico = *rc::gen::inRange<std::int64_t>(0, 20'000'000'000'000);
    rule.tiers.push_back({tiers > 1 ? std::optional(end) : std::nullopt, Decimal::of(PicoDollars(pico))});
  }
  RC_ASSERT(faults_of(rule).empty());
  const auto used = *rc::gen::inRange<std::int64_t>(0, 400);

  // In units of 10^-18 USD, which every price for a million is a whole number of.
  Wide expected = 0;
  for (std::int64_t unit = 1; unit <= used; ++unit) {
    if (unit <= rule.included) continue;
    auto tier = rule.tiers.begin();
    while (tier->up_to && unit > *tier->up_to) ++tier;
    expected += tier->price.units() * (1'000'000 / rule.per);
  }
  auto invoice = invoice_of({.rules = {rule}, .monthly_fee = {}, .minimum = {}}, input_tokens(used));
  RC_ASSERT(invoice.has_value());
  const InvoiceLine& line = invoice->lines.at(0);
  RC_ASSERT(line.exact.str() == Decimal(expected, 18).str());
  RC_ASSERT(line.amount == Decimal(expected, 18).rounded(2));
  Wide quantity = line.included.units();
  for (const TierCharge& tier : line.tiers) quantity += tier.quantity.units();
  RC_ASSERT(quantity == used);
}

// However usage is cut into rows, the invoice is the same.
RC_GTEST_PROP(InvoiceProperty, DoesNotDependOnHowUsageIsCut, (const std::vector<std::uint16_t>& parts)) {
  Rating rules{.rules = {{.metric = Metric::kInputTokens,
                          .included = 100,
                          .per = 1000,
                          .tiers = {{50'000, Decimal(7, 12)}, {std::nullopt, Decimal(3, 12)}}},
                         {.metric = Metric::kModelCost, .markup_percent = Decimal(5, 12)}},
               .monthly_fee = {},
               .minimum = {}};
  std::vector<UsageOf> cut;
  UsageTotals whole;
  for (std::uint16_t part : parts) {
    UsageTotals totals{.input_tokens = part, .cost = Decimal::of(PicoDollars(part))};
    cut.push_back({"", "gpt", "models.chat", totals});
    whole += totals;
  }
  auto one = invoice_of(rules, std::vector<UsageOf>{{"", "gpt", "models.chat", whole}});
  auto many = invoice_of(rules, cut);
  for (std::size_t i = 0; i < 2; ++i) RC_ASSERT(one->lines[i].exact == many->lines[i].exact);
  RC_ASSERT(one->total == many->total);
}

}  // namespace
}  // namespace bailiwick::metering
