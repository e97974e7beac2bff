// What a tenant has without saying so, and what it can never have.
#include "snapshot/platform_quotas.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/printing.h"

namespace bailiwick::snapshot {
namespace {

PlatformQuotas platform(std::string_view yaml) {
  auto tree = parse_yaml(yaml, "quotas.yaml");
  auto bound = bind_document<PlatformQuotas>(tree.value(), "quotas.yaml");
  EXPECT_TRUE(bound) << to_string(bound.error().problems);
  return bound.value_or(PlatformQuotas{});
}

TEST(PlatformQuotas, TheNearerWordWins) {
  PlatformQuotas all = platform(R"(
defaults: {max_users: 1, max_cpus: 1, max_memory_gb: 1, max_cost_per_day: 1}
plans:
  pro: {max_users: 2, max_cpus: 2, max_cost_per_day: 2.5}
ceilings: {max_users: 9, max_containers: 9}
)");
  Quotas own;
  own.max_users = 3;
  EXPECT_EQ(inherit(own, Plan::kPro, all), (QuotaOrigins{{"max_cpus", "plan"},
                                                         {"max_cost_per_day", "plan"},
                                                         {"max_memory_gb", "defaults"},
                                                         {"max_containers", "ceilings"}}));
  EXPECT_EQ(own.max_users, 3);
  EXPECT_EQ(own.max_cpus, 2.0);
  EXPECT_EQ(own.max_cost_per_day, PicoDollars::parse("2.5").value());
  EXPECT_EQ(own.max_memory_gb, 1.0);
  EXPECT_EQ(own.max_containers, 9);
  EXPECT_EQ(own.max_requests_per_second, std::nullopt) << "what nobody says is unlimited";
  Quotas free;
  inherit(free, Plan::kFree, all);
  EXPECT_EQ(free.max_users, 1) << "another plan gives nothing";
}

TEST(PlatformQuotas, ExactlyAtACeilingIsAllowed) {
  PlatformQuotas all = platform("ceilings: {max_cost_per_day: 2.50, max_cpus: 4, max_users: 5}");
  Quotas quotas;
  quotas.max_cost_per_day = PicoDollars::parse("2.5").value();
  quotas.max_users = 5;
  quotas.max_cpus = 4;
  EXPECT_TRUE(excesses(quotas, all.ceilings).empty());
  quotas.max_cost_per_day = PicoDollars::parse("2.51").value();
  quotas.max_cpus = 4.5;
  auto found = excesses(quotas, all.ceilings);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].key, "max_cost_per_day");
  EXPECT_EQ(found[0].message, "is above the platform's ceiling of 2.5");
  EXPECT_EQ(found[1].key, "max_cpus");
}

TEST(PlatformQuotas, APlanAboveTheCeilingIsAFault) {
  for (std::string_view yaml : {"defaults: {max_users: 6}\nceilings: {max_users: 5}\n",
                                "plans: {free: {max_users: 6}}\nceilings: {max_users: 5}\n",
                                "plans: {gold: {max_users: 6}}\n", "ceilings: {max_userz: 5}\n"}) {
    auto bound = bind_document<PlatformQuotas>(parse_yaml(yaml, "q").value(), "q");
    EXPECT_FALSE(bound) << yaml;
  }
}

TEST(PlatformQuotas, ScarceUpstreamsBecomeRules) {
  PlatformQuotas all = platform(R"(
weights: {enterprise: 20}
upstreams:
  api.openai.com: {max_concurrent: 32, reserved: {enterprise: 8}, dedicated: 2, queue: 10, max_wait: 5s, target_wait: 250ms}
  127.0.0.1:9000: {max_concurrent: 1}
)");
  EXPECT_EQ(all.weights.of(Plan::kEnterprise), 20);
  EXPECT_EQ(all.weights.of(Plan::kPro), 4);
  auto rules = all.upstream_rules();
  ASSERT_EQ(rules.size(), 2u);
  metering::FairQueue::Options expected{.slots = 32,
                                        .reserved = {0, 0, 0, 8},
                                        .spare = 4,
                                        .longest_queue = 10,
                                        .target = std::chrono::milliseconds(250),
                                        .longest = std::chrono::milliseconds(5'000)};
  EXPECT_EQ(rules.at("api.openai.com"),
            (metering::SharedUpstreams::Rule{.shared = expected, .dedicated = 2}));
}

TEST(PlatformQuotas, UpstreamsThatMakeNoSenseAreRefused) {
  for (std::string_view entry :
       {"api.openai.com: {}", "api.openai.com: {max_concurrent: 0}",
        "https://api.openai.com: {max_concurrent: 1}", "API.openai.com: {max_concurrent: 1}",
        "a: {max_concurrent: 4, reserved: {free: 3, pro: 2}}",
        "a: {max_concurrent: 4, max_wait: 1s, target_wait: 2s}", "a: {max_concurrent: 4, max_wait: 0s}",
        "a: {max_concurrent: 4, spare: 4}", "a: {max_concurrent: 4, queue: 0}",
        "a: {max_concurrent: 4, slots: 4}"}) {
    std::string yaml = "upstreams: {" + std::string(entry) + "}\n";
    auto tree = parse_yaml(yaml, "q");
    ASSERT_TRUE(tree) << yaml;
    EXPECT_FALSE(bind_document<PlatformQuotas>(*tree, "q")) << yaml;
  }
}

/// Quotas of any kinds, none of them above its ceiling.
Quotas quotas_below(const Quotas& ceilings) {
  auto maybe = [](std::optional<double> ceiling) {
    return *rc::gen::maybe(
        rc::gen::inRange<std::int64_t>(0, static_cast<std::int64_t>(ceiling.value_or(10)) + 1));
  };
  Quotas quotas;
  if (auto users = maybe(ceilings.max_users)) quotas.max_users = *users;
  if (auto cpus = maybe(ceilings.max_cpus)) quotas.max_cpus = static_cast<double>(*cpus);
  return quotas;
}

// However the layers lie: nothing ends above a ceiling, what the tenant said stays, and origins tell the
// truth.
RC_GTEST_PROP(PlatformQuotasProperty, NothingEndsAboveItsCeiling, ()) {
  Quotas ceilings = quotas_below({});
  PlatformQuotas all{.defaults = quotas_below(ceilings), .plans = {}, .ceilings = ceilings};
  all.plans.by_plan[0] = quotas_below(ceilings);
  Quotas own = quotas_below(ceilings), held = own;
  QuotaOrigins origins = inherit(held, Plan::kFree, all);
  RC_ASSERT(excesses(held, ceilings).empty());
  if (own.max_users) RC_ASSERT(held.max_users == own.max_users);
  RC_ASSERT(origins.contains("max_users") == (!own.max_users && held.max_users));
  if (ceilings.max_cpus) RC_ASSERT(held.max_cpus.has_value());
}

}  // namespace
}  // namespace bailiwick::snapshot
