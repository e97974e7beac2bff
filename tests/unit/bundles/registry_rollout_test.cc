// Rollouts: begun by what an active revision asks for, moved by time and use, ended by failure or by people,
// stored and recorded at each step.
#include <fmt/format.h>

#include "unit/bundles/registry_rig.h"

namespace bailiwick::bundles {
namespace {

using snapshot::RolloutStatus;
using namespace std::chrono_literals;

constexpr std::string_view kStaged =
    "rollout: {stages: [0, 50, 100], min_samples: 1, min_stage_time: 10m, max_flips: 0}\n";

class RegistryRolloutTest : public RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    take("ask", kStaged);
    ASSERT_EQ(find()->rollout, nullptr) << "the first revision holds for everyone";
  }
  /// A revision that forbids this action alone.
  void take(std::string_view action, std::string_view governance = kStaged) {
    put_acme();
    put("acme-corp", "rules.cedar",
        fmt::format("@id(\"no\") forbid(principal, action == Bailiwick::Action::\"{}\", resource);\n",
                    action));
    put("acme-corp", "policies/governance.yaml", governance);
    reload();
    ASSERT_TRUE(last_report_.clean());
  }
  std::int64_t move() {
    return registry_
        ->move_rollouts([](const tenancy::TenantId&) { return permit<Action::kBundlesActivate>(); })
        .value();
  }
  std::string steer(RolloutStep step, bool same_person = false) {
    auto permit = same_person ? RegistryTest::permit<Action::kBundlesActivate>()
                              : admin_permit<Action::kBundlesActivate>();
    auto steered = registry_->steer_rollout(permit, step, find()->revision);
    return steered ? "" : steered.error().reason;
  }
  void see(policy::RuleChange change = policy::RuleChange::kNone) {
    find()->rollout->note("token:1", Action::kAsk, change);
  }
  std::int64_t percent() const { return find()->rollout ? find()->rollout->percent() : 100; }
  std::string last_step() const {
    const json::object& extra = ledger_.records.back().second.extra;
    return extra.contains("step") ? std::string(extra.at("step").as_string()) : "";
  }
};

TEST_F(RegistryRolloutTest, ItGoesThroughItsStages) {
  take("retrieve");
  EXPECT_EQ(percent(), 0);
  EXPECT_EQ(find()->rollout->state().baseline_serial, 1);
  EXPECT_EQ(move(), 0);
  see();
  EXPECT_EQ(move(), 0) << "not long enough";
  clock_.advance(10min);
  EXPECT_EQ(move(), 1);
  EXPECT_EQ(percent(), 50);
  EXPECT_EQ(last_step(), "advanced");
  EXPECT_EQ(ledger_.records.back().second.extra.at("percent"), json::value(50));
  clock_.advance(10min);
  EXPECT_EQ(move(), 0) << "a stage sees for itself";
  see();
  EXPECT_EQ(move(), 1);
  EXPECT_EQ(find()->rollout, nullptr);
  EXPECT_EQ(last_step(), "finished");
  restart();
  EXPECT_EQ(find()->rollout, nullptr);
}

TEST_F(RegistryRolloutTest, WhatIsUndoneStaysUndoneUntilAnotherRevision) {
  take("retrieve");
  see(policy::RuleChange::kLooser);
  EXPECT_EQ(move(), 1);
  EXPECT_EQ(last_step(), "undone");
  EXPECT_EQ(find()->rollout->state().status, RolloutStatus::kUndone);
  restart();
  EXPECT_EQ(find()->rollout->state().status, RolloutStatus::kUndone);
  EXPECT_EQ(find()->rollout->before().size(), 1u);
  EXPECT_EQ(steer(RolloutStep::kApprove), "rollout.undone");
  put_acme("owner: somebody\n");
  reload();
  EXPECT_EQ(find()->rollout->state().status, RolloutStatus::kUndone)
      << "the same rules are no other revision's";
  take("corpus.read");
  EXPECT_EQ(find()->rollout->state().status, RolloutStatus::kRunning);
  EXPECT_EQ(find()->rollout->state().baseline_serial, 1) << "from what held for everyone last";
  take("ask");
  EXPECT_EQ(find()->rollout, nullptr) << "back to the rules of before";
}

TEST_F(RegistryRolloutTest, SomebodyElseApprovesOrFinishes) {
  take("retrieve");
  EXPECT_EQ(
      registry_->steer_rollout(admin_permit<Action::kBundlesActivate>(), RolloutStep::kFinish, "another")
          .error()
          .reason,
      "rollout.revision");
  EXPECT_EQ(steer(RolloutStep::kApprove, true), "rollout.own");
  EXPECT_EQ(steer(RolloutStep::kFinish, true), "rollout.own");
  EXPECT_EQ(steer(RolloutStep::kApprove), "");
  EXPECT_EQ(ledger_.records.back().second.extra.at("approved_by"), json::value("token:tok_admin"));
  see(policy::RuleChange::kLooser);
  EXPECT_EQ(move(), 0) << "approved";
  EXPECT_EQ(steer(RolloutStep::kUndo, true), "") << "stopping it needs nobody else";
  EXPECT_EQ(percent(), 0);
  EXPECT_EQ(steer(RolloutStep::kFinish), "");
  EXPECT_EQ(find()->rollout, nullptr);
  EXPECT_EQ(steer(RolloutStep::kFinish), "rollout.none");
}

// A revision that asks for no rollout is no way around the one that is under way, nor around the first.
TEST_F(RegistryRolloutTest, ARolloutIsNotVotedOut) {
  take("retrieve", "{}\n");
  EXPECT_EQ(percent(), 0);
  take("corpus.read", "{}\n");
  EXPECT_EQ(percent(), 0);
  EXPECT_EQ(find()->rollout->state().baseline_serial, 1);
  see();
  clock_.advance(10min);
  EXPECT_EQ(move(), 1);
  see();
  clock_.advance(10min);
  EXPECT_EQ(move(), 1);
  take("ask", "{}\n");
  EXPECT_EQ(find()->rollout, nullptr) << "now it is";
}

// Nor is dropping the policy first, with the same rules, and loosening them after.
TEST_F(RegistryRolloutTest, ThePolicyIsNotDroppedFirst) {
  take("ask", "{}\n");
  EXPECT_EQ(percent(), 0) << "to ask for no rollout is rolled out";
  take("retrieve", "{}\n");
  EXPECT_EQ(percent(), 0);
  EXPECT_EQ(find()->rollout->state().baseline_serial, 1);
}

// Nor is being out of sight.
TEST_F(RegistryRolloutTest, AHiddenTenantHasItsBaselineToo) {
  take("retrieve");
  ASSERT_TRUE(store_->execute("UPDATE bundle_revisions SET files = '{}' WHERE serial = 2"));
  restart();
  ASSERT_EQ(find(), nullptr);
  take("retrieve");
  EXPECT_EQ(percent(), 0);
  EXPECT_EQ(find()->rollout->state().baseline_serial, 1);
}

TEST_F(RegistryRolloutTest, UnrelatedChangesLeaveItWhereItIs) {
  take("retrieve");
  see();
  clock_.advance(10min);
  ASSERT_EQ(move(), 1);
  snapshot::RolloutPtr running = find()->rollout;
  put_acme("owner: somebody\n");
  reload();
  EXPECT_EQ(find()->tenant.owner, "somebody");
  EXPECT_EQ(find()->rollout, running);
}

TEST_F(RegistryRolloutTest, AStepThatIsNotRecordedIsNotTaken) {
  take("retrieve");
  see();
  clock_.advance(10min);
  ledger_.full = true;
  EXPECT_FALSE(
      registry_->move_rollouts([](const tenancy::TenantId&) { return permit<Action::kBundlesActivate>(); }));
  EXPECT_EQ(percent(), 0);
  ledger_.full = false;
  restart();
  EXPECT_EQ(percent(), 0);
}

// Over a store that was tampered with nothing is loosened further, and what is under way can be stopped.
TEST_F(RegistryRolloutTest, AFreezeStopsItAndItCanBeUndone) {
  take("retrieve");
  see();
  clock_.advance(10min);
  ASSERT_TRUE(store_->execute("UPDATE rollouts SET stage = 1"));
  ASSERT_TRUE(registry_->inspect(permit<Action::kBundlesInspect>(), OnTampering::kFreeze)->frozen);
  EXPECT_EQ(move(), 0);
  EXPECT_EQ(steer(RolloutStep::kFinish), "bundles.frozen");
  EXPECT_EQ(steer(RolloutStep::kUndo), "");
  EXPECT_EQ(percent(), 0);
}

TEST_F(RegistryRolloutTest, ItOutlivesOtherChangesAndNotItsBaseline) {
  take("retrieve");
  snapshot::RolloutPtr running = find()->rollout;
  ASSERT_TRUE(registry_->suspend(admin_permit<Action::kTenantsSuspend>(), "to look"));
  EXPECT_EQ(find()->rollout, running);
  ASSERT_TRUE(store_->execute("DELETE FROM bundle_revisions WHERE serial = 1"));
  restart();
  EXPECT_EQ(find(), nullptr) << "without the rules of before, the new ones would hold for everyone";
}

}  // namespace
}  // namespace bailiwick::bundles
