// Rules say what is charged: each usage once, by the first rule of its metric that fits, and no rule in vain.
#include "metering/rating.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bailiwick::metering {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The rules of a YAML text, or its faults.
Rating rating(std::string_view yaml) {
  auto bound = bind_document<Rating>(parse_yaml(yaml, "r.yaml").value(), "r.yaml");
  EXPECT_TRUE(bound) << (bound ? "" : to_string(bound.error().problems));
  return bound.value_or(Rating());
}
std::vector<std::string> faults(std::string_view yaml) {
  auto bound = bind_document<Rating>(parse_yaml(yaml, "r.yaml").value(), "r.yaml");
  std::vector<std::string> lines;
  if (bound) return lines;
  for (const Problem& problem : bound.error().problems)
    lines.push_back(problem.where + " " + problem.message);
  return lines;
}
std::vector<std::string> taken(const Rating& rules, const std::vector<UsageOf>& usage) {
  std::vector<std::string> texts;
  for (const Decimal& quantity : quantities(rules, usage)) texts.push_back(quantity.str());
  return texts;
}

const UsageTotals kChat{.requests = 10,
                        .denied = 3,
                        .errors = 1,
                        .input_tokens = 100,
                        .output_tokens = 20,
                        .cost = Decimal::of(PicoDollars(5))};

TEST(Rating, EachMetricTakesItsOwn) {
  Rating rules = rating(R"(
rules:
  - {metric: requests, tiers: [{price: 1}]}
  - {metric: input_tokens, tiers: [{price: 1}]}
  - {metric: output_tokens, tiers: [{price: 1}]}
  - {metric: tokens, tiers: [{price: 1}]}
  - {metric: model_cost, markup_percent: 10}
  - {metric: documents, tiers: [{price: 1}]}
  - {metric: bytes, tiers: [{price: 1}]}
)");
  UsageTotals upload{.requests = 1, .documents = 4, .bytes = 900};
  EXPECT_THAT(taken(rules, {{"", "gpt", "models.chat", kChat}, {"", "", "corpus.write", upload}}),
              ElementsAre("7", "100", "20", "120", "0.000000000005", "4", "900"));
}

// Neither a refusal, nor a failure of the server, nor the management of the tenant is work that is charged.
TEST(Rating, RequestsAreThoseThatWereServed) {
  Rating rules = rating("rules: [{metric: requests, tiers: [{price: 1}]}]");
  EXPECT_THAT(taken(rules, {{"", "", "ask", kChat}}), ElementsAre("6"));
  EXPECT_THAT(
      taken(rules, {{"", "", "tenants.get", kChat}, {"", "", "usage.read", kChat}, {"", "", "", kChat}}),
      ElementsAre("0"));
}

TEST(Rating, TheFirstRuleOfAMetricThatFitsTakesTheUsage) {
  Rating rules = rating(R"(
rules:
  - {name: big, metric: tokens, when: {model: "gpt-*", program: triage}, tiers: [{price: 3}]}
  - {name: gpt, metric: tokens, when: {model: "gpt-*"}, tiers: [{price: 2}]}
  - {name: asked, metric: tokens, when: {operation: ask}, tiers: [{price: 2}]}
  - {name: rest, metric: tokens, tiers: [{price: 1}]}
)");
  EXPECT_THAT(taken(rules, {{"triage", "gpt-4o", "ask", kChat}}), ElementsAre("120", "0", "0", "0"));
  EXPECT_THAT(taken(rules, {{"", "gpt-4o", "ask", kChat}}), ElementsAre("0", "120", "0", "0"));
  EXPECT_THAT(taken(rules, {{"triage", "claude", "ask", kChat}}), ElementsAre("0", "0", "120", "0"));
  EXPECT_THAT(taken(rules, {{"", "", "models.chat", kChat}}), ElementsAre("0", "0", "0", "120"));
}

TEST(UsageFilter, GlobsStandForAnyText) {
  auto fits = [](std::string_view glob, std::string_view model) {
    UsageFilter filter{.program = {}, .model = std::string(glob), .operation = {}};
    return filter.fits({"", std::string(model), "", {}});
  };
  for (auto [glob, model] : {std::pair{"*", ""},
                             {"*", "x"},
                             {"gpt-*", "gpt-"},
                             {"*-mini", "gpt-4o-mini"},
                             {"g*4*i", "gpt-4o-mini"},
                             {"a*b*c", "aXbbYc"},
                             {"", ""},
                             {"**", "x"}}) {
    EXPECT_TRUE(fits(glob, model)) << glob << " " << model;
  }
  for (auto [glob, model] :
       {std::pair{"gpt", "gpt-4"}, {"gpt-*", "xgpt-4"}, {"*-mini", "gpt-minis"}, {"", "x"}, {"a*b", "a"}}) {
    EXPECT_FALSE(fits(glob, model)) << glob << " " << model;
  }
  EXPECT_FALSE(fits("*a*a*a*a*a*a*a*a*a*a*b", std::string(4096, 'a'))) << "and it takes no time";
}

TEST(Rating, AFaultNamesItsPlaceAndItsRemedy) {
  EXPECT_THAT(
      faults("rules:\n  - {metric: tokens}\n"),
      ElementsAre("r.yaml:2:5 rules/0: tiers: give at least one price, such as tiers: [{price: 0.50}]"));
  EXPECT_THAT(faults("rules:\n  - {metric: tokens, per: 10, tiers: [{price: 1}]}\n"),
              ElementsAre("r.yaml:2:5 rules/0: per: write 1, 1000 or 1000000"));
  EXPECT_THAT(faults("rules:\n  - metric: tokens\n    tiers: [{price: 1, up_to: 5}]\n"),
              ElementsAre(HasSubstr("the last tier has no up_to")));
  EXPECT_THAT(faults("rules:\n  - metric: tokens\n    tiers: [{price: 2}, {price: 1}]\n"),
              ElementsAre(HasSubstr("tiers/0: only the last tier has no up_to")));
  EXPECT_THAT(
      faults(
          "rules:\n  - metric: tokens\n    included: 10\n    tiers: [{price: 2, up_to: 10}, {price: 1}]\n"),
      ElementsAre(HasSubstr("tiers/0: up_to must be more than 10, where the included units end")));
  EXPECT_THAT(faults("rules:\n  - metric: tokens\n    tiers: [{price: 2, up_to: 9}, {price: 2, up_to: 9}, "
                     "{price: 1}]\n"),
              ElementsAre(HasSubstr("tiers/1: up_to must be more than 9, where the tier before ends")));
  EXPECT_THAT(faults("rules: [{metric: model_cost}]\n"), ElementsAre(HasSubstr("markup_percent: say what")));
  EXPECT_THAT(faults("rules: [{metric: model_cost, markup_percent: 1, tiers: [{price: 1}]}]\n"),
              ElementsAre(HasSubstr("model_cost is money and has no tiers")));
  EXPECT_THAT(faults("rules: [{metric: tokens, markup_percent: 1, tiers: [{price: 1}]}]\n"),
              ElementsAre(HasSubstr("markup_percent is for the metric model_cost")));
  EXPECT_THAT(faults("rules: [{metric: tokns, tiers: [{price: 1}]}]\n"),
              ElementsAre(HasSubstr("did you mean tokens?")));
  EXPECT_THAT(faults("rules:\n  - metric: tokens\n    tiers:\n      - price: 0.0000000000001\n"),
              Contains(HasSubstr("r.yaml:4:16 rules/0/tiers/0/price: '0.0000000000001' is not a decimal")));
  EXPECT_THAT(faults("monthly_fee: 1.005\nminimum: 0.001\n"),
              ElementsAre("r.yaml:1:1 monthly_fee: write whole cents, like 49.00",
                          "r.yaml:1:1 minimum: write whole cents, like 100.00"));
}

TEST(Rating, ARuleThatIsNeverReachedIsAFault) {
  EXPECT_THAT(faults("rules:\n"
                     "  - {metric: tokens, tiers: [{price: 1}]}\n"
                     "  - {metric: requests, tiers: [{price: 1}]}\n"
                     "  - {metric: tokens, when: {model: x}, tiers: [{price: 2}]}\n"),
              ElementsAre(HasSubstr("rules/2: a rule before it takes all tokens")));
  EXPECT_THAT(faults("rules:\n"
                     "  - {metric: tokens, when: {model: x}, tiers: [{price: 2}]}\n"
                     "  - {metric: tokens, tiers: [{price: 1}]}\n"),
              IsEmpty());
}

// What a tenant shows of its prices can be declared again.
TEST(Rating, PrintsWhatItReads) {
  const std::string_view yaml = R"(
rules:
  - name: input
    metric: input_tokens
    when: {model: "gpt-*"}
    included: 1000
    per: 1000000
    tiers: [{up_to: 5000000, price: "0.15"}, {price: 1.2e-01}]
  - {metric: model_cost, markup_percent: 12.5, included: 10}
monthly_fee: 49
minimum: "100.00"
)";
  json::value printed = to_json_value(rating(yaml));
  auto again = bind_document<Rating>(to_node(printed), "");
  ASSERT_TRUE(again) << to_string(again.error().problems);
  EXPECT_EQ(to_json_value(*again), printed);
  EXPECT_EQ(printed.at("rules").at(0).at("tiers").at(1).at("price"), json::value("0.12"));
}

}  // namespace
}  // namespace bailiwick::metering
