#include "routing/quote.h"

#include <algorithm>

namespace bailiwick::routing {
namespace {

// The most that a model of unknown size is expected to write.
constexpr std::int64_t kUnknownMaxOutput = 4096;
// Below this an answer is not worth beginning.
constexpr std::int64_t kLeastOutput = 64;
// What a first call is expected to write, for the token rate.
constexpr std::int64_t kUsualOutput = 256;

std::int64_t most_output(const PayloadFacts& facts, const metering::ModelPrice* price) {
  if (facts.max_tokens) return *facts.max_tokens;
  return price != nullptr && price->max_output_tokens > 0 ? price->max_output_tokens : kUnknownMaxOutput;
}

}  // namespace

Quote Quote::of(const PayloadFacts& facts, Endpoint endpoint, const PlannedTarget& target,
                const metering::Habits& habits, metering::Enforcement enforcement) {
  Quote quote;
  // Counting tokens is free, and so is what the house answers itself.
  if (endpoint == Endpoint::kCountTokens) return quote;
  quote.price = target.price;
  quote.choices = facts.choices;
  quote.bounded = facts.max_tokens.has_value() || !writes_output(endpoint);
  quote.guessed_most = !quote.bounded && (target.price == nullptr || target.price->max_output_tokens <= 0);
  quote.caches_prompt_ = facts.caches_prompt;
  quote.estimated_input = facts.input_tokens;
  quote.input_tokens = facts.input_tokens + habits.unforeseen_input();
  std::int64_t most = writes_output(endpoint) ? most_output(facts, target.price) : 0;
  quote.output_tokens = most * facts.choices;
  std::int64_t usual = habits.output() > 0 ? habits.output() : kUsualOutput;
  quote.demand.tokens = quote.input_tokens + std::min(most, usual) * facts.choices;
  std::int64_t counted = enforcement == metering::Enforcement::kExpected ? std::min(most, usual) : most;
  quote.demand.cost = quote.cost(counted * facts.choices);
  if (!facts.max_tokens && most > 0) {
    std::int64_t least = std::min(most, std::max(kLeastOutput, habits.output()));
    quote.demand.least_cost = quote.cost(least * facts.choices);
  }
  return quote;
}

PicoDollars Quote::cost(std::int64_t output) const {
  if (price == nullptr) return {};
  metering::TokenUsage usage{.input = input_tokens, .output = output};
  // Where the caller marks what to cache, all of it may be written to the dearest cache.
  if (caches_prompt_) usage.cache_creation = usage.cache_creation_hour = input_tokens;
  PicoDollars plain = price->cost({.input = input_tokens, .output = output});
  return std::max(plain, price->cost(usage));
}

std::optional<std::int64_t> Quote::output_bound(PicoDollars reserved) const {
  if (price == nullptr || reserved >= demand.cost) return std::nullopt;
  PicoDollars per_token = cost(1) - cost(0);
  if (per_token <= PicoDollars()) return std::nullopt;
  std::int64_t affordable = (reserved - cost(0)).pico() / per_token.pico() / choices;
  return std::max<std::int64_t>(affordable, 1);
}

}  // namespace bailiwick::routing
