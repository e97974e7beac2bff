// A further round waits for as long as providers ask, longer each time, and no longer than the call may wait.
#include "routing/rounds.h"

#include <thread>

#include <gtest/gtest.h>

#include "support/model_rig.h"

namespace bailiwick::routing {
namespace {

using namespace std::chrono_literals;
using testing_support::FakeUpstream;
using testing_support::ModelRig;
using testing_support::Script;
const MonoTime kStart{std::chrono::hours(1)};

struct RoundsTest : testing::Test {
  RoundsTest() { target.provider = nullptr; }
  Candidates candidates() {
    Candidates out(Speakers::kAny);
    out.add(std::span(&target, 1));
    return out;
  }
  PlannedTarget target;  // `local` is always ready
  RetryBudget budget;
};

TEST_F(RoundsTest, ThereAreAsManyAsTheRouteSays) {
  snapshot::Retries retries{.attempts = 2};
  Rounds rounds(retries, budget, kStart);
  EXPECT_TRUE(rounds.are_left());
  rounds.wait(candidates(), kStart);
  EXPECT_TRUE(rounds.are_left());
  rounds.wait(candidates(), kStart);
  EXPECT_FALSE(rounds.are_left());
}

TEST_F(RoundsTest, EachWaitsLongerAndHalfOfItIsSpread) {
  snapshot::Retries retries{.attempts = 4, .longest = 10'000ms};
  Rounds rounds(retries, budget, kStart);
  for (auto backoff : {100ms, 200ms, 400ms, 800ms}) {
    auto wait = rounds.wait(candidates(), kStart + 1'234'567us);
    EXPECT_GE(wait, backoff / 2);
    EXPECT_LE(wait, backoff);
  }
}

TEST_F(RoundsTest, NoneBeginsAfterItsTime) {
  snapshot::Retries retries{.attempts = 5, .longest = 150ms};
  Rounds rounds(retries, budget, kStart);
  EXPECT_EQ(rounds.deadline(), kStart + 150ms);
  EXPECT_LE(rounds.wait(candidates(), kStart + 100ms), 50ms);
}

Script answers(int status, std::string_view header = {}, std::string_view value = {}) {
  Script script;
  script.status = status;
  script.body = status == 200 ? R"({"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5}})" : "{}";
  if (!header.empty()) script.headers.add({header, value});
  return script;
}

/// Calls that go through their route again.
struct RetryTest : testing::Test {
  RetryTest() {
    config.providers["one"] = ModelRig::openai(one);
    config.providers["two"] = ModelRig::openai(two);
    config.routing.primary = ModelRig::target("one", "big");
    config.routing.retries = {.attempts = 2, .longest = 1'000ms};
  }
  static ModelRig::Outcome ask(ModelRig& rig) {
    return rig.chat(R"({"model":"auto","max_tokens":10,"messages":[]})");
  }
  FakeUpstream one, two;
  snapshot::RouterConfig config;
};

TEST_F(RetryTest, AFailureThatPassesIsNotSeen) {
  one.play({answers(503), answers(429), answers(200)});
  ModelRig rig(config);
  auto out = ask(rig);
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(out.http_status, 200);
  EXPECT_EQ(one.seen().size(), 3u);
}

TEST_F(RetryTest, TheWholeRouteIsTriedAgain) {
  config.routing.fallback = ModelRig::target("two", "small");
  one.play({answers(500), answers(200)});
  two.play({answers(500)});
  ModelRig rig(config);
  EXPECT_EQ(ask(rig).model, "big");
  EXPECT_EQ(two.seen().size(), 1u);
}

TEST_F(RetryTest, TheLastRoundsAnswerIsPassedOn) {
  one.play({answers(503)});
  ModelRig rig(config);
  EXPECT_EQ(ask(rig).http_status, 503);
  EXPECT_EQ(one.seen().size(), 3u);
}

TEST_F(RetryTest, WhoAsksForMoreTimeThanACallHasGetsIt) {
  one.play({answers(429, "Retry-After", "30")});
  ModelRig rig(config);
  EXPECT_EQ(ask(rig).http_status, 429);
  EXPECT_EQ(one.seen().size(), 1u);
  auto resting = ask(rig);
  ASSERT_FALSE(resting.status);
  EXPECT_EQ(resting.status.error().reason, "upstream.unavailable");
  EXPECT_EQ(resting.status.error().retry_after_seconds, 30);
  EXPECT_EQ(one.seen().size(), 1u) << "it is left alone";
  rig.clock.advance(30s);
  one.play({answers(200)});
  EXPECT_EQ(ask(rig).http_status, 200);
}

TEST_F(RetryTest, OnlyTheModelThatWasAskedForRests) {
  config.routing.fallback = ModelRig::target("one", "small");
  one.play({answers(429, "Retry-After", "30"), answers(200)});
  ModelRig rig(config);
  EXPECT_EQ(ask(rig).model, "small");
  EXPECT_EQ(ask(rig).model, "small");
  EXPECT_EQ(one.seen().size(), 3u);
}

TEST_F(RetryTest, NonsenseIsNoRest) {
  for (std::string_view value : {"-1", "soon", "99999999999999999999", "", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    one.play({answers(429, "Retry-After", value), answers(200)});
    ModelRig rig(config);
    EXPECT_EQ(ask(rig).http_status, 200) << value;
  }
}

TEST_F(RetryTest, WhatMayHaveBeenUsedIsNotAskedForTwice) {
  Script slow = answers(200);
  slow.pause = 300ms;
  config.providers["one"].timeout = 50ms;
  one.play({slow});
  ModelRig rig(config);
  auto out = ask(rig);
  ASSERT_FALSE(out.status);
  EXPECT_EQ(out.status.error().reason, "upstream.timeout");
  EXPECT_EQ(one.seen().size(), 1u);
}

TEST_F(RetryTest, WhoClosedInsteadOfAnsweringMayHaveUsedItToo) {
  Script broken = answers(200);
  broken.end = Script::End::kBreakOff;
  one.play({broken});
  ModelRig rig(config);
  EXPECT_EQ(ask(rig).status.error().reason, "upstream.broken");
  EXPECT_EQ(one.seen().size(), 1u);
}

TEST_F(RetryTest, ATimeoutBarsFurtherRoundsAlsoWhereNothingHasAPrice) {
  Script slow = answers(200);
  slow.pause = 300ms;
  config.providers["one"].timeout = 50ms;
  config.routing.primary = ModelRig::target("one", "unpriced");
  config.routing.fallback = ModelRig::target("two", "unpriced");
  one.play({slow});
  two.play({answers(503)});
  ModelRig rig(config);
  ask(rig);
  EXPECT_EQ(one.seen().size(), 1u);
}

TEST_F(RetryTest, ACallThatTookTooLongIsNotTriedAgain) {
  Script slow = answers(503);
  slow.pause = 100ms;
  one.play({slow});
  config.routing.retries.longest = 50ms;
  ModelRig rig(config);
  std::jthread time([&] {
    std::this_thread::sleep_for(30ms);
    rig.clock.advance(60ms);
  });
  EXPECT_EQ(ask(rig).http_status, 503);
  EXPECT_EQ(one.seen().size(), 1u);
}

TEST_F(RetryTest, AnswersThatAreNoneOpenTheBreakerToo) {
  Script garbage = answers(200);
  garbage.body = "<html>";
  one.play({garbage});
  config.routing.retries.attempts = 0;
  ModelRig rig(config);
  for (int i = 0; i < CircuitBreaker::kThreshold; ++i)
    EXPECT_EQ(ask(rig).status.error().reason, "upstream.shape");
  EXPECT_EQ(ask(rig).status.error().reason, "upstream.unavailable");
}

TEST_F(RetryTest, ABadKeyIsNotTriedAgain) {
  one.play({answers(401)});
  ModelRig rig(config);
  EXPECT_EQ(ask(rig).status.error().reason, "upstream.credential");
  EXPECT_EQ(one.seen().size(), 1u);
}

TEST_F(RetryTest, RetriesAreAShareOfTheCalls) {
  config.routing.retries.share = 0;
  config.routing.retries.attempts = 1;
  one.play({answers(429)});  // which opens no breaker
  ModelRig rig(config);
  constexpr int calls = 30;
  for (int i = 0; i < calls; ++i) ask(rig);
  EXPECT_EQ(one.seen().size(), static_cast<std::size_t>(calls + RetryBudget::kMost));
}

TEST_F(RetryTest, WhatWasLearnedOutlivesAReload) {
  one.play({answers(500)});
  config.routing.retries.attempts = 0;
  ModelRig rig(config);
  for (int i = 0; i < CircuitBreaker::kThreshold; ++i) ask(rig);
  auto next = std::make_shared<snapshot::TenantSnapshot>(*rig.tenant);
  next->serial += 1;
  rig.tenant = next;
  EXPECT_EQ(ask(rig).status.error().reason, "upstream.unavailable");
  EXPECT_EQ(one.seen().size(), static_cast<std::size_t>(CircuitBreaker::kThreshold));
}

}  // namespace
}  // namespace bailiwick::routing
