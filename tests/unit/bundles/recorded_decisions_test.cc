// What came out otherwise reaches who changes a bundle, and the record of the change.
#include "recorded_samples.h"
#include "registry_rig.h"

namespace bailiwick::bundles {
namespace {

using tenancy::Role;
using ::testing::SizeIs;

class FakeDecisions final : public RecordedDecisions {
 public:
  Result<Recorded> latest(const tenancy::TenantId& tenant) const override {
    asked.push_back(tenant.str());
    if (unreadable)
      return fail(ErrorCode::kUnavailable, "bundle.decisions_unreadable", "the chain is damaged");
    return recorded;
  }
  mutable std::vector<std::string> asked;
  Recorded recorded;
  bool unreadable = false;
};

class RecordedDecisionsTest : public RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    put_acme();
    table_ = std::make_unique<snapshot::TenantTable>();
    registry_ = std::make_unique<TenantRegistry>(
        TenantRegistry::Ports{*store_, ledger_, slices_, *table_, clock_, random_, sandbox_, &decisions_},
        std::make_unique<FolderSource>(tenants_), signing_);
    ASSERT_TRUE(registry_->load());
    ASSERT_EQ(reload(), "acme-corp=created");
    decisions_.recorded = {
        .decisions = {operation(9, Role::kOwner, Action::kCorpusDelete, "allow", "role.owner", 4),
                      operation(8, Role::kOwner, Action::kAsk, "allow", "role.owner")},
        .skipped = 2};
    ledger_.records.clear();
  }
  Result<Taken> push(Apply apply = Apply::kCommit) {
    return registry_->push(owner_permit<Action::kBundlesPush>(), with_forbid(), std::nullopt, apply);
  }
  /// Of who may read the ledger, unless `scopes` leave that out.
  template <Action A>
  static tenancy::Permit<A> owner_permit(std::vector<std::string> scopes = {}) {
    auto owner = std::make_shared<tenancy::Principal>();
    owner->subject = "token:tok_owner";
    owner->tenant = tenancy::TenantId::parse("acme-corp").value();
    owner->bindings = {{.role = Role::kOwner, .program = {}, .name_space = {}}};
    owner->scopes = std::move(scopes);
    return tenancy::Permit<A>(testing_support::PermitMaker::badge(),
                              testing_support::PermitMaker::scope("acme-corp"), std::move(owner), "rev-test");
  }
  static snapshot::FileTexts with_forbid() {
    return {
        {"tenant.yaml", "id: acme-corp\nname: Acme\nquotas: {max_requests_per_minute: 5}\n"},
        {"own.cedar",
         R"(@id("no-deletes") forbid (principal, action == Bailiwick::Action::"corpus.delete", resource);)"}};
  }
  static void expect_counted(const Replay& replay) {
    EXPECT_EQ(replay.replayed, 5);
    EXPECT_EQ(replay.skipped, 2);
    EXPECT_EQ(replay.flips_total, 4);
  }
  static void expect_told(const Replay& replay) {
    expect_counted(replay);
    ASSERT_THAT(replay.flips, SizeIs(1));
    EXPECT_EQ(replay.flips[0].sequence, 9);
    EXPECT_EQ(replay.flips[0].reason, "rule.no-deletes");
  }
  FakeDecisions decisions_;
};

TEST_F(RecordedDecisionsTest, APushTellsTheFlipsAndIsTaken) {
  auto tried = push(Apply::kDryRun);
  ASSERT_TRUE(tried) << tried.error().message;
  expect_told(tried->replay);
  EXPECT_THAT(ledger_.records, SizeIs(0));
  auto pushed = push();
  ASSERT_TRUE(pushed) << pushed.error().message;
  expect_told(pushed->replay);
  EXPECT_EQ(find()->revision, pushed->tenant->revision);
  ASSERT_THAT(ledger_.records, SizeIs(1));
  const json::object& kept = ledger_.records[0].second.extra.at("replay").as_object();
  EXPECT_EQ(kept.at("replayed"), json::value(5));
  EXPECT_EQ(kept.at("flips_total"), json::value(4));
  EXPECT_EQ(kept.at("flips").at(0).at("subject"), json::value("token:tok_1"));
  EXPECT_EQ(decisions_.asked.back(), "acme-corp");
}

TEST_F(RecordedDecisionsTest, WhatIsActiveIsNotReplayedAgain) {
  ASSERT_TRUE(push());
  std::size_t asked = decisions_.asked.size();
  auto again = push();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->replay.replayed, 0);
  EXPECT_EQ(decisions_.asked.size(), asked);
}

TEST_F(RecordedDecisionsTest, ARollbackAndAnUpdateTellThemToo) {
  ASSERT_TRUE(push());
  decisions_.recorded.decisions = {
      operation(12, Role::kOwner, Action::kCorpusDelete, "deny", "rule.no-deletes")};
  auto updated = registry_->update(owner_permit<Action::kTenantsUpdate>(), {{"owner", "ada"}}, version());
  ASSERT_TRUE(updated) << updated.error().message;
  EXPECT_EQ(updated->replay.replayed, 1);
  EXPECT_EQ(updated->replay.flips_total, 0);
  auto back = registry_->activate(owner_permit<Action::kBundlesActivate>(), 1, std::nullopt);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->replay.flips_total, 1);
  EXPECT_EQ(back->replay.flips.at(0).now, Decided::kAllow);
}

// Flips say what stands in the ledger, so a token that may not read that hears how many.
TEST_F(RecordedDecisionsTest, WhoDoesNotReadTheLedgerIsToldHowMany) {
  auto told = [&](std::vector<std::string> scopes) {
    return registry_
        ->push(owner_permit<Action::kBundlesPush>(std::move(scopes)), with_forbid(), std::nullopt,
               Apply::kDryRun)
        .value()
        .replay;
  };
  expect_told(told({"bundles.*", "ledger.read"}));
  expect_counted(told({"bundles.*"}));
  EXPECT_THAT(told({"bundles.*"}).flips, SizeIs(0));
}

// Who asked for what is the tenant's: the platform hears how many, and the tenant's chain has the rest.
TEST_F(RecordedDecisionsTest, ThePlatformIsToldHowMany) {
  auto tried =
      registry_->push(admin_permit<Action::kBundlesPush>(), with_forbid(), std::nullopt, Apply::kDryRun);
  ASSERT_TRUE(tried) << tried.error().message;
  expect_counted(tried->replay);
  EXPECT_THAT(tried->replay.flips, SizeIs(0));
  put("acme-corp", "own.cedar", with_forbid().at("own.cedar"));
  ASSERT_EQ(reload(), "acme-corp=updated");
  expect_counted(last_report_.tenants[0].replay);
  EXPECT_THAT(last_report_.tenants[0].replay.flips, SizeIs(0));
  EXPECT_EQ(ledger_.records.back().second.extra.at("replay").at("flips").as_array().size(), 1u);
}

// A chain that cannot be read refuses the bundle, on the record, and the old one goes on.
TEST_F(RecordedDecisionsTest, WhatCannotBeReadRefuses) {
  std::string revision = find()->revision;
  decisions_.unreadable = true;
  auto refused = push();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "bundle.decisions_unreadable");
  ASSERT_THAT(ledger_.records, SizeIs(1));
  EXPECT_EQ(ledger_.records[0].second.reason, "bundle.decisions_unreadable");
  EXPECT_EQ(find()->revision, revision);
}

}  // namespace
}  // namespace bailiwick::bundles
