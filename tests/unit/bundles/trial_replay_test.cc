// Recorded decisions under a bundle that is tried out: those that come out otherwise are told, both ways.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bundles/trial.h"
#include "recorded_samples.h"

namespace bailiwick::bundles {
namespace {

using tenancy::Action, tenancy::Role;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kNoDeletes =
    R"(@id("no-deletes") forbid (principal, action == Bailiwick::Action::"corpus.delete", resource);)";

Trial trial_of(snapshot::FileTexts files, std::vector<RecordedDecision> decisions) {
  files.try_emplace("tenant.yaml", "id: acme-corp\nname: Acme\nprograms: [qa]\n");
  return {.tenant = "acme-corp",
          .place = "acme-corp/",
          .files = std::move(files),
          .guardrails = {},
          .recorded = {.decisions = std::move(decisions), .skipped = 0}};
}
Replay replayed(snapshot::FileTexts files, std::vector<RecordedDecision> decisions) {
  TrialReport report = run_trial(trial_of(std::move(files), std::move(decisions)));
  EXPECT_EQ(to_string(report.problems), "");
  return report.replay;
}
std::vector<std::string> lines(const Replay& replay) {
  std::vector<std::string> out;
  for (const Flip& flip : replay.flips) {
    out.push_back(fmt::format("#{} x{} {} {} {}: {} ({}) -> {} ({})", flip.sequence, flip.times, flip.subject,
                              flip.action, flip.resource, name_of(flip.was), flip.was_reason,
                              name_of(flip.now), flip.reason));
  }
  return out;
}

TEST(TrialReplay, ANewForbidDeniesWhatWasAllowed) {
  Replay replay = replayed({{"own.cedar", kNoDeletes}},
                           {operation(9, Role::kOwner, Action::kCorpusDelete, "allow", "role.owner", 3),
                            operation(8, Role::kOwner, Action::kCorpusRead, "allow", "role.owner"),
                            operation(7, Role::kViewer, Action::kCorpusDelete, "deny", "role.insufficient")});
  EXPECT_EQ(replay.replayed, 5);
  EXPECT_EQ(replay.skipped, 0);
  EXPECT_EQ(replay.flips_total, 3);
  EXPECT_THAT(lines(replay),
              ElementsAre("#9 x3 token:tok_1 corpus.delete document:default/handbook: allow (role.owner) -> "
                          "deny (rule.no-deletes)"));
}

TEST(TrialReplay, AForbidThatIsGoneAllowsWhatWasDenied) {
  Replay replay =
      replayed({}, {operation(9, Role::kOwner, Action::kCorpusDelete, "deny", "rule.no-deletes")});
  EXPECT_THAT(lines(replay),
              ElementsAre("#9 x1 token:tok_1 corpus.delete document:default/handbook: deny (rule.no-deletes) "
                          "-> allow (role.owner)"));
}

TEST(TrialReplay, APermitNarrows) {
  constexpr const char* kOnlyQa = R"(@id("qa-only")
permit (principal, action == Bailiwick::Action::"ask", resource)
when { context has program && context.program == "qa" };)";
  RecordedDecision inside = operation(9, Role::kOperator, Action::kAsk, "allow", "role.operator");
  std::get<identity::PastQuestion>(inside.question).program = tenancy::ProgramId::parse("qa").value();
  Replay replay = replayed({{"own.cedar", kOnlyQa}},
                           {inside, operation(8, Role::kOperator, Action::kAsk, "allow", "role.operator")});
  EXPECT_THAT(lines(replay), ElementsAre("#8 x1 token:tok_1 ask document:default/handbook: allow "
                                         "(role.operator) -> deny (rule.no_permit)"));
}

// The time is that of the record, not of the trial.
TEST(TrialReplay, RulesSeeTheTimeOfTheRecord) {
  constexpr const char* kNoNights = R"(@id("no-nights")
forbid (principal, action == Bailiwick::Action::"corpus.delete", resource)
when { context.time.toTime() < duration("6h") };)";
  RecordedDecision night = operation(9, Role::kOwner, Action::kCorpusDelete, "allow", "role.owner");
  std::get<identity::PastQuestion>(night.question).time = parse_rfc3339("2026-11-25T05:59:00Z").value();
  Replay replay = replayed({{"own.cedar", kNoNights}},
                           {night, operation(8, Role::kOwner, Action::kCorpusDelete, "allow", "role.owner")});
  EXPECT_EQ(replay.flips_total, 1);
  EXPECT_EQ(replay.flips.at(0).sequence, 9);
}

TEST(TrialReplay, GuardrailsBindThePlatformAdminAndTenantsRulesDoNot) {
  RecordedDecision root =
      operation(9, Role::kPlatformAdmin, Action::kBundlesPush, "allow", "role.platform-admin");
  constexpr const char* kNoPush =
      R"(@id("no-push") forbid (principal, action == Bailiwick::Action::"bundles.push", resource);)";
  EXPECT_THAT(lines(replayed({{"own.cedar", kNoPush}}, {root})), IsEmpty());
  Trial trial = trial_of({}, {root});
  trial.guardrails = {{"all.cedar", kNoPush}};
  EXPECT_EQ(run_trial(trial).replay.flips.at(0).reason, "rule.no-push");
}

constexpr const char* kSchema = R"(entity User; entity Chart { author: User };
action sign appliesTo { principal: [User], resource: [Chart] };)";
constexpr const char* kAuthorSigns =
    R"(@id("author-signs") permit (principal, action == Action::"sign", resource) when { resource.author == principal };)";

RecordedDecision signing(std::int64_t sequence, std::string_view author, std::string_view was,
                         std::string_view policy) {
  return evaluation(sequence,
                    fmt::format(R"({{"action":{{"name":"sign"}},"resource":{{"id":"c-1","properties":)"
                                R"({{"author":{{"id":"{}","type":"User"}}}},"type":"Chart"}},)"
                                R"("subject":{{"id":"ada","type":"User"}}}})",
                                author),
                    was, policy);
}

TEST(TrialReplay, EvaluationsAreMadeUnderTheProposedPolicies) {
  std::vector<RecordedDecision> recorded{signing(9, "ada", "allow", "author-signs"),
                                         signing(8, "bob", "deny", kNoPermit)};
  snapshot::FileTexts files{{"schema.cedarschema", kSchema}, {"app.cedar", kAuthorSigns}};
  EXPECT_THAT(lines(replayed(files, recorded)), IsEmpty());
  files["app.cedar"] = R"(@id("any") permit (principal, action == Action::"sign", resource);
@id("frozen") forbid (principal, action == Action::"sign", resource) when { resource.author == principal };)";
  EXPECT_THAT(lines(replayed(files, recorded)),
              ElementsAre(R"(#9 x1 User::"ada" sign Chart::"c-1": allow (author-signs) -> deny (frozen))",
                          R"(#8 x1 User::"ada" sign Chart::"c-1": deny (access.no_permit) -> allow (any))"));
}

TEST(TrialReplay, EvaluationsOfWhatIsGoneAreDenied) {
  EXPECT_THAT(
      lines(replayed({}, {signing(9, "ada", "allow", "author-signs"), signing(8, "bob", "deny", "")})),
      ElementsAre(R"(#9 x1 User::"ada" sign Chart::"c-1": allow (author-signs) -> deny (access.none))"));
  // An attribute of another type: the request is not as the schema says any more.
  Replay replay =
      replayed({{"schema.cedarschema",
                 "entity User; entity Chart { author: Long };\naction sign appliesTo { principal: "
                 "[User], resource: [Chart] };"},
                {"app.cedar", "permit (principal, action, resource);"}},
               {signing(9, "ada", "allow", "author-signs")});
  EXPECT_EQ(replay.flips.at(0).reason, "access.request");
}

TEST(TrialReplay, AtMostTwoHundredAreListedAndAllAreCounted) {
  std::vector<RecordedDecision> many;
  for (std::int64_t i = 1000; i > 0; --i)
    many.push_back(operation(i, Role::kOwner, Action::kCorpusDelete, "allow", "role.owner", 2));
  Replay replay = replayed({{"own.cedar", kNoDeletes}}, many);
  EXPECT_EQ(replay.replayed, 2000);
  EXPECT_EQ(replay.flips_total, 2000);
  ASSERT_EQ(replay.flips.size(), 200u);
  EXPECT_EQ(replay.flips.back().sequence, 801);
  EXPECT_EQ(summary_of(replay).at("flips").as_array().size(), 20u);
  EXPECT_EQ(summary_of(replay).at("flips_total"), json::value(2000));
}

/// A second goes by with every look.
class HurryingClock final : public Clock {
 public:
  WallTime wall() const override { return {}; }
  MonoTime mono() const override { return MonoTime(std::chrono::seconds(++looks_)); }

 private:
  mutable int looks_ = 0;
};

TEST(TrialReplay, WhatTakesTooLongIsSkipped) {
  Recorded recorded{.decisions = {}, .skipped = 7};
  for (std::int64_t i = 10; i > 0; --i)
    recorded.decisions.push_back(operation(i, Role::kOwner, Action::kAsk, "allow", "role.owner", 5));
  snapshot::ParsedBundle bundle =
      snapshot::parse_bundle({{"tenant.yaml", "id: acme-corp\nname: Acme\n"}}, "");
  Replay replay = replay_decisions(bundle, nullptr, recorded, HurryingClock());
  EXPECT_EQ(replay.replayed, 10);
  EXPECT_EQ(replay.skipped, 47);
}

// What was refused is not made again: nobody asks what it would have changed.
TEST(TrialReplay, ABundleThatFailsIsNotReplayed) {
  Trial trial =
      trial_of({{"own.cedar", kNoDeletes},
                {"tests/t.yaml",
                 "operations:\n  - {name: a, principal: {roles: [owner]}, action: ask, expect: deny}\n"}},
               {operation(9, Role::kOwner, Action::kCorpusDelete, "allow", "role.owner")});
  TrialReport report = run_trial(trial);
  EXPECT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.replay.replayed, 0);
}

// Names come from requests: they are shown short and plain.
TEST(TrialReplay, NamesAreShownPlainly) {
  RecordedDecision odd = operation(9, Role::kOwner, Action::kCorpusDelete, "allow", "role.owner");
  std::get<identity::PastQuestion>(odd.question).resource = "a\x1b[2J" + std::string(5000, 'x');
  Flip flip = replayed({{"own.cedar", kNoDeletes}}, {odd}).flips.at(0);
  EXPECT_TRUE(flip.resource.starts_with("a?[2J")) << flip.resource;
  EXPECT_LT(flip.resource.size(), 220u);
}

}  // namespace
}  // namespace bailiwick::bundles
