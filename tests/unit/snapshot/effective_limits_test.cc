#include "snapshot/effective_limits.h"

#include <gtest/gtest.h>

namespace bailiwick::snapshot {
namespace {

// Of a quota and a router's budget the stricter holds; one alone holds alone; none is unlimited.
TEST(EffectiveLimits, TheStricterHolds) {
  TenantDeclaration tenant;
  RouterConfig router;
  EXPECT_EQ(limits_of(tenant, router).daily_budget, std::nullopt);
  tenant.quotas.max_cost_per_day = PicoDollars::dollars(10);
  router.budget.monthly_limit_usd = PicoDollars::dollars(50);
  EXPECT_EQ(limits_of(tenant, router).daily_budget, PicoDollars::dollars(10));
  EXPECT_EQ(limits_of(tenant, router).monthly_budget, PicoDollars::dollars(50));
  router.budget.daily_limit_usd = PicoDollars::dollars(7);
  tenant.quotas.max_cost_per_month = PicoDollars::dollars(40);
  EXPECT_EQ(limits_of(tenant, router).daily_budget, PicoDollars::dollars(7));
  EXPECT_EQ(limits_of(tenant, router).monthly_budget, PicoDollars::dollars(40));
}

// Every rate goes over under its own name.
TEST(EffectiveLimits, RatesGoOver) {
  TenantDeclaration tenant;
  tenant.time_zone = "Europe/Dublin";
  tenant.quotas = {.max_requests_per_second = 1,
                   .max_requests_per_minute = 2,
                   .max_requests_per_hour = 3,
                   .max_tokens_per_minute = 4,
                   .max_concurrent_requests = 5};
  metering::Limits limits = limits_of(tenant, {});
  EXPECT_EQ(limits.requests_per_second, 1);
  EXPECT_EQ(limits.requests_per_minute, 2);
  EXPECT_EQ(limits.requests_per_hour, 3);
  EXPECT_EQ(limits.tokens_per_minute, 4);
  EXPECT_EQ(limits.max_concurrent_requests, 5);
  EXPECT_EQ(limits.time_zone, "Europe/Dublin");
}

}  // namespace
}  // namespace bailiwick::snapshot
