#include "metering/rating.h"

#include <algorithm>

#include <fmt/format.h>

#include "tenancy/action.h"

namespace bailiwick::metering {
namespace {

/// `*` stands for any text. On a mismatch the last star takes one more byte, so no pattern is slow.
bool glob_matches(std::string_view glob, std::string_view text) {
  std::size_t at = 0, star = std::string_view::npos, retry = 0, i = 0;
  while (i < text.size()) {
    if (at < glob.size() && glob[at] == '*') {
      star = at++;
      retry = i;
    } else if (at < glob.size() && glob[at] == text[i]) {
      ++at, ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++retry;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', at) == std::string_view::npos;
}

bool fits_glob(const std::optional<std::string>& glob, std::string_view text) {
  return !glob || glob_matches(*glob, text);
}

/// Work on the tenant's own data and models. Managing it is not charged, and neither is the operator, who can
/// do nothing else in it.
bool is_work(std::string_view operation) {
  auto action = tenancy::action_from(operation);
  return action && tenancy::reach_of(*action) == tenancy::Reach::kContent;
}

Decimal amount_of(Metric metric, const UsageOf& usage) {
  const UsageTotals& totals = usage.totals;
  switch (metric) {
    case Metric::kRequests:
      return {is_work(usage.operation) ? totals.requests - totals.denied - totals.errors : 0, 0};
    case Metric::kInputTokens:
      return {totals.input_tokens, 0};
    case Metric::kOutputTokens:
      return {totals.output_tokens, 0};
    case Metric::kTokens:
      return {Wide{totals.input_tokens} + totals.output_tokens, 0};
    case Metric::kModelCost:
      return totals.cost;
    case Metric::kDocuments:
      return {totals.documents, 0};
    case Metric::kBytes:
      return {totals.bytes, 0};
  }
  return {};
}

bool is_whole_cents(const std::optional<Decimal>& amount) {
  return !amount || amount->rounded(2).units() * 10'000'000'000 == amount->units();
}

void find_faults_of_tiers(const RatingRule& rule, std::vector<std::string>& faults) {
  if (rule.tiers.empty())
    return faults.emplace_back("tiers: give at least one price, such as tiers: [{price: 0.50}]"), void();
  std::int64_t end = rule.included;
  for (std::size_t i = 0; i < rule.tiers.size(); ++i) {
    const std::optional<std::int64_t>& up_to = rule.tiers[i].up_to;
    bool last = i + 1 == rule.tiers.size();
    if (last && up_to)
      faults.emplace_back("tiers: the last tier has no up_to; what lies beyond needs a price too");
    if (!last && !up_to) faults.emplace_back(fmt::format("tiers/{}: only the last tier has no up_to", i));
    if (!up_to) continue;
    if (*up_to <= end) {
      faults.emplace_back(fmt::format("tiers/{}: up_to must be more than {}, where {}", i, end,
                                      i == 0 ? "the included units end" : "the tier before ends"));
    }
    end = std::max(end, *up_to);
  }
}

}  // namespace

bool UsageFilter::fits(const UsageOf& usage) const {
  return fits_glob(program, usage.program) && fits_glob(model, usage.model) &&
         fits_glob(operation, usage.operation);
}

std::vector<std::string> faults_of(const RatingRule& rule) {
  std::vector<std::string> faults;
  if (rule.per != 1 && rule.per != 1000 && rule.per != 1'000'000)
    faults.emplace_back("per: write 1, 1000 or 1000000");
  if (rule.metric == Metric::kModelCost) {
    if (!rule.markup_percent)
      faults.emplace_back("markup_percent: say what is added to the cost of models; 0 passes it on as it is");
    if (!rule.tiers.empty() || rule.per != 1)
      faults.emplace_back("model_cost is money and has no tiers and no per; it takes markup_percent");
    return faults;
  }
  if (rule.markup_percent)
    faults.emplace_back("markup_percent is for the metric model_cost; other metrics have tiers");
  find_faults_of_tiers(rule, faults);
  return faults;
}

std::vector<std::string> faults_of(const Rating& rating) {
  std::vector<std::string> faults;
  if (!is_whole_cents(rating.monthly_fee)) faults.emplace_back("monthly_fee: write whole cents, like 49.00");
  if (!is_whole_cents(rating.minimum)) faults.emplace_back("minimum: write whole cents, like 100.00");
  for (auto rule = rating.rules.begin(); rule != rating.rules.end(); ++rule) {
    bool unreachable = std::any_of(rating.rules.begin(), rule, [&](const RatingRule& before) {
      return before.metric == rule->metric && before.when.fits_all();
    });
    if (!unreachable) continue;
    faults.emplace_back(
        fmt::format("rules/{}: a rule before it takes all {}; put the rule without `when` last",
                    rule - rating.rules.begin(), name_of(rule->metric)));
  }
  return faults;
}

std::vector<Decimal> quantities(const Rating& rating, std::span<const UsageOf> usage) {
  std::vector<Decimal> sums;
  for (const RatingRule& rule : rating.rules) sums.push_back(amount_of(rule.metric, {}));
  for (const UsageOf& part : usage) {
    for (auto [word, metric] : enum_table(Metric())) {
      auto takes = [&](const RatingRule& rule) { return rule.metric == metric && rule.when.fits(part); };
      auto taker = std::ranges::find_if(rating.rules, takes);
      if (taker == rating.rules.end()) continue;
      sums[static_cast<std::size_t>(taker - rating.rules.begin())] += amount_of(metric, part);
    }
  }
  return sums;
}

}  // namespace bailiwick::metering
