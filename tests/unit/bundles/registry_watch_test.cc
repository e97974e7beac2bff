// The watchdog: each kind of difference is found, told once, and tampering stops changes until somebody
// looked.
#include "support/signing.h"
#include "unit/bundles/registry_rig.h"

namespace bailiwick::bundles {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing_support::key_of, testing_support::sign, testing_support::signer_yaml,
    testing_support::statement;

constexpr std::uint64_t kRoot = 9, kAda = 1;

class RegistryWatchTest : public RegistryTest {
 protected:
  void SetUp() override {
    signing_ = {.signatures = Signatures::kRequired, .platform_keys = {key_of(kRoot).public_key()}};
    RegistryTest::SetUp();
    put_platform(1);
    put_tenant("one", 1);
    ASSERT_EQ(reload(), "_platform=created acme-corp=created");
  }
  void put_platform(std::int64_t serial, const std::string& more = "", const std::string& rules = "") {
    put("_platform", "signers.yaml", "signers:\n" + signer_yaml("ada", kAda, more));
    snapshot::FileTexts files{{"signers.yaml", "signers:\n" + signer_yaml("ada", kAda, more)}};
    if (!rules.empty()) {
      put("_platform", "guard.cedar", rules);
      files["guard.cedar"] = rules;
    }
    put("_platform", std::string(kEnvelopeFile), sign(statement("_platform", serial, files), {kRoot}));
  }
  void put_tenant(const std::string& owner, std::int64_t serial) {
    std::string text = "id: acme-corp\nname: Acme\nowner: " + owner + "\n";
    put("acme-corp", "tenant.yaml", text);
    put("acme-corp", std::string(kEnvelopeFile),
        sign(statement("acme-corp", serial, {{"tenant.yaml", text}}), {kAda}));
  }
  /// `kind subject` of each finding.
  std::vector<std::string> inspect(OnTampering action = OnTampering::kFreeze) {
    auto report = registry_->inspect(permit<Action::kBundlesInspect>(), action);
    EXPECT_TRUE(report);
    std::vector<std::string> found;
    for (const WatchFinding& finding : report->findings)
      found.push_back(std::string(name_of(finding.kind)) + " " + finding.subject);
    return found;
  }
  std::size_t recorded() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        ledger_.records, [](const auto& entry) { return entry.second.reason.starts_with("watch."); }));
  }
  auto suspend() { return registry_->suspend(admin_permit<Action::kTenantsSuspend>(), "to be safe"); }
};

TEST_F(RegistryWatchTest, NothingIsWrong) {
  EXPECT_EQ(registry_->last_inspection(permit<Action::kBundlesInspect>()).checked_at, "");
  EXPECT_THAT(inspect(), IsEmpty());
  EXPECT_EQ(registry_->last_inspection(permit<Action::kBundlesInspect>()).checked_at,
            "2026-11-25T12:00:00.000000Z");
  EXPECT_EQ(recorded(), 0u);
}

TEST_F(RegistryWatchTest, TamperingFreezesChangesUntilSomebodyLooked) {
  ASSERT_TRUE(
      store_->execute("UPDATE bundle_revisions SET files = '{\"tenant.yaml\": \"id: acme-corp\\nname: "
                      "Acme\\nowner: eve\\n\"}'"));
  EXPECT_THAT(inspect(OnTampering::kAlert),
              ElementsAre("tampered acme-corp", "tampered acme-corp", "drifted acme-corp"));
  EXPECT_EQ(find()->tenant.owner, "one") << "what holds is not touched";
  EXPECT_EQ(recorded(), 3u);
  EXPECT_NE(reload(), "bundles.frozen") << "only told";

  restart();
  EXPECT_THAT(inspect(), Contains(HasSubstr("tampered")));
  EXPECT_EQ(reload(), "bundles.frozen");
  auto pushed = registry_->push(admin_permit<Action::kBundlesPush>(), {{"tenant.yaml", "x"}}, std::nullopt);
  EXPECT_EQ(pushed.error().reason, "bundles.frozen");
  EXPECT_EQ(registry_->resume(admin_permit<Action::kTenantsResume>()).error().reason, "bundles.frozen");

  auto unfrozen = registry_->unfreeze(permit<Action::kBundlesUnfreeze>(), "restored from a backup");
  ASSERT_TRUE(unfrozen);
  EXPECT_FALSE(unfrozen->frozen);
  EXPECT_EQ(ledger_.records.back().second.action, "bundles.unfreeze");
  (void)inspect();
  EXPECT_NE(reload(), "bundles.frozen") << "the same finding does not freeze twice";
  EXPECT_EQ(registry_->unfreeze(permit<Action::kBundlesUnfreeze>(), "x").error().reason,
            "bundles.not_frozen");
}

TEST_F(RegistryWatchTest, AFrozenTenantCanStillBeSuspended) {
  ASSERT_TRUE(store_->execute("UPDATE bundle_revisions SET envelope = ''"));
  EXPECT_THAT(inspect(), ElementsAre("tampered acme-corp"));
  EXPECT_TRUE(suspend());
}

TEST_F(RegistryWatchTest, ThePlatformsOwnBundleIsWatched) {
  ASSERT_TRUE(store_->execute("UPDATE platform_revisions SET files = '{}'"));
  EXPECT_THAT(inspect(), ElementsAre("tampered _platform", "tampered _platform"));
  ASSERT_TRUE(store_->execute("DELETE FROM platform_revisions"));
  EXPECT_THAT(inspect(), ElementsAre("tampered _platform"));
}

// What a thief of the store may write, the watchdog reads.
TEST_F(RegistryWatchTest, NoRowOfTheStoreIsTrusted) {
  for (std::string_view signature :
       {"{\"signers\": [1]}", "{\"signers\": {}}", "{\"signers\": [{\"signer\": 7}]}"}) {
    ASSERT_TRUE(store_->execute("UPDATE bundle_revisions SET signature = :text", {{":text", signature}}));
    EXPECT_THAT(inspect(OnTampering::kAlert), ElementsAre("tampered acme-corp")) << signature;
  }
}

TEST_F(RegistryWatchTest, AStoredStateThatIsNotTheOneThatHolds) {
  ASSERT_TRUE(store_->execute("UPDATE tenants SET status = 'suspended'"));
  EXPECT_THAT(inspect(OnTampering::kAlert), ElementsAre("tampered acme-corp"));
  ASSERT_TRUE(store_->execute("UPDATE tenants SET status = 'active'"));
  EXPECT_THAT(inspect(OnTampering::kAlert), IsEmpty());
  ASSERT_TRUE(store_->execute("INSERT INTO rollouts VALUES ('acme-corp', 1, 'running', 0, 0, '')"));
  EXPECT_THAT(inspect(OnTampering::kAlert), ElementsAre("tampered acme-corp"));
  ASSERT_TRUE(store_->execute("DELETE FROM rollouts"));
  ASSERT_TRUE(store_->execute("DELETE FROM bundle_revisions"));
  ASSERT_TRUE(store_->execute("DELETE FROM tenants"));
  EXPECT_THAT(inspect(OnTampering::kAlert), Contains("tampered acme-corp")) << "it is served from memory";
}

TEST_F(RegistryWatchTest, KeysThatEnd) {
  put_platform(2, "    revoked: true\n");
  reload();
  EXPECT_THAT(inspect(), ElementsAre("signer_lapsed acme-corp"));
  put_platform(3);
  reload();
  clock_.advance(parse_rfc3339("2029-12-25T00:00:00Z").value() - clock_.wall());
  EXPECT_THAT(inspect(), ElementsAre("signer_expiring ada"));
  clock_.advance(std::chrono::hours(24 * 30));
  EXPECT_THAT(inspect(), ElementsAre("signer_lapsed acme-corp"));
}

TEST_F(RegistryWatchTest, DriftIsToldAndNothingMore) {
  put_tenant("two", 2);
  put_platform(2, "    person: Ada\n");
  EXPECT_THAT(inspect(), ElementsAre("drifted _platform", "drifted acme-corp"));
  EXPECT_THAT(inspect(), ElementsAre("drifted _platform", "drifted acme-corp"));
  EXPECT_EQ(recorded(), 2u) << "each is told once";
  EXPECT_EQ(reload(), "_platform=updated acme-corp=updated");
  EXPECT_THAT(inspect(), IsEmpty());
  put("beta-inc", "tenant.yaml", "id: beta-inc\nname: Beta\n");
  EXPECT_THAT(inspect(), ElementsAre("drifted beta-inc"));
}

TEST_F(RegistryWatchTest, ASourceThatIsGone) {
  std::filesystem::remove_all(tenants_);
  EXPECT_THAT(inspect(), ElementsAre("source_unreadable source"));
}

TEST_F(RegistryWatchTest, ATenantThatIsNotServed) {
  ASSERT_TRUE(store_->execute("UPDATE bundle_revisions SET envelope = ''"));
  restart();
  EXPECT_THAT(inspect(), ElementsAre("hidden acme-corp"));
}

TEST_F(RegistryWatchTest, ATenantWithoutTheGuardrails) {
  put_platform(
      2, "",
      R"(@id("no-deletes") forbid(principal, action == Bailiwick::Action::"corpus.delete", resource);)");
  auto before = std::make_shared<snapshot::TenantSnapshot>(*find());
  ASSERT_EQ(reload(), "_platform=updated acme-corp=unchanged");
  EXPECT_THAT(inspect(), IsEmpty());
  table_->put(before);
  EXPECT_THAT(inspect(), ElementsAre("unguarded acme-corp"));
}

TEST_F(RegistryWatchTest, WhatCannotBeRecordedIsTriedAgain) {
  ASSERT_TRUE(store_->execute("UPDATE bundle_revisions SET envelope = ''"));
  ledger_.full = true;
  EXPECT_FALSE(registry_->inspect(permit<Action::kBundlesInspect>(), OnTampering::kFreeze));
  EXPECT_EQ(reload(), "bundles.frozen") << "a full ledger keeps no freeze away";
  ledger_.full = false;
  EXPECT_THAT(inspect(), ElementsAre("tampered acme-corp"));
  EXPECT_EQ(recorded(), 1u);
}

}  // namespace
}  // namespace bailiwick::bundles
