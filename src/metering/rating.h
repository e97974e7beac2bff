// Rating: what usage is charged with, as `billing.rating` of tenant.yaml says it.
//
// Each rule charges one metric of a calendar month. Of the rules of one metric the first whose `when` fits
// takes the usage, so nothing is charged twice; usage that none fits is not charged.
#pragma once

#include <span>

#include "metering/usage_totals.h"

namespace bailiwick::metering {

enum class Metric { kRequests, kInputTokens, kOutputTokens, kTokens, kModelCost, kDocuments, kBytes };
constexpr std::array<std::pair<std::string_view, Metric>, 7> enum_table(Metric) {
  return {{{"requests", Metric::kRequests},
           {"input_tokens", Metric::kInputTokens},
           {"output_tokens", Metric::kOutputTokens},
           {"tokens", Metric::kTokens},
           {"model_cost", Metric::kModelCost},
           {"documents", Metric::kDocuments},
           {"bytes", Metric::kBytes}}};
}

/// Usage by what rules tell it apart by.
struct UsageOf {
  std::string program;
  std::string model;
  std::string operation;  ///< an action: `models.chat`
  UsageTotals totals;
};

/// Globs, in which `*` stands for any text. Absent = everything, also what names none.
struct UsageFilter {
  std::optional<std::string> program;
  std::optional<std::string> model;
  std::optional<std::string> operation;

  bool fits(const UsageOf& usage) const;
  bool fits_all() const { return !program && !model && !operation; }
};
template <class Visitor>
void describe(Visitor& v, UsageFilter& filter) {
  constexpr Rule kGlob{.max_length = 200};
  v.field("program", filter.program, "Of a program: triage, or triage-*.", kGlob);
  v.field("model", filter.model, "By a model: gpt-4o, or gpt-*.", kGlob);
  v.field("operation", filter.operation, "By an operation: ask, or models.*.", kGlob);
}

/// The price of the units from where the tier before ends.
struct PriceTier {
  std::optional<std::int64_t> up_to;  ///< units of the month, included ones among them; empty in the last
  Decimal price;                      ///< USD for `per` units
};
template <class Visitor>
void describe(Visitor& v, PriceTier& tier) {
  v.field(
      "up_to", tier.up_to,
      "Where the tier ends, in units of the month, the included ones among them. The last tier has no end.",
      {.min = 1, .max = 1e15});
  v.required("price", tier.price, "USD for `per` units, exact: at most 12 decimals.");
}

struct RatingRule {
  std::string name;
  Metric metric = Metric::kRequests;
  UsageFilter when;
  std::int64_t included = 0;
  std::int64_t per = 1;
  std::vector<PriceTier> tiers;
  std::optional<Decimal> markup_percent;
};
/// What is wrong with a rule by itself, as sentences that name the remedy.
std::vector<std::string> faults_of(const RatingRule& rule);
template <class Visitor>
void describe(Visitor& v, RatingRule& rule) {
  v.field("name", rule.name, "As the invoice calls the line. Default: the metric.", {.max_length = 200});
  v.required(
      "metric", rule.metric,
      "What is charged. requests: those let in to the tenant's own data and models, and not failed by the "
      "server. model_cost: what models cost by the price list, in USD.");
  v.field("when", rule.when, "Only usage of this kind. Default: all that no rule before it took.");
  v.field("included", rule.included, "Units of a month that are free; of model_cost whole USD.",
          {.min = 0, .max = 1e15});
  v.field("per", rule.per, "How many units a price is for: 1, 1000 or 1000000.", {.min = 1, .max = 1e6});
  v.field("tiers", rule.tiers, "Prices, each for the units up to its end. Of every metric but model_cost.",
          {.max_length = 32});
  v.field("markup_percent", rule.markup_percent,
          "Of model_cost: what is added to it. 0 passes it on as it is.");
  for (std::string& fault : faults_of(rule)) v.require(false, std::move(fault));
}

struct Rating {
  std::vector<RatingRule> rules;
  std::optional<Decimal> monthly_fee;
  std::optional<Decimal> minimum;
};
std::vector<std::string> faults_of(const Rating& rating);
template <class Visitor>
void describe(Visitor& v, Rating& rating) {
  v.field("rules", rating.rules,
          "One line of the invoice each. Of one metric the first that fits takes the usage.",
          {.max_length = 100});
  v.field("monthly_fee", rating.monthly_fee, "USD of every month, whatever was used; whole cents.");
  v.field("minimum", rating.minimum, "USD that an invoice comes to at least; whole cents.");
  for (std::string& fault : faults_of(rating)) v.require(false, std::move(fault));
}

/// For each rule what it takes of the usage: a count, or USD of model_cost.
std::vector<Decimal> quantities(const Rating& rating, std::span<const UsageOf> usage);

}  // namespace bailiwick::metering
