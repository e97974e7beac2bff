// Quotes: answers at their most, whole or streamed, and no more than the budget holds.
#include "routing/quote.h"

#include <gtest/gtest.h>

namespace bailiwick::routing {
namespace {

class QuoteTest : public testing::Test {
 protected:
  QuoteTest() {
    price.input_per_token = PicoDollars(10);
    price.output_per_token = PicoDollars(20);
    price.max_output_tokens = 5000;
    target.price = &price;
  }
  Quote quote(const PayloadFacts& facts, Endpoint endpoint = Endpoint::kChatCompletions) {
    return Quote::of(facts, endpoint, target, habits);
  }
  metering::ModelPrice price;
  PlannedTarget target;
  metering::Habits habits;
};

TEST_F(QuoteTest, AWholeAnswerIsReservedAtItsMost) {
  EXPECT_EQ(quote({.input_tokens = 100}).demand.cost, PicoDollars(100 * 10 + 5000 * 20));
  EXPECT_EQ(quote({.input_tokens = 100, .max_tokens = 7, .choices = 2}).demand.cost,
            PicoDollars(100 * 10 + 14 * 20));
  EXPECT_FALSE(quote({.input_tokens = 100, .max_tokens = 7}).demand.least_cost)
      << "what was asked for is all or nothing";
}

TEST_F(QuoteTest, AStreamIsReservedLikeAWholeAnswer) {
  EXPECT_EQ(quote({.input_tokens = 100, .stream = true}).output_tokens, 5000);
  EXPECT_EQ(quote({.input_tokens = 100, .max_tokens = 3000, .stream = true}).output_tokens, 3000);
}

TEST_F(QuoteTest, HowMuchAModelMayWriteIsSometimesAGuess) {
  EXPECT_FALSE(quote({.input_tokens = 100}).guessed_most);
  price.max_output_tokens = 0;
  EXPECT_TRUE(quote({.input_tokens = 100}).guessed_most);
  EXPECT_FALSE(quote({.input_tokens = 100, .max_tokens = 7}).guessed_most);
  EXPECT_FALSE(quote({.input_tokens = 100}, Endpoint::kEmbeddings).guessed_most);
}

TEST_F(QuoteTest, HabitsRaiseWhatACallMustAtLeastHave) {
  PicoDollars first = *quote({.input_tokens = 100}).demand.least_cost;
  habits.learn(100, 400, 900);
  Quote learned = quote({.input_tokens = 100});
  EXPECT_GT(*learned.demand.least_cost, first);
  EXPECT_EQ(*learned.demand.least_cost, PicoDollars(400 * 10 + 900 * 20));
}

TEST_F(QuoteTest, LessMoneyBoundsTheOutput) {
  Quote whole = quote({.input_tokens = 100});
  EXPECT_FALSE(whole.output_bound(whole.demand.cost));
  EXPECT_EQ(whole.output_bound(PicoDollars(100 * 10 + 300 * 20 + 19)), 300);
}

TEST_F(QuoteTest, MarkedPromptsAreReservedAtTheDearestCacheWrite) {
  price.cache_creation_per_token = PicoDollars(12);
  price.cache_creation_hour_per_token = PicoDollars(16);
  EXPECT_EQ(quote({.input_tokens = 100, .max_tokens = 1, .caches_prompt = true}).demand.cost,
            PicoDollars(100 * 16 + 20));
}

TEST_F(QuoteTest, EmbeddingsWriteNothingAndCountingIsFree) {
  EXPECT_EQ(quote({.input_tokens = 100}, Endpoint::kEmbeddings).demand.cost, PicoDollars(1000));
  EXPECT_EQ(quote({.input_tokens = 100}, Endpoint::kCountTokens).demand.cost, PicoDollars());
}

TEST_F(QuoteTest, WithoutAPriceNothingIsReservedButTokensAre) {
  target.price = nullptr;
  Quote free = quote({.input_tokens = 100});
  EXPECT_EQ(free.demand.cost, PicoDollars());
  EXPECT_GT(free.demand.tokens, 100);
}

}  // namespace
}  // namespace bailiwick::routing
