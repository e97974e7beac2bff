#include "bundles/registry.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "unit/bundles/registry_rig.h"

namespace bailiwick::bundles {
namespace {

using snapshot::TenantStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Action = tenancy::Action;

template <class Made>
std::string reason_of(const Result<Made>& result) {
  return result ? "made" : result.error().reason;
}

std::vector<std::string> ids(const TenantPage& page) {
  std::vector<std::string> out;
  for (const snapshot::SnapshotPtr& tenant : page.tenants) out.push_back(tenant->id().str());
  return out;
}

// A tenant that is made is stored, recorded and seen, and is the same after a restart.
TEST_F(RegistryTest, CreatedTenantsOutliveARestart) {
  auto draft = declaration("acme-corp", "Acme");
  draft.plan = snapshot::Plan::kPro;
  draft.quotas.max_cost_per_day = PicoDollars::parse("0.10").value();
  auto made = registry_->create(permit<Action::kTenantsCreate>(), draft);
  ASSERT_TRUE(made) << to_string(made.error().problems);
  EXPECT_EQ(made->tenant->lifecycle.version, 1);
  EXPECT_EQ(made->tenant->lifecycle.uuid.size(), 36u);
  ASSERT_EQ(ledger_.records.size(), 1u);
  EXPECT_EQ(ledger_.records[0].second.resource, "tenant:acme-corp");
  EXPECT_EQ(ledger_.records[0].second.extra.at("source"), json::value("api"));

  restart();
  snapshot::SnapshotPtr again = find();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->lifecycle.uuid, made->tenant->lifecycle.uuid);
  EXPECT_EQ(again->lifecycle.created_at, made->tenant->lifecycle.created_at);
  EXPECT_EQ(again->revision, made->tenant->revision);
  EXPECT_EQ(again->tenant.plan, snapshot::Plan::kPro);
  EXPECT_EQ(again->tenant.quotas.max_cost_per_day, draft.quotas.max_cost_per_day);
}

// Ids, names in any case and namespaces are taken once, and stay taken when their tenant is archived.
TEST_F(RegistryTest, NamesAreTakenOnce) {
  auto create = [&](const snapshot::TenantDeclaration& draft) {
    return reason_of(registry_->create(permit<Action::kTenantsCreate>(), draft));
  };
  auto acme = declaration("acme-corp", "\xC3\x89toile Acme");
  acme.namespaces.push_back(tenancy::NamespaceId::parse("wards").value());
  EXPECT_EQ(create(acme), "made");
  EXPECT_EQ(create(declaration("acme-corp", "Other")), "tenant.exists");
  EXPECT_EQ(create(declaration("b", " \xC3\xA9toile ACME ")), "tenant.name_taken");
  auto thief = declaration("c", "C");
  thief.namespaces = acme.namespaces;
  EXPECT_EQ(create(thief), "namespace.taken");
  EXPECT_EQ(create(declaration("d", "")), "bundle.invalid");

  ASSERT_TRUE(registry_->remove(permit<Action::kTenantsDelete>()));
  ASSERT_EQ(registry_->finish_terminations(
                [](const auto& id) { return permit<Action::kTenantsDelete>(id.view()); }),
            1);
  restart();
  EXPECT_EQ(create(declaration("acme-corp", "Other")), "tenant.exists");
  EXPECT_EQ(create(declaration("b", "\xC3\x89toile Acme")), "tenant.name_taken");
  EXPECT_EQ(create(thief), "namespace.taken");
}

// A dry run answers what would be, and makes nothing.
TEST_F(RegistryTest, DryRunsMakeNothing) {
  auto would =
      registry_->create(permit<Action::kTenantsCreate>(), declaration("acme-corp", "Acme"), Apply::kDryRun);
  ASSERT_TRUE(would);
  EXPECT_EQ(find(), nullptr);
  EXPECT_THAT(ledger_.records, IsEmpty());
  EXPECT_EQ(reason_of(registry_->create(permit<Action::kTenantsCreate>(), declaration("acme-corp", "Acme"))),
            "made");
  auto update =
      registry_->update(admin_permit<Action::kTenantsUpdate>(), {{"plan", "pro"}}, 1, Apply::kDryRun);
  ASSERT_TRUE(update);
  EXPECT_EQ(update->tenant->tenant.plan, snapshot::Plan::kPro);
  EXPECT_EQ(find()->tenant.plan, snapshot::Plan::kFree);
}

// What cannot be recorded is not done: neither stored nor seen.
TEST_F(RegistryTest, UnrecordedChangesAreNotMade) {
  ledger_.full = true;
  EXPECT_EQ(reason_of(registry_->create(permit<Action::kTenantsCreate>(), declaration("acme-corp", "Acme"))),
            "ledger.full");
  EXPECT_EQ(find(), nullptr);
  ledger_.full = false;
  ASSERT_TRUE(registry_->create(permit<Action::kTenantsCreate>(), declaration("acme-corp", "Acme")));
  ledger_.full = true;
  EXPECT_EQ(reason_of(registry_->suspend(permit<Action::kTenantsSuspend>(), "unpaid")), "ledger.full");
  EXPECT_TRUE(find()->active());
  restart();
  EXPECT_TRUE(find()->active());
}

// An update needs the version that was read, patches what it names, and grows version and serial.
TEST_F(RegistryTest, UpdatesPatchTheDeclaration) {
  put_acme();
  ASSERT_EQ(reload(), "acme-corp=created");
  std::shared_ptr<metering::TenantMeter> meter = find()->meter;
  auto admin = admin_permit<Action::kTenantsUpdate>();
  json::object patch{{"quotas", {{"max_requests_per_minute", nullptr}, {"max_users", 3}}},
                     {"description", "A \"b\": c"}};
  EXPECT_EQ(reason_of(registry_->update(admin, patch, 7)), "tenant.version");
  auto changed = registry_->update(admin, patch, 1);
  ASSERT_TRUE(changed) << to_string(changed.error().problems);
  EXPECT_EQ(changed->tenant->tenant.quotas.max_requests_per_minute, std::nullopt);
  EXPECT_EQ(changed->tenant->tenant.quotas.max_users, 3);
  EXPECT_EQ(changed->tenant->tenant.description, "A \"b\": c");
  EXPECT_EQ(changed->tenant->lifecycle.version, 2);
  EXPECT_EQ(changed->tenant->serial, 2);
  EXPECT_EQ(changed->tenant->meter, meter);
  EXPECT_EQ(reason_of(registry_->update(admin, patch, 1)), "tenant.version");

  auto wrong = registry_->update(admin, {{"quotas", {{"max_users", -1}}}, {"colour", "red"}}, 2);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().reason, "bundle.invalid");
  ASSERT_EQ(wrong.error().problems.size(), 2u);
  EXPECT_EQ(wrong.error().problems[0].where, "/quotas/max_users");
  EXPECT_EQ(wrong.error().problems[1].where, "/colour");
}

// A tenant's own managers change what describes it; limits, plan and protection are the platform admin's; id
// and status nobody's.
TEST_F(RegistryTest, FieldsAreReserved) {
  put_acme();
  ASSERT_EQ(reload(), "acme-corp=created");
  auto own = permit<Action::kTenantsUpdate>();
  auto admin = admin_permit<Action::kTenantsUpdate>();
  EXPECT_EQ(reason_of(registry_->update(own, {{"quotas", nullptr}}, 1)), "tenant.field_reserved");
  EXPECT_EQ(reason_of(registry_->update(own, {{"plan", "enterprise"}}, 1)), "tenant.field_reserved");
  EXPECT_EQ(reason_of(registry_->update(own, {{"protect", true}}, 1)), "tenant.field_reserved");
  EXPECT_EQ(reason_of(registry_->update(own, {{"labels", {{"tier", "gold"}}}}, 1)), "made");
  EXPECT_EQ(reason_of(registry_->update(admin, {{"id", "other"}}, 2)), "tenant.id_immutable");
  EXPECT_EQ(reason_of(registry_->update(admin, {{"status", "suspended"}}, 2)), "tenant.status_immutable");
  EXPECT_EQ(find()->tenant.quotas.max_requests_per_minute, 5);
}

// A suspension needs a reason, shows at once, and is ended by resume alone.
TEST_F(RegistryTest, SuspendAndResume) {
  put_acme();
  ASSERT_EQ(reload(), "acme-corp=created");
  auto suspend = permit<Action::kTenantsSuspend>();
  EXPECT_EQ(reason_of(registry_->suspend(suspend, "  ")), "tenant.reason_missing");
  EXPECT_EQ(reason_of(registry_->suspend(suspend, "unpaid", 9)), "tenant.version");
  EXPECT_EQ(reason_of(registry_->suspend(suspend, "unpaid", 1)), "made");
  EXPECT_FALSE(find()->active());
  EXPECT_EQ(find()->lifecycle.reason, "unpaid");
  EXPECT_EQ(reason_of(registry_->suspend(suspend, "again")), "tenant.state");
  put_acme("description: changed\n");
  EXPECT_EQ(reload(), "acme-corp=updated");
  EXPECT_EQ(find()->lifecycle.status, TenantStatus::kSuspended) << "a reload changes no lifecycle";
  EXPECT_EQ(reason_of(registry_->resume(permit<Action::kTenantsResume>())), "made");
  EXPECT_TRUE(find()->active());
  EXPECT_EQ(find()->lifecycle.reason, "");
  EXPECT_EQ(ledger_.records.back().first, "acme-corp") << "stands in the tenant's own chain";
  EXPECT_EQ(ledger_.records.back().second.extra.at("status_before"), json::value("suspended"));
}

// Deleting drains: calls in flight finish first; then the tenant is archived and nothing brings it back.
TEST_F(RegistryTest, DeletionWaitsForTheLastCall) {
  put_acme();
  ASSERT_EQ(reload(), "acme-corp=created");
  auto permits = [](const tenancy::TenantId& id) { return permit<Action::kTenantsDelete>(id.view()); };
  auto in_flight = find()->meter->admit({});
  ASSERT_TRUE(in_flight);
  EXPECT_EQ(reason_of(registry_->remove(permit<Action::kTenantsDelete>())), "made");
  EXPECT_EQ(find()->lifecycle.status, TenantStatus::kTerminating);
  EXPECT_EQ(registry_->finish_terminations(permits), 0);
  in_flight->settle({});
  EXPECT_EQ(registry_->finish_terminations(permits), 1);
  EXPECT_EQ(find()->lifecycle.status, TenantStatus::kArchived);
  EXPECT_EQ(registry_->finish_terminations(permits), 0);
  EXPECT_EQ(reason_of(registry_->resume(permit<Action::kTenantsResume>())), "tenant.state");
  EXPECT_EQ(reason_of(registry_->update(admin_permit<Action::kTenantsUpdate>(), {{"owner", "x"}}, version())),
            "tenant.state");
  EXPECT_EQ(reload(), "acme-corp=unchanged");
  put_acme("description: back\n");
  EXPECT_EQ(reload(), "acme-corp=rejected");
}

// A protected tenant is not deleted until its protection is lifted.
TEST_F(RegistryTest, ProtectionHolds) {
  put_acme("protect: true\n");
  ASSERT_EQ(reload(), "acme-corp=created");
  EXPECT_EQ(reason_of(registry_->remove(permit<Action::kTenantsDelete>())), "tenant.protected");
  ASSERT_TRUE(registry_->update(admin_permit<Action::kTenantsUpdate>(), {{"protect", false}}, 1));
  EXPECT_EQ(reason_of(registry_->remove(permit<Action::kTenantsDelete>())), "made");
}

// Lists are filtered by every criterion and paged by id without gaps or repeats.
TEST_F(RegistryTest, ListsAreFilteredAndPaged) {
  for (int i = 0; i < 5; ++i) {
    auto draft = declaration("t" + std::to_string(i), (i % 2 == 0 ? "Even " : "Odd ") + std::to_string(i));
    draft.plan = i < 3 ? snapshot::Plan::kPro : snapshot::Plan::kFree;
    draft.labels["tier"] = i == 4 ? "gold" : "silver";
    ASSERT_TRUE(registry_->create(permit<Action::kTenantsCreate>(), draft));
  }
  ASSERT_TRUE(registry_->suspend(permit<Action::kTenantsSuspend>("t1"), "unpaid"));
  auto list = permit<Action::kTenantsList>();
  EXPECT_THAT(ids(registry_->list(list, {.status = TenantStatus::kSuspended}, "", 10)), ElementsAre("t1"));
  EXPECT_THAT(ids(registry_->list(list, {.plan = snapshot::Plan::kPro}, "", 10)),
              ElementsAre("t0", "t1", "t2"));
  EXPECT_THAT(ids(registry_->list(list, {.labels = {{"tier", "gold"}}}, "", 10)), ElementsAre("t4"));
  EXPECT_THAT(ids(registry_->list(list, {.name_prefix = "eVEN"}, "", 10)), ElementsAre("t0", "t2", "t4"));
  std::vector<std::string> seen;
  std::string after;
  do {
    TenantPage page = registry_->list(list, {}, after, 2);
    for (const std::string& id : ids(page)) seen.push_back(id);
    after = page.next;
  } while (!after.empty());
  EXPECT_THAT(seen, ElementsAre("t0", "t1", "t2", "t3", "t4"));
}

// What the ledger says was granted counts as spent from the first moment after a restart.
TEST_F(RegistryTest, BudgetsAreRestoredAtLoad) {
  put_acme("time_zone: UTC\n");
  put("acme-corp", "router.yaml", "budget: {daily_limit_usd: 10}\n");
  ASSERT_EQ(reload(), "acme-corp=created");
  EXPECT_EQ(find()->meter->budget_used(), 0);
  ledger_.grants.push_back({"acme-corp", {"day:2026-11-25", PicoDollars::dollars(9)}});
  restart();
  EXPECT_FALSE(find()->meter->admit({.cost = PicoDollars::dollars(2)}));
  EXPECT_TRUE(find()->meter->admit({.cost = PicoDollars::dollars(1)}));
}

// Whatever is asked in whatever order, versions only grow and what readers see is what a restart brings back.
TEST_F(RegistryTest, AnyOrderOfChangesIsStoredAsSeen) {
  ASSERT_TRUE(registry_->create(permit<Action::kTenantsCreate>(), declaration("acme-corp", "Acme")));
  rc::check("random walks", [&] {
    std::int64_t before = version();
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        (void)registry_->suspend(permit<Action::kTenantsSuspend>(), "r");
        break;
      case 1:
        (void)registry_->resume(permit<Action::kTenantsResume>());
        break;
      default:
        (void)registry_->update(permit<Action::kTenantsUpdate>(), {{"owner", std::to_string(before)}},
                                before);
    }
    RC_ASSERT(version() == before || version() == before + 1);
  });
  snapshot::SnapshotPtr seen = find();
  restart();
  EXPECT_EQ(find()->lifecycle.version, seen->lifecycle.version);
  EXPECT_EQ(find()->lifecycle.status, seen->lifecycle.status);
  EXPECT_EQ(find()->tenant.owner, seen->tenant.owner);
  EXPECT_EQ(find()->revision, seen->revision);
}

}  // namespace
}  // namespace bailiwick::bundles
