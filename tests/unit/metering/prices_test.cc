// Prices: exact picodollars from LiteLLM's file, tiers and cache prices included; what has no price is not
// free.
#include "metering/prices.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace bailiwick::metering {
namespace {

constexpr std::string_view kBook = R"({
  "sample_spec": {"input_cost_per_token": "a number"},
  "small": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1.5e-07,
            "output_cost_per_token": 6e-07, "cache_read_input_token_cost": 7.5e-08, "max_output_tokens": 16384},
  "openai/small": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": "0.000001",
                   "output_cost_per_token": 2e-06},
  "tiered": {"mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,
             "cache_creation_input_token_cost": 3.75e-06, "cache_creation_input_token_cost_above_1hr": 6e-06,
             "cache_read_input_token_cost": 3e-07,
             "input_cost_per_token_above_200k_tokens": 6e-06, "output_cost_per_token_above_200k_tokens": 2.25e-05},
  "embed": {"mode": "embedding", "input_cost_per_token": 2e-08},
  "image": {"mode": "image_generation", "input_cost_per_image": 0.04},
  "half": {"mode": "chat", "input_cost_per_token": 1e-06},
  "gratis": {"mode": "chat", "input_cost_per_token": 0.0, "output_cost_per_token": 0}
})";

PriceBook book() {
  return PriceBook::parse(kBook).value();
}

TEST(PriceBook, ReadsPricesExactly) {
  PriceBook prices = book();
  const ModelPrice* small = prices.find("elsewhere", "small");
  ASSERT_NE(small, nullptr);
  EXPECT_EQ(small->input_per_token, PicoDollars(150'000));
  EXPECT_EQ(small->output_per_token, PicoDollars(600'000));
  EXPECT_EQ(small->max_output_tokens, 16384);
  EXPECT_EQ(small->cost({.input = 1000, .output = 10, .cache_read = 400}),
            PicoDollars(600 * 150'000 + 400 * 75'000 + 10 * 600'000));
}

TEST(PriceBook, AQualifiedNameGoesBeforeTheBareOne) {
  EXPECT_EQ(book().find("openai", "small")->input_per_token, PicoDollars(1'000'000));
}

TEST(PriceBook, WhatHasNoPricePerTokenHasNoPrice) {
  PriceBook prices = book();
  for (std::string_view model : {"image", "half", "absent", "sample_spec"})
    EXPECT_EQ(prices.find("", model), nullptr) << model;
  EXPECT_NE(prices.find("", "gratis"), nullptr);
  EXPECT_EQ(prices.find("", "embed")->cost({.input = 100}), PicoDollars(2'000'000));
}

TEST(PriceBook, TheTierBeginsAboveItsSizeNotAtIt) {
  PriceBook prices = book();
  const ModelPrice* tiered = prices.find("", "tiered");
  EXPECT_EQ(tiered->cost({.input = 200'000, .output = 1}), PicoDollars(200'000LL * 3'000'000 + 15'000'000));
  EXPECT_EQ(tiered->cost({.input = 200'001, .output = 1}), PicoDollars(200'001LL * 6'000'000 + 22'500'000));
}

TEST(PriceBook, CacheWritesCostByHowLongTheyAreKept) {
  PriceBook prices = book();
  const ModelPrice* tiered = prices.find("", "tiered");
  TokenUsage usage{
      .input = 1000, .output = 0, .cache_read = 100, .cache_creation = 300, .cache_creation_hour = 200};
  EXPECT_EQ(tiered->cost(usage),
            PicoDollars(600LL * 3'000'000 + 100 * 300'000 + 100 * 3'750'000 + 200 * 6'000'000));
}

TEST(PriceBook, NamesEveryFaultByItsPointer) {
  auto bad =
      PriceBook::parse(R"({"a": {"input_cost_per_token": -1}, "b": 3, "c": {"output_cost_per_token": "x"}})");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().reason, "prices.invalid");
  ASSERT_EQ(bad.error().problems.size(), 3u);
  EXPECT_EQ(bad.error().problems[0].where, "/a/input_cost_per_token");
  EXPECT_EQ(bad.error().problems[1].where, "/b");
}

TEST(PriceBook, TheFileThatShipsIsWhole) {
  std::ifstream file(BAILIWICK_SOURCE_DIR "/prices/model_prices.json");
  std::stringstream text;
  text << file.rdbuf();
  auto prices = PriceBook::parse(text.str());
  ASSERT_TRUE(prices) << to_string(prices.error().problems);
  EXPECT_GE(prices->size(), 25u);
  for (const auto& [name, model] : prices->models()) {
    if (model.mode == "chat") EXPECT_GT(model.max_output_tokens, 0) << name;
  }
}

}  // namespace
}  // namespace bailiwick::metering
