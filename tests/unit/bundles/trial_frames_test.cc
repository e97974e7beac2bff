#include "bundles/trial_frames.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "bundles/recorded_json.h"
#include "recorded_samples.h"

namespace bailiwick::bundles {
namespace {

/// With everything that a question can have.
RecordedDecision whole_operation() {
  RecordedDecision one =
      operation(9, tenancy::Role::kOperator, tenancy::Action::kAsk, "allow", "role.operator", 4);
  auto& past = std::get<identity::PastQuestion>(one.question);
  auto principal = std::make_shared<tenancy::Principal>(*past.principal);
  principal->bindings.push_back({tenancy::Role::kViewer, tenancy::ProgramId::parse("qa").value(),
                                 tenancy::NamespaceId::parse("wards").value()});
  principal->scopes = {"ask", "corpus.*"};
  past.principal = std::move(principal);
  past.program = tenancy::ProgramId::parse("qa").value();
  past.name_space = tenancy::NamespaceId::parse("wards").value();
  return one;
}

Trial sample() {
  return {.tenant = "acme",
          .place = "tenants/acme/",
          .files = {{"tenant.yaml", std::string("a\0b\n", 4)}, {"tests/t.yaml", ""}},
          .guardrails = {{"g.cedar", "permit"}},
          .recorded = {.decisions = {whole_operation(),
                                     evaluation(7, R"({"subject":{"id":"ada","type":"User"}})", "deny", "p")},
                       .skipped = 3}};
}

TEST(TrialFrames, ATrialArrivesAsItWasSent) {
  auto arrived = decode_trial(encode_trial(sample()));
  ASSERT_TRUE(arrived);
  EXPECT_EQ(arrived->tenant, "acme");
  EXPECT_EQ(arrived->place, "tenants/acme/");
  EXPECT_EQ(arrived->files, sample().files);
  EXPECT_EQ(arrived->guardrails, sample().guardrails);
  ASSERT_EQ(arrived->recorded.decisions.size(), 2u);
  EXPECT_EQ(arrived->recorded.skipped, 0) << "a number that the child has no use for";
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_EQ(to_json(arrived->recorded.decisions[i]), to_json(sample().recorded.decisions[i]));
  const auto& past = std::get<identity::PastQuestion>(arrived->recorded.decisions[0].question);
  const auto sent = whole_operation();
  const auto& asked = std::get<identity::PastQuestion>(sent.question);
  EXPECT_EQ(past.principal->tenant, asked.principal->tenant);
  EXPECT_EQ(past.principal->bindings.at(1).name_space, asked.principal->bindings.at(1).name_space);
  EXPECT_EQ(past.principal->scopes, asked.principal->scopes);
  EXPECT_EQ(past.program, asked.program);
  EXPECT_EQ(past.resource, asked.resource);
  EXPECT_EQ(past.time, asked.time);
}

TEST(TrialFrames, ThePlatformAdminArrivesWithoutATenant) {
  Trial trial = sample();
  trial.recorded.decisions = {operation(1, tenancy::Role::kPlatformAdmin, tenancy::Action::kTenantsGet,
                                        "allow", "role.platform-admin")};
  auto arrived = decode_trial(encode_trial(trial));
  ASSERT_TRUE(arrived);
  EXPECT_TRUE(std::get<identity::PastQuestion>(arrived->recorded.decisions.at(0).question)
                  .principal->is_platform_admin());
}

// A trial that was cut anywhere, or has something behind it, is none.
TEST(TrialFrames, HalfATrialIsNone) {
  std::string whole = encode_trial(sample());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_FALSE(decode_trial(whole.substr(0, size))) << size;
  EXPECT_FALSE(decode_trial(whole + "x"));
}

// A decision that is not whole, or is two questions or none, makes the trial none.
TEST(TrialFrames, ABrokenDecisionBreaksTheTrial) {
  std::string good = to_json(whole_operation());
  ASSERT_TRUE(recorded_decision_from(good));
  for (auto [from, to] : std::initializer_list<std::pair<const char*, const char*>>{
           {R"("action":"ask")", R"("action":"fly")"},
           {R"("times":4)", R"("times":0)"},
           {R"("was":"allow")", R"("was":"maybe")"},
           {R"("evaluation":null)", R"("evaluation":"{}")"},
           {R"("acme-corp")", R"("../acme")"},
           {R"("operator")", R"("god")"}}) {
    std::string bad = good;
    ASSERT_NE(bad.find(from), std::string::npos) << from;
    bad.replace(bad.find(from), std::string_view(from).size(), to);
    EXPECT_FALSE(recorded_decision_from(bad)) << bad;
  }
  std::string frames = encode_trial(sample());
  frames.replace(frames.find("role.operator"), 13, "role.operat\"or");
  EXPECT_FALSE(decode_trial(frames));
}

Replay replay_of(std::int64_t replayed, std::int64_t total, std::vector<std::size_t> flipped) {
  Replay replay{.replayed = replayed, .skipped = 0, .flips_total = total, .flips = {}};
  for (std::size_t index : flipped)
    replay.flips.push_back({.decision = index, .subject = "token:forged", .reason = "rule.\x1b[2J"});
  return replay;
}
Result<TrialReport> told(const Replay& replay) {
  return decode_report(encode_report({.tests = 0, .problems = {}, .replay = replay}), sample());
}

// The sample sends two decisions, which stand for four and for one. Whatever a child says, a flip is one of
// those that it was sent, and nothing of it but the reason is the child's word.
TEST(TrialFrames, AFlipIsOfADecisionThatWasSent) {
  auto report = told(replay_of(5, 5, {0, 1}));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->replay.skipped, 3);
  ASSERT_EQ(report->replay.flips.size(), 2u);
  EXPECT_EQ(report->replay.flips[0].subject, "token:tok_1");
  EXPECT_EQ(report->replay.flips[0].times, 4);
  EXPECT_EQ(report->replay.flips[0].now, Decided::kDeny);
  EXPECT_EQ(report->replay.flips[0].reason, "rule.?[2J");
  EXPECT_EQ(report->replay.flips[1].subject, R"(User::"ada")");
  EXPECT_EQ(told(replay_of(4, 0, {}))->replay.skipped, 4) << "one was left out for want of time";

  EXPECT_FALSE(told(replay_of(5, 1, {2}))) << "none was sent there";
  EXPECT_FALSE(told(replay_of(5, 5, {1, 0}))) << "in their order";
  EXPECT_FALSE(told(replay_of(5, 5, {0, 0}))) << "each once";
  EXPECT_FALSE(told(replay_of(6, 0, {}))) << "more than were sent";
  EXPECT_FALSE(told(replay_of(1, 4, {0}))) << "more than were made again";
  EXPECT_FALSE(told(replay_of(5, 5, {0}))) << "one is kept back";
  EXPECT_FALSE(told(replay_of(5, 0, {0}))) << "one is not counted";
}

// Problems past the most that are told are counted; the rest arrive.
TEST(TrialFrames, AReportIsBounded) {
  TrialReport many{.tests = 3, .problems = {}};
  for (int i = 0; i < 100'000; ++i)
    many.problems.push_back({"tenants/acme/tests/t.yaml:2:3", std::string(2000, 'x')});
  auto told = decode_report(encode_report(many), sample());
  ASSERT_TRUE(told);
  EXPECT_EQ(told->tests, 3);
  ASSERT_EQ(told->problems.size(), 201u);
  EXPECT_EQ(told->problems.back().message, "and 99800 more");
  EXPECT_EQ(told->problems.front().where, "tenants/acme/tests/t.yaml:2:3");
}

RC_GTEST_PROP(TrialFramesProperty, AnyBytesAreAnswered, (const std::string& bytes)) {
  (void)decode_trial("BWT1" + bytes);
  std::string length(4, '\0');
  for (std::size_t i = 0; i < 4; ++i) length[i] = static_cast<char>(bytes.size() >> (8 * i));
  auto report = decode_report(length + bytes, sample());
  if (report) RC_ASSERT(report->problems.size() <= 201u);
}

// Whatever a child says of a place, one of this bundle's files is named.
RC_GTEST_PROP(TrialFramesProperty, PlacesAreOfTheBundle, (const std::string& path, int line)) {
  TrialReport report{.tests = 0, .problems = {}};
  std::string where = "tenants/acme/" + path + ":" + std::to_string(line) + ":1";
  for (char& c : where) c = static_cast<char>(c & 0x7f);
  report.problems.push_back({where, "m"});
  auto told = decode_report(encode_report(report), sample());
  if (!told) return;  // a NUL, which no JSON of ours holds
  const std::string& named = told->problems.at(0).where;
  bool ours =
      named.starts_with("tenants/acme/tenant.yaml:") || named.starts_with("tenants/acme/tests/t.yaml:");
  RC_ASSERT(ours);
}

}  // namespace
}  // namespace bailiwick::bundles
