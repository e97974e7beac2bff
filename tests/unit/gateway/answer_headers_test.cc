// Rate headers: durations as OpenAI writes them, times as Anthropic does, and nothing for what is not
// limited.
#include "gateway/answer_headers.h"

#include <gtest/gtest.h>

namespace bailiwick::gateway {
namespace {

using namespace std::chrono_literals;

TEST(ResetText, IsWrittenAsOpenAiWritesIt) {
  EXPECT_EQ(reset_text(0ms).view(), "0ms");
  EXPECT_EQ(reset_text(12ms).view(), "12ms");
  EXPECT_EQ(reset_text(1s).view(), "1s");
  EXPECT_EQ(reset_text(8640ms).view(), "8.64s");
  EXPECT_EQ(reset_text(2005ms).view(), "2.005s");
  EXPECT_EQ(reset_text(6min).view(), "6m0s");
  EXPECT_EQ(reset_text(1h + 2min + 3s).view(), "1h2m3s");
}

TEST(RateHeaders, AnthropicsResetIsATimeAndNeverTooEarly) {
  metering::RateView rates;
  rates.tokens = metering::RateState{.limit = 100, .remaining = 40, .reset = 1500ms};
  net::Headers headers;
  add_rate_headers(headers, edge::Dialect::kAnthropic, rates, *parse_rfc3339("2026-11-25T12:00:00Z"));
  EXPECT_EQ(headers.get("anthropic-ratelimit-tokens-remaining"), "40");
  EXPECT_EQ(headers.get("anthropic-ratelimit-tokens-reset"), "2026-11-25T12:00:02Z");
  EXPECT_EQ(headers.find("anthropic-ratelimit-requests-limit"), std::nullopt);
}

TEST(RateHeaders, TheDraftsFieldsAreThereForBothDialects) {
  metering::RateView rates;
  rates.requests = metering::RateState{.limit = 300, .remaining = 299, .reset = 200ms, .period = 60s};
  rates.tokens = metering::RateState{.limit = 100, .remaining = 0, .reset = 59s, .period = 60s};
  for (edge::Dialect dialect : {edge::Dialect::kAnthropic, edge::Dialect::kOpenAi}) {
    net::Headers headers;
    add_rate_headers(headers, dialect, rates, *parse_rfc3339("2026-11-25T12:00:00Z"));
    EXPECT_EQ(headers.get("RateLimit-Policy"), R"("requests";q=300;w=60, "tokens";q=100;w=60)");
    EXPECT_EQ(headers.get("RateLimit"), R"("requests";r=299;t=1, "tokens";r=0;t=59)");
  }
}

TEST(RateHeaders, TheLargestNumbersHaveRoom) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max(),
                         kLeast = std::numeric_limits<std::int64_t>::min();
  metering::RateView rates;
  for (auto* rate : {&rates.requests, &rates.tokens})
    *rate = metering::RateState{
        .limit = kMost, .remaining = kLeast, .reset = 8'760'000h, .period = std::chrono::seconds(kMost)};
  for (edge::Dialect dialect : {edge::Dialect::kAnthropic, edge::Dialect::kOpenAi}) {
    net::Headers headers;
    add_rate_headers(headers, dialect, rates, *parse_rfc3339("2026-11-25T12:00:00Z"));
    EXPECT_EQ(headers.size(), 8u);
  }
}

TEST(RateHeaders, WithoutALimitThereIsNone) {
  net::Headers headers;
  add_rate_headers(headers, edge::Dialect::kOpenAi, {}, *parse_rfc3339("2026-11-25T12:00:00Z"));
  EXPECT_EQ(headers.find("RateLimit"), std::nullopt);
}

}  // namespace
}  // namespace bailiwick::gateway
