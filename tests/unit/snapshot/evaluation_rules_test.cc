// Thresholds as rules: what they look like, and that they decide as the files say.
#include "snapshot/evaluation_rules.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "policy/cedar/format.h"
#include "snapshot/bundle_format.h"

namespace bailiwick::snapshot {
namespace {

using policy::PriorityClass;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ParsedBundle bundle_of(const std::string& tenants, const std::string& programs = "", FileTexts files = {}) {
  files["tenant.yaml"] = "id: acme-corp\nname: Acme\nprograms: [qa, lab]\n";
  files["policies/evaluation.yaml"] = tenants;
  if (!programs.empty()) files["programs/qa/policies/evaluation.yaml"] = programs;
  ParsedBundle bundle = parse_bundle(files, "");
  validate_bundle(bundle, "acme-corp", "");
  return bundle;
}

/// What the rules say of a score in a program (empty = none named).
std::optional<policy::Rules::Denial> denial(const ParsedBundle& bundle, std::string_view program,
                                            std::string_view score, double value) {
  static const tenancy::Principal kNobody{.subject = "system:test"};
  std::optional<tenancy::ProgramId> named;
  if (!program.empty()) named = tenancy::ProgramId::parse(program).value();
  return bundle.files.compiled_rules->deny(
      {.principal = kNobody,
       .action = tenancy::Action::kEvaluationsJudge,
       .program = named ? &*named : nullptr,
       .facts = {.score = score, .value = policy::decimals_around(value)}});
}
std::string code(const ParsedBundle& bundle, std::string_view program, std::string_view score, double value) {
  auto denied = denial(bundle, program, score, value);
  return denied ? denied->reason : "-";
}

TEST(EvaluationRules, EachThresholdIsOneForbid) {
  ParsedBundle bundle =
      bundle_of("thresholds:\n  ndcg@10: {min: 0.6, max: 1, critical: true, priority: regulatory}\n");
  EXPECT_THAT(bundle.problems, IsEmpty());
  EXPECT_EQ(to_string(bundle.rules.operations), R"(@id("evaluation.ndcg@10")
@reason("QualityViolation: ndcg@10 must be from 0.6 to 1")
@remedy("improve what was evaluated; policies/evaluation.yaml sets the bounds")
@priority("regulatory")
@critical("true")
forbid (
  principal,
  action == Bailiwick::Action::"evaluations.judge",
  resource
)
when { context has score && context has value && context.score == "ndcg@10" && (context.value.floor.lessThan(decimal("0.6")) || context.value.ceiling.greaterThan(decimal("1.0"))) };
)");
  EXPECT_THAT(bundle.rules.operation_places, ElementsAre("policies/evaluation.yaml:2:12"));
  EXPECT_EQ(code(bundle, "", "ndcg@10", 0.6), "-");
  EXPECT_EQ(code(bundle, "", "ndcg@10", 0.59999), "evaluation.ndcg@10");
  EXPECT_EQ(code(bundle, "", "ndcg@10", 1.00001), "evaluation.ndcg@10");
  EXPECT_EQ(code(bundle, "", "recall@10", 0), "-") << "another score";
  EXPECT_EQ(denial(bundle, "qa", "ndcg@10", 0)->message,
            "QualityViolation: ndcg@10 must be from 0.6 to 1; improve what was evaluated; "
            "policies/evaluation.yaml sets the bounds");
}

// The door knows no score yet, and what is not known breaks no rule; nor do thresholds speak of other work.
TEST(EvaluationRules, SpeakOfScoresThatAreJudgedAlone) {
  ParsedBundle bundle = bundle_of("thresholds: {a: {min: 1}}\n");
  const tenancy::Principal nobody{.subject = "system:test"};
  const policy::Rules& rules = *bundle.files.compiled_rules;
  EXPECT_FALSE(rules.deny({.principal = nobody, .action = tenancy::Action::kEvaluationsJudge}));
  EXPECT_FALSE(rules.deny({.principal = nobody,
                           .action = tenancy::Action::kAsk,
                           .facts = {.score = "a", .value = policy::decimals_around(0)}}));
}

// A forbid cannot be outweighed, so where a program's bounds are others, the tenant's rule leaves it out.
TEST(EvaluationRules, AProgramHasARuleOfItsOwn) {
  ParsedBundle bundle =
      bundle_of("thresholds: {a: {min: 0.8}, b: {min: 0.5}, c: {min: 0.5}}\n",
                "thresholds:\n  a: {min: 0.2, priority: tenant}\n  b: {min: 0.9}\n  c: {min: 0.5}\n");
  EXPECT_THAT(bundle.problems, IsEmpty());
  EXPECT_EQ(bundle.rules.operations.size(), 5u) << "the same bounds again are no second rule";
  EXPECT_THAT(to_string(bundle.rules.operations[0]),
              HasSubstr("\nunless { resource in Bailiwick::Program::\"qa\" };"));
  EXPECT_THAT(to_string(bundle.rules.operations[3]), HasSubstr("resource in Bailiwick::Program::\"qa\""));
  EXPECT_EQ(bundle.rules.operation_places[3], "programs/qa/policies/evaluation.yaml:2:6");
  EXPECT_EQ(code(bundle, "", "a", 0.5), "evaluation.a");
  EXPECT_EQ(code(bundle, "lab", "a", 0.5), "evaluation.a");
  EXPECT_EQ(code(bundle, "qa", "a", 0.5), "-");
  EXPECT_EQ(code(bundle, "qa", "a", 0.1), "evaluation.qa.a");
  EXPECT_THAT(denial(bundle, "qa", "b", 0.8)->message, HasSubstr("at least 0.9 in the program qa; "));
  EXPECT_EQ(code(bundle, "qa", "c", 0.4), "evaluation.c");
}

TEST(EvaluationRules, WhatIsDisabledHasNone) {
  EXPECT_TRUE(bundle_of("enabled: false\nthresholds: {a: {min: 1}}\n").rules.operations.empty());
  ParsedBundle bundle = bundle_of("thresholds: {a: {min: 1}}\n", "enabled: false\n");
  EXPECT_EQ(code(bundle, "qa", "a", 0), "-");
  EXPECT_EQ(code(bundle, "", "a", 0), "evaluation.a");
  ParsedBundle only_there = bundle_of("enabled: false\nthresholds: {a: {min: 1}}\n", "enabled: true\n");
  EXPECT_EQ(code(only_there, "qa", "a", 0), "evaluation.qa.a") << "the tenant's bounds, where they hold";
  EXPECT_EQ(only_there.rules.operation_places[0], "policies/evaluation.yaml:2:17");
}

// Rules of people may speak of the same facts; theirs is named first, and the names of ours are kept.
TEST(EvaluationRules, StandAmongTheRulesOfTheBundle) {
  const std::string kOwn =
      R"(forbid(principal, action == Bailiwick::Action::"evaluations.judge", resource)
    when { context has score && context.score == "a" && context has value &&
           context.value.floor.lessThan(decimal("0.3")) };)";
  ParsedBundle bundle =
      bundle_of("thresholds: {a: {min: 0.8}}\n", "", {{"own.cedar", "@id(\"never\") " + kOwn}});
  EXPECT_THAT(bundle.problems, IsEmpty());
  EXPECT_EQ(code(bundle, "", "a", 0.5), "evaluation.a");
  EXPECT_EQ(code(bundle, "", "a", 0.2), "rule.never");
  ParsedBundle taken =
      bundle_of("thresholds: {a: {min: 0.8}}\n", "", {{"own.cedar", "@id(\"evaluation.mine\") " + kOwn}});
  ASSERT_EQ(taken.problems.size(), 1u);
  EXPECT_THAT(taken.problems[0].message, HasSubstr("ids that begin with `evaluation.` are of rules that are "
                                                   "made of policies/evaluation.yaml"));
}

/// One threshold as a file may say it, in tenths.
struct Said {
  std::optional<int> min, max;
  bool critical = false;
  PriorityClass priority = PriorityClass::kDefault;
};
struct SaidFile {
  std::optional<bool> enabled;
  std::map<std::string, Said> scores;

  std::string text() const {
    std::string yaml = enabled ? fmt::format("enabled: {}\n", *enabled) : "";
    if (!scores.empty()) yaml += "thresholds:\n";
    for (const auto& [score, said] : scores) {
      yaml += fmt::format("  {}: {{critical: {}, priority: {}", score, said.critical, name_of(said.priority));
      if (said.min) yaml += fmt::format(", min: {}", *said.min / 10.0);
      if (said.max) yaml += fmt::format(", max: {}", *said.max / 10.0);
      yaml += "}\n";
    }
    return yaml.empty() ? "{}\n" : yaml;
  }
};

rc::Gen<Said> any_threshold() {
  return rc::gen::exec([] {
    Said said{.min = {},
              .max = {},
              .critical = *rc::gen::arbitrary<bool>(),
              .priority = *rc::gen::element(PriorityClass::kDefault, PriorityClass::kTenant,
                                            PriorityClass::kRegulatory, PriorityClass::kSecurity)};
    int which = *rc::gen::inRange(0, 3);
    if (which != 1) said.min = *rc::gen::inRange(0, 6);
    if (which != 0) said.max = *rc::gen::inRange(6, 11);
    return said;
  });
}
rc::Gen<SaidFile> any_file() {
  return rc::gen::exec([] {
    SaidFile file;
    if (*rc::gen::inRange(0, 4) == 0) file.enabled = *rc::gen::arbitrary<bool>();
    for (const char* score : {"a", "b"}) {
      if (*rc::gen::inRange(0, 4) != 0) file.scores[score] = *any_threshold();
    }
    return file;
  });
}

int rank(PriorityClass priority) {
  return priority == PriorityClass::kDefault ? 0 : priority == PriorityClass::kTenant ? 1 : 2;
}

/// The two files, read as docs/rules.md tells it.
std::optional<Said> plain_reading(const SaidFile& tenant, const SaidFile& program, bool in_program,
                                  const std::string& score) {
  bool enabled = tenant.enabled.value_or(true);
  if (in_program) enabled = program.enabled.value_or(enabled);
  if (!enabled) return std::nullopt;
  std::optional<Said> tenants, programs;
  if (auto found = tenant.scores.find(score); found != tenant.scores.end()) tenants = found->second;
  if (auto found = program.scores.find(score); in_program && found != program.scores.end())
    programs = found->second;
  if (!tenants || !programs) return tenants ? tenants : programs;
  if (rank(tenants->priority) > rank(programs->priority)) return tenants;
  if (rank(tenants->priority) < rank(programs->priority)) return programs;
  Said both = *tenants;
  if (programs->min) both.min = std::max(both.min.value_or(*programs->min), *programs->min);
  if (programs->max) both.max = std::min(both.max.value_or(*programs->max), *programs->max);
  both.critical = tenants->critical || programs->critical;
  return both;
}

RC_GTEST_PROP(EvaluationRulesProperty, DecideAsAPlainReadingOfTheFilesDoes, ()) {
  SaidFile tenant = *any_file(), program = *any_file();
  ParsedBundle bundle = bundle_of(tenant.text(), program.text());
  RC_ASSERT(bundle.problems.empty());
  auto twentieths = *rc::gen::inRange(-1, 24);
  for (std::string score : {"a", "b"}) {
    for (std::string_view where : {"", "lab", "qa"}) {
      auto held = plain_reading(tenant, program, where == "qa", score);
      bool missed =
          held && ((held->min && twentieths < 2 * *held->min) || (held->max && twentieths > 2 * *held->max));
      RC_ASSERT(denial(bundle, where, score, twentieths / 20.0).has_value() == missed);
      const EvaluationPolicy& policy = bundle.files.settings_of(where).evaluation;
      auto resolved = policy.thresholds.by_score.find(score);
      bool critical =
          policy.enabled && resolved != policy.thresholds.by_score.end() && resolved->second.critical;
      RC_ASSERT(critical == (held && held->critical));
    }
  }
}

}  // namespace
}  // namespace bailiwick::snapshot
