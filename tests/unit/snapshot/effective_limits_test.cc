#include "snapshot/effective_limits.h"

#include <gtest/gtest.h>

namespace bailiwick::snapshot {
namespace {

// Of a quota and a router's budget the stricter holds; one alone holds alone; none is unlimited.
TEST(EffectiveLimits, TheStricterHolds) {
  TenantDeclaration tenant;
  BundleFiles files;
  RouterBudget& budget = files.settings.router.budget;
  EXPECT_EQ(limits_of(tenant, files).tenant.daily_budget, std::nullopt);
  tenant.quotas.max_cost_per_day = PicoDollars::dollars(10);
  budget.monthly_limit_usd = PicoDollars::dollars(50);
  EXPECT_EQ(limits_of(tenant, files).tenant.daily_budget, PicoDollars::dollars(10));
  EXPECT_EQ(limits_of(tenant, files).tenant.monthly_budget, PicoDollars::dollars(50));
  budget.daily_limit_usd = PicoDollars::dollars(7);
  tenant.quotas.max_cost_per_month = PicoDollars::dollars(40);
  budget.enforcement = metering::Enforcement::kExpected;
  EXPECT_EQ(limits_of(tenant, files).tenant.daily_budget, PicoDollars::dollars(7));
  EXPECT_EQ(limits_of(tenant, files).tenant.monthly_budget, PicoDollars::dollars(40));
  EXPECT_EQ(limits_of(tenant, files).tenant.enforcement, metering::Enforcement::kStrict);
}

// router.yaml is the tenant's own word: it loosens its own budget, and nothing that the platform or
// tenant.yaml gave.
TEST(EffectiveLimits, ATenantLoosensItsOwnBudgetAlone) {
  TenantDeclaration tenant;
  tenant.programs.push_back(tenancy::ProgramId::parse("intake").value());
  tenant.program_quotas["intake"].max_cost_per_day = PicoDollars::dollars(1);
  BundleFiles files;
  files.settings.router.budget = {.daily_limit_usd = PicoDollars::dollars(5),
                                  .enforcement = metering::Enforcement::kWarn};
  files.programs["intake"] = files.settings;
  files.programs["intake"].router.budget.daily_limit_usd = PicoDollars::dollars(4);
  EXPECT_EQ(limits_of(tenant, files).tenant.enforcement, metering::Enforcement::kWarn);
  EXPECT_EQ(limits_of(tenant, files).programs.at("intake").enforcement, metering::Enforcement::kStrict);
  tenant.quotas.max_cost_per_month = PicoDollars::dollars(100);
  EXPECT_EQ(limits_of(tenant, files).tenant.enforcement, metering::Enforcement::kStrict);
}

// Every rate goes over under its own name.
TEST(EffectiveLimits, RatesGoOver) {
  RequestQuotas quotas{.max_requests_per_second = 1,
                       .max_requests_per_minute = 2,
                       .max_requests_per_hour = 3,
                       .max_tokens_per_second = 4,
                       .max_tokens_per_minute = 5,
                       .max_tokens_per_hour = 6,
                       .max_concurrent_requests = 7};
  metering::Limits limits = to_limits(quotas, "Europe/Dublin");
  EXPECT_EQ(limits.requests_per_second, 1);
  EXPECT_EQ(limits.requests_per_minute, 2);
  EXPECT_EQ(limits.requests_per_hour, 3);
  EXPECT_EQ(limits.tokens_per_second, 4);
  EXPECT_EQ(limits.tokens_per_minute, 5);
  EXPECT_EQ(limits.tokens_per_hour, 6);
  EXPECT_EQ(limits.max_concurrent_requests, 7);
  EXPECT_EQ(limits.time_zone, "Europe/Dublin");
}

// A program has its own quotas, and the budget of a router.yaml of its own; not the tenant's twice.
TEST(EffectiveLimits, ProgramsHaveWhatIsSaidOfThem) {
  TenantDeclaration tenant;
  for (const char* name : {"plain", "limited", "routed"})
    tenant.programs.push_back(tenancy::ProgramId::parse(name).value());
  tenant.program_quotas["limited"].max_requests_per_minute = 9;
  BundleFiles files;
  files.settings.router.budget.daily_limit_usd = PicoDollars::dollars(5);
  files.programs["routed"] = files.settings;
  files.programs["limited"] = files.settings;
  files.programs["routed"].router.budget.daily_limit_usd = PicoDollars::dollars(2);
  EffectiveLimits limits = limits_of(tenant, files);
  ASSERT_EQ(limits.programs.size(), 2U);
  EXPECT_EQ(limits.programs.at("limited").requests_per_minute, 9);
  EXPECT_EQ(limits.programs.at("limited").daily_budget, std::nullopt);
  EXPECT_EQ(limits.programs.at("routed").daily_budget, PicoDollars::dollars(2));
}

}  // namespace
}  // namespace bailiwick::snapshot
