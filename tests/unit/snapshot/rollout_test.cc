#include "snapshot/rollout.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "policy/rule_files.h"

namespace bailiwick::snapshot {
namespace {

using tenancy::Action;
using Verdict = Rollout::Verdict;

policy::RulesPtr rules() {
  std::string text = R"(@id("no-ask") forbid(principal, action == Bailiwick::Action::"ask", resource);)";
  auto read = policy::read_rules({{"a.cedar", text}}, "", policy::RulesOf::kTenant).value();
  return policy::Rules::compile(read.operations).value();
}

Rollout rollout(RolloutPolicy policy, RolloutState state = {}, const policy::RulesPtr& after = nullptr) {
  return {rules(), after, "b", std::move(policy), std::move(state)};
}

const WallTime kStart = parse_rfc3339("2026-11-25T12:00:00Z").value();
const RolloutPolicy kQuick{.min_samples = 2, .min_stage_time = std::chrono::minutes(10)};

TEST(RolloutTest, AStageLastsLongEnoughAndSeesEnough) {
  Rollout stage = rollout(kQuick, {.stage_since = kStart});
  EXPECT_EQ(stage.verdict(kStart + std::chrono::hours(1)), Verdict::kStay) << "nobody came";
  stage.note("a", Action::kAsk, policy::RuleChange::kNone);
  stage.note("a", Action::kAsk, policy::RuleChange::kNone);
  EXPECT_EQ(stage.verdict(kStart + std::chrono::minutes(9)), Verdict::kStay);
  EXPECT_EQ(stage.verdict(kStart + std::chrono::minutes(10)), Verdict::kAdvance);
  EXPECT_EQ(rollout(kQuick, {.status = RolloutStatus::kUndone}).verdict(kStart), Verdict::kStay);
}

TEST(RolloutTest, WhatCannotBeEvaluatedUndoesIt) {
  Rollout stage = rollout({.max_errors = 1}, {.stage_since = kStart});
  for (int i = 0; i < 100; ++i) stage.note("one", Action::kAsk, policy::RuleChange::kFaulty);
  EXPECT_EQ(stage.counts().faulty, 1) << "a principal counts once, however often it asks";
  EXPECT_EQ(stage.verdict(kStart), Verdict::kStay);
  stage.note("two", Action::kAsk, policy::RuleChange::kFaulty);
  EXPECT_EQ(stage.verdict(kStart), Verdict::kUndo);
}

TEST(RolloutTest, LooseningsUndoItUntilSomebodyApproves) {
  RolloutPolicy policy{.max_flips = 1};
  auto loosen = [](const Rollout& stage) {
    stage.note("one", Action::kAsk, policy::RuleChange::kLooser);
    stage.note("one", Action::kRetrieve, policy::RuleChange::kLooser);
  };
  Rollout unapproved = rollout(policy, {.stage_since = kStart});
  loosen(unapproved);
  EXPECT_EQ(unapproved.verdict(kStart), Verdict::kUndo);
  Rollout approved = rollout(policy, {.stage_since = kStart, .approved_by = "grace"});
  loosen(approved);
  EXPECT_EQ(approved.verdict(kStart), Verdict::kStay);
  policy.automatic_rollback = false;
  Rollout held = rollout(policy, {.stage_since = kStart});
  loosen(held);
  EXPECT_EQ(held.verdict(kStart + std::chrono::days(30)), Verdict::kStay) << "it waits for somebody";
}

// However many denials somebody brings about, they move nothing.
RC_GTEST_PROP(RolloutProperty, DenialsUndoNothing, (std::vector<std::string> subjects)) {
  Rollout stage = rollout({.max_errors = 0, .max_flips = 0}, {.stage_since = kStart});
  for (const std::string& subject : subjects) stage.note(subject, Action::kAsk, policy::RuleChange::kNone);
  RC_ASSERT(stage.verdict(kStart) != Verdict::kUndo);
}

TEST(RolloutTest, ItReachesTheSameOnesAndAboutAsManyAsItSays) {
  RolloutPolicy policy{.stages = {0, 10, 50, 100}};
  Rollout none = rollout(policy), tenth = rollout(policy, {.stage = 1}), half = rollout(policy, {.stage = 2});
  int in_tenth = 0, in_half = 0, in_both_revisions = 0;
  Rollout other = rollout(policy, {.stage = 2}, rules());
  for (int i = 0; i < 10'000; ++i) {
    std::string subject = fmt::format("token:{}", i);
    EXPECT_FALSE(none.reaches(subject));
    EXPECT_TRUE(!tenth.reaches(subject) || half.reaches(subject)) << "who is reached stays reached";
    EXPECT_TRUE(rollout(policy, {.stage = 3}).reaches(subject));
    in_tenth += tenth.reaches(subject);
    in_half += half.reaches(subject);
    in_both_revisions += half.reaches(subject) && other.reaches(subject);
  }
  EXPECT_NEAR(in_tenth, 1000, 150);
  EXPECT_NEAR(in_half, 5000, 300);
  EXPECT_NEAR(in_both_revisions, 2500, 300) << "not the same ones for other rules";
  EXPECT_FALSE(rollout(policy, {.status = RolloutStatus::kUndone, .stage = 3}).reaches("token:1"));
}

}  // namespace
}  // namespace bailiwick::snapshot
