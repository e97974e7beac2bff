// Budgets that are raised: by whom, how far, recorded first, and still there after a restart.
#include "metering/level_meter.h"
#include "unit/bundles/registry_rig.h"

namespace bailiwick::bundles {
namespace {

using Action = tenancy::Action;
using metering::Span;
using RaiseRequest = TenantRegistry::RaiseRequest;

class RaiseBudgetTest : public RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    put("_platform", "quotas.yaml", "ceilings: {max_cost_per_day: 20}\n");
    put("acme-corp", "tenant.yaml",
        "id: acme-corp\nname: Acme\nquotas: {max_cost_per_day: 18}\nprograms: [intake]\n");
    put("acme-corp", "router.yaml", "budget: {daily_limit_usd: 10}\n");
    put("acme-corp", "programs/intake/router.yaml", "budget: {daily_limit_usd: 3, monthly_limit_usd: 5}\n");
    reload();
    ASSERT_TRUE(find());
  }
  static RaiseRequest by(std::int64_t dollars, std::string program = "", Span span = Span::kDay) {
    return {.span = span,
            .by = PicoDollars::dollars(dollars),
            .program = std::move(program),
            .reason = "launch day"};
  }
  std::string raise(const RaiseRequest& request) {
    auto raised = registry_->raise_budget(permit<Action::kBudgetsRaise>(), request);
    return raised ? raised->window + " +" + raised->raised.to_decimal() : raised.error().reason;
  }
  bool affords(std::int64_t dollars) {
    return find()->meter->admit({.cost = PicoDollars::dollars(dollars)}).has_value();
  }
};

TEST_F(RaiseBudgetTest, ItHoldsAtOnceAndAfterARestart) {
  EXPECT_FALSE(affords(15));
  EXPECT_EQ(raise(by(5)), "day:2026-11-25 +5");
  EXPECT_TRUE(affords(15));
  restart();
  EXPECT_TRUE(affords(15));
  EXPECT_FALSE(affords(16));
  clock_.advance(std::chrono::hours(24));
  EXPECT_FALSE(affords(11)) << "until the day ends";
}

TEST_F(RaiseBudgetTest, AProgramsBudgetIsRaisedByItself) {
  EXPECT_EQ(raise(by(5, "intake", Span::kMonth)), "program:intake/month:2026-11 +5");
  EXPECT_FALSE(affords(11));
  EXPECT_EQ(raise(by(5, "unheard-of", Span::kMonth)), "budget.unlimited");
}

TEST_F(RaiseBudgetTest, NobodyButThePlatformAdminGoesAboveTheQuota) {
  EXPECT_EQ(raise(by(8)), "day:2026-11-25 +8") << "up to its quota";
  EXPECT_EQ(raise(by(1)), "budget.ceiling");
  EXPECT_TRUE(registry_->raise_budget(admin_permit<Action::kBudgetsRaise>(), by(3)));
  EXPECT_TRUE(affords(21));
}

TEST_F(RaiseBudgetTest, WhatAPlanOrTheOperatorGaveIsNotTheTenantsToRaise) {
  put("_platform", "quotas.yaml", "plans: {free: {max_cost_per_day: 1}}\n");
  put("acme-corp", "tenant.yaml",
      "id: acme-corp\nname: Acme\nplan: free\nprograms: [intake]\nprogram_quotas: {intake: "
      "{max_cost_per_day: 1}}\n");
  put("acme-corp", "router.yaml", "budget: {daily_limit_usd: 10}\n");
  reload();
  EXPECT_EQ(raise(by(1)), "budget.ceiling");
  EXPECT_EQ(raise(by(1, "intake")), "budget.ceiling");
}

TEST_F(RaiseBudgetTest, WithoutAReasonOrAnAmountItIsRefused) {
  RaiseRequest silent = by(1);
  silent.reason = " ";
  EXPECT_EQ(raise(silent), "budget.reason_missing");
  EXPECT_EQ(raise(by(0)), "budget.amount");
}

TEST_F(RaiseBudgetTest, TheApprovalIsRecordedAndWithoutItNothingIsRaised) {
  raise(by(5));
  const auto& [chain, record] = ledger_.records.back();
  EXPECT_EQ(chain, "acme-corp");
  EXPECT_EQ(record.action, "budgets.raise");
  EXPECT_EQ(record.extra.at("approved_reason").as_string(), "launch day");
  EXPECT_EQ(record.extra.at("raised_to_usd").as_string(), "15");
  ledger_.full = true;
  EXPECT_EQ(raise(by(1)), "ledger.full");
  ledger_.full = false;
  EXPECT_FALSE(affords(16));
  restart();
  EXPECT_FALSE(affords(16));
}

TEST_F(RaiseBudgetTest, TheInstallationsLimitsAreOfAllTenantsTogether) {
  put("_platform", "quotas.yaml", "installation: {max_cost_per_day: 12}\n");
  put("beta-inc", "tenant.yaml", "id: beta-inc\nname: Beta\n");
  reload();
  auto held = find()->meter->admit({.cost = PicoDollars::dollars(9)});
  ASSERT_TRUE(held);
  auto refused = find("beta-inc")->meter->admit({.cost = PicoDollars::dollars(4)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "budget.installation");
  EXPECT_TRUE(find("beta-inc")->meter->admit({.cost = PicoDollars::dollars(3)}));
}

}  // namespace
}  // namespace bailiwick::bundles
