// The platform's own bundle: it holds for every tenant or for none, outlives a restart, and is recorded.
#include "unit/bundles/registry_rig.h"

namespace bailiwick::bundles {
namespace {

using ::testing::HasSubstr;

class RegistryPlatformTest : public RegistryTest {
 protected:
  void put_platform(std::string_view quotas) { put("_platform", "quotas.yaml", quotas); }
  std::optional<std::int64_t> users(std::string_view tenant = "acme-corp") const {
    return find(tenant)->tenant.quotas.max_users;
  }
};

TEST_F(RegistryPlatformTest, TenantsInheritWhatTheyDoNotSay) {
  put_platform("defaults: {max_users: 5, max_concurrent_requests: 3}\n");
  put("acme-corp", "tenant.yaml", "id: acme-corp\nname: Acme\nquotas: {max_users: 9}\n");
  EXPECT_EQ(reload(), "_platform=created acme-corp=created");
  EXPECT_EQ(users(), 9);
  EXPECT_EQ(find()->inherited, (snapshot::QuotaOrigins{{"max_concurrent_requests", "defaults"}}));
  auto made = registry_->create(permit<Action::kTenantsCreate>(), declaration("beta-inc", "Beta"));
  ASSERT_TRUE(made);
  EXPECT_EQ(users("beta-inc"), 5);
  EXPECT_EQ(reload(), "_platform=unchanged acme-corp=unchanged");
}

// A new platform bundle reaches tenants whose own files did not change, and the limits that are enforced.
TEST_F(RegistryPlatformTest, AChangeReachesEveryTenantAtOnce) {
  put_acme();
  ASSERT_EQ(reload(), "acme-corp=created");
  std::string revision = find()->revision;
  auto meter = find()->meter;
  put_platform("defaults: {max_concurrent_requests: 1}\n");
  EXPECT_EQ(reload(), "_platform=created acme-corp=unchanged");
  EXPECT_EQ(find()->revision, revision);
  EXPECT_EQ(find()->meter, meter) << "what is counted goes on";
  auto first = meter->admit({});
  ASSERT_TRUE(first);
  EXPECT_FALSE(meter->admit({})) << "one at a time now";
  EXPECT_EQ(ledger_.records.back().second.resource, "platform:bundle");
  put_platform("# nothing\n");
  EXPECT_EQ(reload(), "_platform=updated acme-corp=unchanged");
  EXPECT_TRUE(meter->admit({}));
}

TEST_F(RegistryPlatformTest, ATenantAboveTheCeilingIsRefused) {
  put_platform("ceilings: {max_users: 5}\n");
  put("acme-corp", "tenant.yaml", "id: acme-corp\nname: Acme\nquotas: {max_users: 6}\n");
  EXPECT_EQ(reload(), "_platform=created acme-corp=rejected");
  EXPECT_THAT(last_report_.tenants[1].problems.at(0).where, HasSubstr("tenant.yaml:3:"));
  snapshot::TenantDeclaration above = declaration("beta-inc", "Beta");
  above.quotas.max_users = 6;
  auto refused = registry_->create(permit<Action::kTenantsCreate>(), above);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "bundle.invalid");
  above.quotas.max_users = 5;
  ASSERT_TRUE(registry_->create(permit<Action::kTenantsCreate>(), above));
  auto raised = registry_->update(admin_permit<Action::kTenantsUpdate>("beta-inc"),
                                  parse_json_object(R"({"quotas": {"max_users": 6}})").value(), 1);
  EXPECT_FALSE(raised);
}

// A ceiling below what a tenant has keeps out; lowered together with the tenant, it is taken.
TEST_F(RegistryPlatformTest, ACeilingThatATenantExceedsKeepsTheOldBundle) {
  put_platform("ceilings: {max_users: 10}\n");
  put("acme-corp", "tenant.yaml", "id: acme-corp\nname: Acme\nquotas: {max_users: 9}\n");
  put("beta-inc", "tenant.yaml", "id: beta-inc\nname: Beta\n");
  ASSERT_EQ(reload(), "_platform=created acme-corp=created beta-inc=created");
  put_platform("ceilings: {max_users: 8}\n");
  EXPECT_EQ(reload(), "_platform=rejected acme-corp=unchanged beta-inc=unchanged");
  EXPECT_THAT(last_report_.tenants[0].problems.at(0).where, HasSubstr("acme-corp/tenant.yaml:"));
  EXPECT_EQ(users("beta-inc"), 10) << "nothing half-applied";
  put("acme-corp", "tenant.yaml", "id: acme-corp\nname: Acme\nquotas: {max_users: 8}\n");
  EXPECT_EQ(reload(), "_platform=updated acme-corp=updated beta-inc=unchanged");
  EXPECT_EQ(users("beta-inc"), 8);
}

TEST_F(RegistryPlatformTest, ItOutlivesARestartAndItsFolder) {
  put_platform("defaults: {max_users: 5}\n");
  put_acme();
  reload();
  restart();
  EXPECT_EQ(users(), 5);
  std::filesystem::remove_all(tenants_ / "_platform");
  EXPECT_EQ(reload(), "_platform=missing acme-corp=unchanged");
  EXPECT_EQ(users(), 5);
}

TEST_F(RegistryPlatformTest, ABadOrUnrecordedBundleChangesNothing) {
  put_platform("defaults: {max_users: 5}\n");
  put_acme();
  reload();
  std::string revision = last_report_.tenants[0].revision;
  for (std::string_view bad : {"defaults: {max_userz: 5}\n", "defaults: [", "defaults: {max_users: -1}\n"}) {
    put_platform(bad);
    EXPECT_EQ(reload(), "_platform=rejected acme-corp=unchanged") << bad;
    EXPECT_THAT(last_report_.tenants[0].problems.at(0).where, HasSubstr("_platform/quotas.yaml:")) << bad;
    EXPECT_EQ(last_report_.tenants[0].revision, revision);
  }
  put_platform("defaults: {max_users: 6}\n");
  ledger_.full = true;
  EXPECT_EQ(reload(), "_platform=rejected acme-corp=unchanged");
  ledger_.full = false;
  EXPECT_EQ(users(), 5);
  restart();
  EXPECT_EQ(users(), 5);
  put("_platform", "guard.yaml", "a: b\n");
  EXPECT_EQ(reload(), "_platform=rejected acme-corp=unchanged") << "a file that nothing reads is refused";
}

TEST_F(RegistryPlatformTest, GuardrailsReachEveryTenantAtOnce) {
  put_acme();
  reload();
  put("_platform", "guard.cedar",
      "@id(\"no-chat\") forbid (principal, action == Bailiwick::Action::\"models.chat\", resource);");
  EXPECT_EQ(reload(), "_platform=created acme-corp=unchanged");
  ASSERT_TRUE(find()->guardrails);
  EXPECT_EQ(find()->guardrails->size(), 1u);
  EXPECT_EQ(find()->rules_revision, "+platform-" + last_report_.tenants[0].revision);
  restart();
  ASSERT_TRUE(find()->guardrails);
  EXPECT_EQ(find()->guardrails->size(), 1u);
  put("_platform", "guard.cedar",
      "@id(\"all\") permit (principal, action == Bailiwick::Action::\"ask\", resource);");
  EXPECT_EQ(reload(), "_platform=rejected acme-corp=unchanged") << "a guardrail forbids";
  EXPECT_THAT(last_report_.tenants[0].problems.at(0).where, HasSubstr("_platform/guard.cedar:1:1"));
  EXPECT_EQ(find()->guardrails->size(), 1u);
}

}  // namespace
}  // namespace bailiwick::bundles
