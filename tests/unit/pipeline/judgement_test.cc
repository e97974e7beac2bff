// What follows for the whole from what the rules say of each score.
#include "pipeline/judgement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::pipeline {
namespace {

using snapshot::EvaluationPolicy, snapshot::ScoreBounds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class JudgementTest : public testing::Test {
 protected:
  void threshold(const std::string& name, bool critical = false) {
    policy_.thresholds.by_score[name] = ScoreBounds{.min = snapshot::Bound{5000}, .critical = critical};
  }
  void give(const std::string& name, double value) {
    evaluation_.scores[name] = {value, policy::decimals_around(value).value()};
  }
  /// Thresholds are kept as they say; `denied_` is what other rules forbid.
  Judgement judged() {
    return judge(policy_, evaluation_, [this](const policy::Facts& facts) -> Status {
      ++asked_;
      std::string name(facts.score);
      if (denied_.contains(name)) return fail(ErrorCode::kForbidden, "rule.own", "no; never");
      auto bounds = policy_.thresholds.by_score.find(name);
      bool missed = bounds != policy_.thresholds.by_score.end() &&
                    facts.value->floor < bounds->second.min->ten_thousandths;
      if (missed) return fail(ErrorCode::kForbidden, "evaluation." + name, "too low");
      return {};
    });
  }
  std::string verdict() {
    Judgement made = judged();
    return std::string(name_of(made.verdict)) + (made.note.empty() ? "" : ": " + made.note);
  }

  EvaluationPolicy policy_{};
  Evaluation evaluation_{.scores = {}, .samples = 20};
  std::set<std::string> denied_;
  int asked_ = 0;
};

TEST_F(JudgementTest, PassesWhenEveryScoreDoes) {
  threshold("a", true);
  threshold("b");
  give("a", 0.5);
  give("b", 0.9);
  give("c", 0);
  EXPECT_EQ(verdict(), "pass");
  EXPECT_EQ(asked_, 3) << "each score is one question, be it bounded or not";
}

TEST_F(JudgementTest, OneCriticalFailureFailsTheWhole) {
  threshold("a", true);
  for (const char* mild : {"b", "c", "d"}) threshold(mild), give(mild, 1);
  give("a", 0.4999);
  EXPECT_EQ(verdict(), "fail: critical and failed: a");
  Judgement made = judged();
  EXPECT_FALSE(made.scores[0].passed());
  EXPECT_EQ(made.scores[0].code, "evaluation.a");
  EXPECT_EQ(made.scores[0].reason, "too low");
}

// What is left out cannot be a way round a critical threshold; another one is only listed.
TEST_F(JudgementTest, ACriticalScoreThatIsMissingFails) {
  threshold("a");
  threshold("b");
  give("a", 1);
  EXPECT_EQ(verdict(), "pass");
  EXPECT_THAT(judged().missing, ElementsAre("b"));
  threshold("b", true);
  EXPECT_EQ(verdict(), "fail: critical and not given: b");
}

TEST_F(JudgementTest, MildFailuresFailTheWholeWhenTheyAreTheMost) {
  for (const char* name : {"a", "b", "c", "d"}) threshold(name);
  give("a", 0);
  give("b", 0);
  give("c", 1);
  give("d", 1);
  EXPECT_EQ(verdict(), "pass") << "half is not more than half";
  give("c", 0);
  EXPECT_EQ(verdict(), "fail: 3 of 4 scores with a threshold failed");
  for (const char* loose : {"x", "y", "z"}) give(loose, 1);
  EXPECT_EQ(verdict(), "fail: 3 of 4 scores with a threshold failed")
      << "what nothing bounds counts for nothing";
}

// A forbid that is no threshold cannot be outweighed, whatever the threshold says of the score.
TEST_F(JudgementTest, OtherRulesAreCritical) {
  threshold("a");
  threshold("b");
  give("a", 1);
  give("b", 1);
  denied_ = {"b"};
  EXPECT_EQ(verdict(), "fail: critical and failed: b");
  give("c", 1);
  denied_ = {"c"};
  EXPECT_EQ(verdict(), "fail: critical and failed: c");
}

TEST_F(JudgementTest, NothingIsJudgedThatIsTooFewOrDisabled) {
  threshold("a", true);
  give("a", 0);
  evaluation_.samples = 19;
  EXPECT_EQ(verdict(), "unjudged: 19 samples are fewer than min_samples, 20");
  evaluation_.samples = 20;
  policy_.enabled = false;
  EXPECT_EQ(verdict(), "unjudged: evaluation is disabled by policies/evaluation.yaml");
  EXPECT_EQ(asked_, 0);
  EXPECT_THAT(judged().scores, IsEmpty());
  EXPECT_THAT(judged().missing, IsEmpty());
}

// A misspelt name is no pass.
TEST_F(JudgementTest, ScoresThatNothingBoundsAreNotJudgedGood) {
  give("faithfullness", 1);
  EXPECT_EQ(verdict(), "unjudged: no threshold speaks of the scores that were given");
  threshold("faithfulness");
  EXPECT_EQ(verdict(), "unjudged: no threshold speaks of the scores that were given");
  evaluation_.scores.clear();
  EXPECT_EQ(verdict(), "unjudged: no threshold speaks of the scores that were given");
}

TEST_F(JudgementTest, AThresholdOfTheRulesOfBeforeIsCritical) {
  give("old", 0);
  auto ask = [](const policy::Facts&) -> Status {
    return fail(ErrorCode::kForbidden, "evaluation.old", "too low");
  };
  EXPECT_EQ(judge(policy_, evaluation_, ask).verdict, Verdict::kFail);
}

// A better score never makes a verdict worse.
RC_GTEST_FIXTURE_PROP(JudgementTest, IsMonotonic, ()) {
  for (std::string name : {"a", "b", "c"}) {
    if (*rc::gen::arbitrary<bool>()) threshold(name, *rc::gen::arbitrary<bool>());
    if (*rc::gen::arbitrary<bool>()) give(name, *rc::gen::element(0.0, 1.0));
  }
  Verdict before = judged().verdict;
  for (auto& [name, given] : evaluation_.scores) given = {1, policy::decimals_around(1).value()};
  Verdict after = judged().verdict;
  RC_ASSERT(after == before || before == Verdict::kFail);
}

}  // namespace
}  // namespace bailiwick::pipeline
