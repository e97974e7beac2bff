// The sandbox's child, honest and taken over: whatever it does, a bundle is refused and nothing is
// half-applied.
#include "bundles/process_sandbox.h"

#include <thread>

#include "bundles/trial_frames.h"
#include "recorded_samples.h"
#include "registry_rig.h"

namespace bailiwick::bundles {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const SystemClock kClock;

Trial trial() {
  return {.tenant = "acme",
          .place = "acme/",
          .files = {{"tenant.yaml", "id: acme\nname: Acme\ntime_zone: Europe/Berlin\n"}},
          .guardrails = {}};
}

Result<TrialReport> run(const std::string& verb, const Trial& of = trial(),
                        milliseconds deadline = milliseconds(20'000)) {
  ProcessSandbox sandbox(kClock, {.program = BAILIWICK_SANDBOX_PROBE, .verb = verb, .deadline = deadline});
  return sandbox.run(of);
}

/// How the refusal reads; empty when there is none.
std::string refusal(const std::string& verb, milliseconds deadline = milliseconds(20'000)) {
  auto report = run(verb, trial(), deadline);
  if (report) return "";
  EXPECT_EQ(report.error().reason, "bundle.sandbox") << verb;
  EXPECT_EQ(report.error().code, ErrorCode::kInvalid) << verb;
  EXPECT_THAT(report.error().message, HasSubstr("nothing was changed")) << verb;
  return report.error().message;
}

// A confined child tries out what this process would, to the same end.
TEST(ProcessSandbox, AChildComesToTheSameVerdict) {
  auto passed = run("honest");
  ASSERT_TRUE(passed) << passed.error().message;
  EXPECT_EQ(to_string(passed->problems), "");

  Trial wrong = trial();
  wrong.files["tenant.yaml"] = "id: acme\nname: Acme\ntime_zone: Mars/Olympus\n";
  wrong.files["own.cedar"] =
      "@id(\"never\")\nforbid (principal, action in Bailiwick::Action::\"content\", resource);\n";
  wrong.files["tests/asks.yaml"] =
      "operations:\n  - {name: asks, principal: {roles: [operator]}, action: ask, expect: allow}\n";
  auto failed = run("honest", wrong);
  ASSERT_TRUE(failed) << failed.error().message;
  EXPECT_EQ(failed->tests, 1);
  EXPECT_EQ(to_string(failed->problems), to_string(InProcessSandbox().run(wrong)->problems));
  EXPECT_THAT(to_string(failed->problems),
              HasSubstr("acme/tests/asks.yaml:2:5: test 'asks': expected allow"));
}

// What is on record goes to the child, and the flips come back.
TEST(ProcessSandbox, AChildMakesDecisionsAgain) {
  Trial of = trial();
  of.tenant = "acme-corp";
  of.files = {
      {"tenant.yaml", "id: acme-corp\nname: Acme\n"},
      {"own.cedar",
       R"(@id("no-deletes") forbid (principal, action == Bailiwick::Action::"corpus.delete", resource);)"}};
  for (std::int64_t i = 3000; i > 0; --i) {
    auto action = i % 2 == 0 ? tenancy::Action::kCorpusDelete : tenancy::Action::kAsk;
    of.recorded.decisions.push_back(operation(i, tenancy::Role::kOwner, action, "allow", "role.owner", 2));
  }
  of.recorded.skipped = 5;
  auto report = run("honest", of);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(to_string(report->problems), "");
  EXPECT_EQ(report->replay.replayed, 6000);
  EXPECT_EQ(report->replay.skipped, 5);
  EXPECT_EQ(report->replay.flips_total, 3000);
  ASSERT_EQ(report->replay.flips.size(), 200u);
  EXPECT_EQ(report->replay.flips[1].sequence, 2998);
  EXPECT_EQ(report->replay.flips[1].reason, "rule.no-deletes");
}

// Every way out of the sandbox ends the child.
TEST(ProcessSandbox, WhatItMayNotDoEndsIt) {
  for (const char* verb : {"open", "socket", "fork", "thread", "exec", "kill", "kill-thread", "ptrace",
                           "unshare", "limits", "send-descriptor", "code"}) {
    EXPECT_THAT(refusal(verb), HasSubstr("asked the system for what it may not have")) << verb;
  }
}

// What takes too long or too much is ended from outside, whether the child works, waits or writes.
TEST(ProcessSandbox, WhatTakesTooMuchIsEnded) {
  for (const char* verb : {"loop", "silent", "deaf"})
    EXPECT_THAT(refusal(verb, milliseconds(1'000)), HasSubstr("within 1000 ms")) << verb;
  EXPECT_THAT(refusal("burn"), HasSubstr("too much time or memory"));
  EXPECT_THAT(refusal("memory"), HasSubstr("memory"));
  EXPECT_THAT(refusal("flood"), HasSubstr("more than 1048576 bytes"));
}

// No verdict is taken for a good one.
TEST(ProcessSandbox, WhatIsNoReportIsNoVerdict) {
  for (const char* verb : {"early-exit", "garbage", "half", "more", "lie-of-a-flip"})
    EXPECT_THAT(refusal(verb), HasSubstr("none that we could have written")) << verb;
  for (const char* verb : {"passed-then-failed", "crash"})
    EXPECT_THAT(refusal(verb), HasSubstr("broke down")) << verb;
  EXPECT_THAT(refusal("abort"), HasSubstr("gave up, for want of memory"));
}

// A child that lies is quoted with care: places of the bundle only, short, without control characters.
TEST(ProcessSandbox, ItsWordsAreForeign) {
  auto report = run("lie");
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->problems.size(), 3u);
  EXPECT_EQ(report->problems[0].where, "acme/tenant.yaml:1:1");
  EXPECT_LT(report->problems[0].message.size(), 1100u);
  EXPECT_EQ(report->problems[1].where, "acme/tenant.yaml:2:3");
  EXPECT_EQ(report->problems[1].message, "one?two ?[2J");
  EXPECT_EQ(report->problems[2].where, "acme/tenant.yaml:1:1");
}

// No descriptor of ours and no variable goes to the child, whatever we hold open and however it was opened.
TEST(ProcessSandbox, NothingIsInherited) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);  // not close-on-exec
  ASSERT_EQ(::setenv("BAILIWICK_TOKEN", "secret", 1), 0);
  auto report = run("inherited");
  ::unsetenv("BAILIWICK_TOKEN");
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->tests, 7);
}

// One fork server makes them all; no child finds what another left.
TEST(ProcessSandbox, EveryChildIsTheFirst) {
  ProcessSandbox sandbox(kClock, {.program = BAILIWICK_SANDBOX_PROBE, .verb = "count"});
  for (int i = 0; i < 5; ++i) {
    auto report = sandbox.run(trial());
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->tests, 1);
  }
}

TEST(ProcessSandbox, TrialsAtOnceDoNotWaitForEachOther) {
  ProcessSandbox sandbox(kClock, {.program = BAILIWICK_SANDBOX_PROBE, .verb = "honest"});
  std::vector<std::thread> threads;
  std::atomic<int> passed = 0;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) passed += sandbox.run(trial()).has_value();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passed, 20);
}

TEST(ProcessSandbox, AfterABadTrialTheNextIsAsGoodAsAny) {
  ProcessSandbox sandbox(kClock, {.program = BAILIWICK_SANDBOX_PROBE, .verb = "honest"});
  ASSERT_TRUE(sandbox.run(trial()));
  Trial wrong = trial();
  wrong.tenant = "crash";
  EXPECT_FALSE(sandbox.run(wrong));
  EXPECT_TRUE(sandbox.run(trial()));
}

TEST(ProcessSandbox, AProgramThatIsNotThereRefuses) {
  ProcessSandbox sandbox(kClock, {.program = "/nowhere", .verb = "x"});
  auto report = sandbox.run(trial());
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(report.error().reason, "bundle.sandbox");
}

/// A registry whose sandbox is a child that misbehaves in a chosen way.
class TakenOver final : public Sandbox {
 public:
  Result<TrialReport> run(const Trial& of) const override {
    return bundles::run(verb, of, milliseconds(1'000));
  }
  std::string verb = "honest";
};

class TakenOverTest : public RegistryTest {
 protected:
  void restart_over(const Sandbox& sandbox) {
    table_ = std::make_unique<snapshot::TenantTable>();
    TenantRegistry::Ports ports{*store_, ledger_, slices_, *table_, clock_, random_, sandbox};
    registry_ = std::make_unique<TenantRegistry>(ports, std::make_unique<FolderSource>(tenants_), signing_);
    ASSERT_TRUE(registry_->load());
  }
};

// Whatever the child does, the old revision goes on and the refusal is on the record, of a push and of a
// reload.
TEST_F(TakenOverTest, NothingIsHalfAppliedAndAllIsRecorded) {
  TakenOver sandbox;
  put_acme();
  restart_over(sandbox);
  ASSERT_EQ(reload(), "acme-corp=created");
  std::string revision = find()->revision;
  snapshot::FileTexts next{
      {"tenant.yaml", "id: acme-corp\nname: Acme\nquotas: {max_requests_per_minute: 6}\n"},
      {"policies/retrieval.yaml", "{}\n"}};
  for (const char* verb : {"open", "socket", "fork", "exec", "kill", "loop", "memory", "flood", "garbage",
                           "early-exit", "crash", "passed-then-failed"}) {
    sandbox.verb = verb;
    ledger_.records.clear();
    auto pushed = registry_->push(admin_permit<Action::kBundlesPush>(), next, std::nullopt);
    ASSERT_FALSE(pushed) << verb;
    EXPECT_EQ(pushed.error().reason, "bundle.sandbox") << verb;
    ASSERT_EQ(ledger_.records.size(), 1u) << verb;
    EXPECT_EQ(ledger_.records[0].second.decision, "deny") << verb;
    EXPECT_EQ(ledger_.records[0].second.reason, "bundle.sandbox") << verb;
    EXPECT_EQ(find()->revision, revision) << verb;
  }
  for (const auto& [path, text] : next) put("acme-corp", path, text);
  EXPECT_EQ(reload(), "acme-corp=rejected");
  EXPECT_EQ(ledger_.records.back().second.reason, "bundle.sandbox");
  EXPECT_EQ(find()->revision, revision);
  sandbox.verb = "honest";
  EXPECT_EQ(reload(), "acme-corp=updated");
  EXPECT_NE(find()->revision, revision);
}

// Where no process can be had, what there is nothing to run of is taken all the same.
TEST_F(TakenOverTest, SettingsAloneNeedNoProcess) {
  ProcessSandbox nowhere(kClock, {.program = "/nowhere", .verb = "x"});
  put_acme();
  restart_over(nowhere);
  EXPECT_EQ(reload(), "acme-corp=created");
  put("acme-corp", "policies/retrieval.yaml", "{}\n");
  EXPECT_EQ(reload(), "acme-corp=rejected");
  EXPECT_EQ(ledger_.records.back().second.reason, "bundle.sandbox");
}

}  // namespace
}  // namespace bailiwick::bundles
