// What bounds may be, and which of them prevail where two files bound one score.
#include "snapshot/thresholds.h"

#include <gtest/gtest.h>

#include "snapshot/bundle_format.h"
#include "support/problems.h"

namespace bailiwick::snapshot {
namespace {

using policy::PriorityClass;

std::string faults(const std::string& tenants, const std::string& programs = "") {
  FileTexts files{{"tenant.yaml", "id: acme-corp\nname: Acme\nprograms: [qa]\n"},
                  {"policies/evaluation.yaml", "thresholds:\n" + tenants}};
  if (!programs.empty()) files["programs/qa/policies/evaluation.yaml"] = "thresholds:\n" + programs;
  return testing_support::lines(parse_bundle(files, "").problems);
}

// Rules compare decimals of four digits: what they cannot hold is refused where it stands.
TEST(Thresholds, BoundsAreDecimals) {
  EXPECT_EQ(faults("  a: {min: 0.8575, max: 1}\n  ndcg@10: {max: -2.5e-1}\n"), "");
  EXPECT_EQ(faults("  a: {min: 0.85751}\n"),
            "policies/evaluation.yaml:2:12: thresholds/a/min: has more than four digits behind the point");
  EXPECT_EQ(faults("  a:\n    max: 1e15\n"),
            "policies/evaluation.yaml:3:10: thresholds/a/max: is beyond what decimals hold, "
            "±922337203685477.58");
  EXPECT_EQ(faults("  a: {min: .nan}\n"),
            "policies/evaluation.yaml:2:12: thresholds/a/min: expected a number");
  EXPECT_EQ(faults("  a: {critical: true}\n"),
            "policies/evaluation.yaml:2:6: thresholds/a: give min, max or both");
  EXPECT_EQ(faults("  a: {min: 2, max: 1}\n"),
            "policies/evaluation.yaml:2:6: thresholds/a: min must not be above max");
}

TEST(Thresholds, ScoresHaveNames) {
  EXPECT_EQ(faults("  a.b: {min: 1}\n"),
            "policies/evaluation.yaml:2:3: thresholds/a.b: a score's name is 1 to 63 letters, digits, `_`, "
            "`-` and `@`, like ndcg@10");
}

TEST(Thresholds, BoundsThatNothingKeepsAreAFault) {
  EXPECT_EQ(faults("  a: {min: 0.8}\n", "  a: {max: 0.5}\n"),
            "programs/qa/policies/evaluation.yaml:2:6: thresholds/a: with the tenant's bounds beside these "
            "no score passes");
  EXPECT_EQ(faults("  a: {min: 0.8}\n", "  a: {max: 0.5, priority: tenant}\n"), "") << "the program's alone";
}

ScoreBounds bounds(std::optional<std::int64_t> min, std::optional<std::int64_t> max, PriorityClass priority,
                   bool critical = false) {
  ScoreBounds made{.critical = critical, .priority = priority};
  if (min) made.min = Bound{*min};
  if (max) made.max = Bound{*max};
  return made;
}

TEST(Thresholds, TheWeightierClassPrevailsAndOfOneClassTheStricter) {
  ScoreBounds tenants = bounds(8, 20, PriorityClass::kTenant, true),
              programs = bounds(9, 30, PriorityClass::kDefault);
  EXPECT_EQ(prevailing(tenants, programs), tenants);
  EXPECT_EQ(prevailing(programs, tenants), tenants);
  programs.priority = PriorityClass::kTenant;
  EXPECT_EQ(prevailing(tenants, programs), bounds(9, 20, PriorityClass::kTenant, true));
  EXPECT_EQ(prevailing(bounds(8, {}, PriorityClass::kSecurity), bounds({}, 9, PriorityClass::kRegulatory)),
            bounds(8, 9, PriorityClass::kSecurity))
      << "security and regulation weigh the same";
}

// What a program does not say again holds in it all the same.
TEST(Thresholds, AProgramsHoldBesideTheTenants) {
  ParsedBundle bundle = parse_bundle(
      {{"tenant.yaml", "id: acme-corp\nname: Acme\nprograms: [qa, lab]\n"},
       {"policies/evaluation.yaml", "thresholds: {a: {min: 0.8}, b: {min: 0.5}}\nmin_samples: 7\n"},
       {"programs/qa/policies/evaluation.yaml", "thresholds: {b: {min: 0.6}, c: {max: 1}}\n"},
       {"programs/lab/policies/evaluation.yaml", "thresholds:\n"}},
      "");
  ASSERT_TRUE(bundle.problems.empty());
  const auto& qa = bundle.files.settings_of("qa").evaluation;
  EXPECT_EQ(qa.thresholds.by_score.size(), 3u);
  EXPECT_EQ(qa.thresholds.by_score.at("b"), bounds(6000, {}, PriorityClass::kDefault));
  EXPECT_EQ(qa.min_samples, 7);
  EXPECT_EQ(bundle.files.settings_of("lab").evaluation.thresholds.by_score,
            bundle.files.settings.evaluation.thresholds.by_score)
      << "an empty list takes nothing away";
}

}  // namespace
}  // namespace bailiwick::snapshot
