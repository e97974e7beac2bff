// What rules say of one question is what the decision was made of, and is told in its order.
#include "policy/explanation.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "policy/rule_files.h"
#include "support/problems.h"

namespace bailiwick::policy {
namespace {

using tenancy::Action;
using Outcome = ExplainedRule::Outcome;

RulesPtr compile(const std::string& text, RulesOf whose = RulesOf::kTenant) {
  auto read = read_rules({{"own.cedar", text}}, "", whose);
  EXPECT_TRUE(read) << (read ? "" : testing_support::lines(read.error().problems));
  return read ? Rules::compile(read->operations).value() : nullptr;
}

std::string rule(std::string_view effect, std::string_view id, std::string_view action,
                 std::string_view conditions = "") {
  return fmt::format("@id(\"{}\") {}(principal, action in Bailiwick::Action::\"{}\", resource){};\n", id,
                     effect, action, conditions);
}
/// Fails for whom it is asked about: the product does not fit.
constexpr std::string_view kOverflow =
    R"( when { context.time.toTime() >= duration("0h") && 9223372036854775807 * 2 > 1 })";

std::string said(const ExplainedRules& explained) {
  std::string all;
  for (const ExplainedRule& one : explained.rules) {
    all += fmt::format("{} {}, ", one.id,
                       one.outcome == Outcome::kApplies  ? "applies"
                       : one.outcome == Outcome::kFailed ? "failed"
                                                         : "does not");
  }
  return all;
}
std::string steps_of(const std::vector<RulesStep>& steps) {
  std::string all;
  for (const RulesStep& step : steps) {
    all += step.whose == RulesStep::Whose::kPlatform ? "guardrails"
           : step.whose == RulesStep::Whose::kTenant ? "rules"
                                                     : "before";
    all += step.outcome == RulesStep::Outcome::kPasses   ? " pass, "
           : step.outcome == RulesStep::Outcome::kDenies ? " deny, "
                                                         : " not asked, ";
  }
  return all;
}

class ExplanationTest : public testing::Test {
 protected:
  tenancy::TenantId tenant_ = tenancy::TenantId::parse("acme-corp").value();
  tenancy::Principal principal_{"token:tok_1", tenant_, {{tenancy::Role::kOperator, {}, {}}}, {}};
  Question question_{.principal = principal_,
                     .action = Action::kCorpusDelete,
                     .tenant = &tenant_,
                     .resource = "document:handbook/3",
                     .time = WallTime(std::chrono::hours(22))};
};

TEST_F(ExplanationTest, TellsOfEveryRuleThatSpeaksOfTheOperation) {
  RulesPtr rules = compile(rule("forbid", "elsewhere", "ask") +
                           rule("forbid", "silent", "corpus.delete", " when { 1 > 2 }") +
                           rule("permit", "family", "corpus") +
                           rule("forbid", "broken", "content", kOverflow) + rule("forbid", "all", "all"));
  ExplainedRules explained = rules->explain(question_, 10);
  EXPECT_EQ(said(explained), "family applies, broken failed, all applies, silent does not, ");
  EXPECT_EQ(explained.left_out, 0u);
  EXPECT_EQ(explained.rules[0].effect, cedar::Effect::kPermit) << "also beside forbids that apply";
  EXPECT_EQ(explained.rules[1].fault, "the result does not fit in 64 bits");
  EXPECT_TRUE(explained.rules[2].text.starts_with("@id(\"all\")\nforbid")) << explained.rules[2].text;
  EXPECT_EQ(explained.rules[2].text.find("silent"), std::string::npos) << "one rule's text alone";
}

TEST_F(ExplanationTest, CountsWhatIsLeftOutAndKeepsWhatMatters) {
  std::string many;
  for (int i = 0; i < 150; ++i) many += rule("forbid", fmt::format("r{}", i), "corpus", " when { 1 > 2 }");
  RulesPtr rules = compile(many + rule("forbid", "last", "corpus"));
  ExplainedRules explained = rules->explain(question_, kMaxExplainedRules);
  EXPECT_EQ(explained.rules.size(), kMaxExplainedRules);
  EXPECT_EQ(explained.left_out, 51u);
  EXPECT_EQ(explained.rules.front().id, "last");
  EXPECT_EQ(explained.rules[1].id, "r0");
}

TEST_F(ExplanationTest, NoRuleSpeaksOfThePlatformsOperations) {
  RulesPtr rules = compile(rule("forbid", "all", "all"));
  question_.action = Action::kTenantsCreate;
  EXPECT_TRUE(rules->explain(question_, 10).rules.empty());
}

TEST_F(ExplanationTest, StepsAreInOrderAndEndWhereTheDecisionIsMade) {
  RulesPtr denying = compile(rule("forbid", "r", "corpus"), RulesOf::kPlatform);
  RulesPtr passing = compile(rule("forbid", "p", "corpus", " when { 1 > 2 }"));
  EXPECT_EQ(steps_of(explain_rules(question_)), "guardrails pass, rules pass, ");
  question_.rules = denying.get();
  EXPECT_EQ(steps_of(explain_rules(question_)), "guardrails pass, rules deny, ");
  question_.guardrails = denying.get();
  auto steps = explain_rules(question_);
  EXPECT_EQ(steps_of(steps), "guardrails deny, rules not asked, ");
  EXPECT_EQ(steps[0].reason, "rule.r");
  EXPECT_EQ(said(steps[1].rules), "r applies, ") << "what they would say";
  question_.guardrails = nullptr;
  question_.rules = passing.get();
  question_.before = denying.get();
  question_.held_to = HeldTo::kBoth;
  EXPECT_EQ(steps_of(explain_rules(question_)), "guardrails pass, rules pass, before deny, ");
  question_.held_to = HeldTo::kNew;
  EXPECT_EQ(steps_of(explain_rules(question_)), "guardrails pass, rules pass, before not asked, ");
  question_.rules = denying.get();
  question_.held_to = HeldTo::kBoth;
  EXPECT_EQ(steps_of(explain_rules(question_)), "guardrails pass, rules deny, before not asked, ");
  tenancy::Principal admin{"token:root", {}, {{tenancy::Role::kPlatformAdmin, {}, {}}}, {}};
  Question of_admin{
      .principal = admin, .action = Action::kTenantsGet, .tenant = &tenant_, .rules = denying.get()};
  EXPECT_EQ(steps_of(explain_rules(of_admin)), "guardrails pass, rules not asked, ");
}

TEST_F(ExplanationTest, AFailedForbidAndAMissingPermitSayWhy) {
  RulesPtr broken = compile(rule("forbid", "broken", "corpus", kOverflow));
  question_.rules = broken.get();
  auto steps = explain_rules(question_);
  EXPECT_EQ(steps[1].reason, "rule.broken");
  EXPECT_NE(steps[1].message.find("could not be evaluated"), std::string::npos) << steps[1].message;
  RulesPtr narrow = compile(rule("permit", "narrow", "corpus.delete", " when { 1 > 2 }"));
  question_.rules = narrow.get();
  steps = explain_rules(question_);
  EXPECT_EQ(steps[1].reason, "rule.no_permit");
  EXPECT_EQ(said(steps[1].rules), "narrow does not, ");
}

// The steps that deny are what ask_rules() denies, whatever meets whatever.
TEST_F(ExplanationTest, StepsComeToWhatTheRulesAnswer) {
  std::vector<RulesPtr> sets = {
      nullptr, compile(rule("forbid", "f", "corpus")), compile(rule("forbid", "g", "corpus", kOverflow)),
      compile(rule("permit", "p", "corpus", " when { 1 > 2 }")), compile(rule("permit", "q", "corpus"))};
  for (const RulesPtr& guardrails : sets) {
    for (const RulesPtr& rules : sets) {
      for (const RulesPtr& before : sets) {
        for (HeldTo held : {HeldTo::kNew, HeldTo::kBoth}) {
          question_.guardrails = guardrails.get();
          question_.rules = rules.get();
          question_.before = before.get();
          question_.held_to = held;
          std::string reason;
          for (const RulesStep& step : explain_rules(question_)) reason += step.reason;
          auto answer = ask_rules(question_);
          EXPECT_EQ(reason, answer.denial ? answer.denial->reason : "");
        }
      }
    }
  }
}

}  // namespace
}  // namespace bailiwick::policy
