#include "snapshot/router_config.h"

#include <gtest/gtest.h>

#include "base/printing.h"

namespace bailiwick::snapshot {
namespace {

// A reference names where a secret is and nothing else.
TEST(RouterConfig, SecretReferences) {
  for (std::string_view good : {"env:OPENAI_KEY", "env:_k9", "file:/run/secrets/key", "file:/a"}) {
    auto parsed = SecretRef::parse(good);
    ASSERT_TRUE(parsed) << good;
    EXPECT_EQ(parsed->reference, good);
  }
  for (std::string_view bad : {"", "env:", "env:9K", "env:A-B", "env:A\nB", "file:", "file:/", "file:key",
                               "file:/a/../b", "file:/a/..", "sk-ant-secret", "ENV:KEY"}) {
    auto parsed = SecretRef::parse(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().reason, "secret.inline");
    EXPECT_EQ(parsed.error().message.find("sk-ant"), std::string::npos);
  }
}

// A base address can carry no key: no user, query or fragment.
TEST(RouterConfig, BaseAddresses) {
  for (std::string_view good : {"https://api.openai.com/v1", "http://127.0.0.1:9000", "https://h"})
    EXPECT_TRUE(is_base_url(good));
  for (std::string_view bad : {"", "ftp://h", "https://", "https:///v1", "https://:80", "https://user:key@h",
                               "https://h?key=1", "https://h/#k", "https://h/a b", "https://h\\evil"}) {
    EXPECT_FALSE(is_base_url(bad)) << bad;
  }
}

// The format of the requirements is read as it stands there, with the providers that it names.
TEST(RouterConfig, ReadsTheSeedFormat) {
  auto tree = parse_yaml(R"(tenant_id: acme-corp
providers:
  anthropic: {kind: anthropic, base_url: https://api.anthropic.com}
  openai: {kind: openai, base_url: https://api.openai.com/v1}
routing:
  primary: {provider: anthropic, model: claude-3-5-sonnet-20241022, temperature: 0.7, max_tokens: 4096}
  fallback: {provider: openai, model: gpt-4-turbo, temperature: 0.7, max_tokens: 4096}
sla: {p95_latency_ms: 3100, error_rate_max: 0.01, cost_per_1k_qa_usd: 0.10}
budget:
  monthly_limit_usd: 10000
  daily_limit_usd: 500
  circuit_breaker: {threshold: 0.8, action: downgrade_to_fallback}
)",
                         "router.yaml");
  ASSERT_TRUE(tree);
  auto router = bind_document<RouterConfig>(*tree, "router.yaml");
  ASSERT_TRUE(router) << to_string(router.error().problems);
  ASSERT_EQ(router->chain().size(), 2u);
  EXPECT_EQ(router->chain()[0]->provider, "anthropic");
  EXPECT_EQ(router->chain()[1]->model, "gpt-4-turbo");
  EXPECT_EQ(router->budget.monthly_limit_usd, PicoDollars::dollars(10'000));
  EXPECT_EQ(router->budget.circuit_breaker->action, BudgetAction::kDowngradeToFallback);
}

Result<RouterConfig> read(std::string yaml) {
  yaml += "\nproviders:\n  a: {kind: openai, base_url: https://a.example}\n";
  return bind_document<RouterConfig>(parse_yaml(yaml, "router.yaml").value(), "router.yaml");
}

TEST(RouterConfig, ASplitStandsInPlaceOfThePrimary) {
  auto router = read(R"(routing:
  split:
    by: sticky
    targets: [{provider: a, model: m1, weight: 9, temperature: 0.5}, {provider: a, model: m2, weight: 0}]
  fallback: {provider: a, model: m3}
  retries: {attempts: 2, longest_wait: 500ms}
cache: {ttl: 1h, max_mib: 4}
)");
  ASSERT_TRUE(router) << to_string(router.error().problems);
  std::string models;
  for (const RouteTarget* target : router->chain()) models += target->model;
  EXPECT_EQ(models, "m1m2m3");
  EXPECT_EQ(router->routing.split->targets[0].weight, 9);
  EXPECT_EQ(router->routing.split->targets[0].temperature, 0.5);
  EXPECT_EQ(router->routing.retries.longest, std::chrono::milliseconds(500));
  EXPECT_EQ(router->cache->ttl, std::chrono::hours(1));
}

TEST(RouterConfig, SplitsRetriesAndCachesThatMakeNoSenseAreRefused) {
  for (std::string_view yaml :
       {"routing: {split: {targets: [{provider: a, model: m}]}}",
        "routing: {split: {targets: [{provider: a, model: m, weight: 0}, {provider: a, model: n, weight: "
        "0}]}}",
        "routing: {split: {by: luck, targets: [{provider: a, model: m}, {provider: a, model: n}]}}",
        "routing: {primary: {provider: a, model: p}, split: {targets: [{provider: a, model: m}, {provider: "
        "a, model: n}]}}",
        "routing: {retries: {attempts: 6}}", "routing: {retries: {attempts: 1, longest_wait: 2m}}",
        "routing: {retries: {attempts: 1, share: 1.5}}", "cache: {}", "cache: {ttl: 0s}", "cache: {ttl: 8d}"})
    EXPECT_FALSE(read(std::string(yaml))) << yaml;
}

}  // namespace
}  // namespace bailiwick::snapshot
