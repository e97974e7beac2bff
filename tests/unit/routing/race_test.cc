// When the first target is slow the next one is asked too: who answers first is taken, the other is ended and
// paid for.
#include "routing/race.h"

#include <gtest/gtest.h>

#include "net/timer.h"
#include "support/model_rig.h"

namespace bailiwick::routing {
namespace {

using namespace std::chrono_literals;
using testing_support::FakeUpstream;
using testing_support::ModelRig;
using testing_support::Script;

constexpr std::string_view kAnswer =
    R"({"choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":10,"completion_tokens":5}})";
constexpr std::string_view kAsk =
    R"({"model":"auto","messages":[{"role":"user","content":"hello"}],"max_tokens":100})";
/// What `small` bills for kAnswer, and the most that `big` may bill for a question that was never answered.
constexpr PicoDollars kSmall(10 * 1'000'000 + 5 * 2'000'000);
constexpr PicoDollars kBigOutput(100 * 20'000'000);

Script after(std::chrono::milliseconds pause, int status = 200) {
  Script script;
  script.status = status;
  script.body = kAnswer;
  script.pause = pause;
  return script;
}

class RaceTest : public testing::Test {
 protected:
  RaceTest() {
    config.providers["one"] = ModelRig::openai(one);
    config.providers["two"] = ModelRig::openai(two);
    config.providers["three"] = ModelRig::openai(three);
    config.routing.primary = ModelRig::target("one", "big");
    config.routing.fallback = ModelRig::target("two", "small");
    config.routing.hedge.emplace();
    config.routing.hedge->after = 30ms;
  }
  ModelRig::Outcome ask(ModelRig& rig, std::string_view body = kAsk) {
    MonoTime begun = SystemClock().mono();
    auto out = rig.chat(std::string(body));
    took = SystemClock().mono() - begun;
    return out;
  }

  FakeUpstream one, two, three;
  snapshot::RouterConfig config;
  MonoTime::duration took{};
};

TEST_F(RaceTest, TheSecondAnswersWhileTheFirstIsSlow) {
  one.play({after(3s)});
  two.play({after(0ms)});
  ModelRig rig(config);
  auto out = ask(rig);
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(out.text, kAnswer);
  EXPECT_LT(took, 2s);
  EXPECT_EQ(out.record.provider, "two");
  EXPECT_EQ(out.record.model, "small");
  EXPECT_EQ(out.record.input_tokens, 10);
  EXPECT_EQ(out.record.output_tokens, 5);
  EXPECT_GE(out.cost, kSmall + kBigOutput) << "the first may bill what it was asked for";
  EXPECT_EQ(out.record.cost, out.cost);
  ASSERT_EQ(out.record.passed_over.size(), 1u) << "the record names all who were asked";
  EXPECT_EQ(out.record.passed_over[0].provider, "one");
  EXPECT_EQ(out.record.passed_over[0].model, "big");
  EXPECT_EQ(out.record.passed_over[0].reason, "upstream.outrun");
  EXPECT_EQ(rig.tenant->meter->view().concurrent, 0);
  EXPECT_EQ(rig.tenant->meter->view().requests_total, 1) << "for the caller it is one request";
}

TEST_F(RaceTest, AQuickFirstIsAskedAlone) {
  one.play({after(0ms)});
  two.play({after(0ms)});
  ModelRig rig(config);
  EXPECT_EQ(ask(rig).record.provider, "one");
  EXPECT_TRUE(two.seen().empty());
}

TEST_F(RaceTest, TheFirstMayStillWin) {
  one.play({after(150ms)});
  two.play({after(3s)});
  ModelRig rig(config);
  auto out = ask(rig);
  EXPECT_LT(took, 2s);
  EXPECT_EQ(out.record.provider, "one");
  EXPECT_EQ(two.seen().size(), 1u);
  ASSERT_EQ(out.record.passed_over.size(), 1u);
  EXPECT_EQ(out.record.passed_over[0].provider, "two");
  EXPECT_GE(out.cost, PicoDollars(10 * 10'000'000 + 5 * 20'000'000 + 100 * 2'000'000));
  EXPECT_EQ(out.record.cost, out.cost);
}

TEST_F(RaceTest, WhatIsSpentIsWhatTheRecordSays) {
  one.play({after(3s)});
  two.play({after(0ms)});
  metering::Limits limits;
  limits.daily_budget = PicoDollars::dollars(1);
  ModelRig rig(config, limits);
  auto out = ask(rig);
  EXPECT_EQ(rig.spent(), out.record.cost);
  EXPECT_EQ(rig.tenant->meter->view().windows[0].reserved, PicoDollars());
}

TEST_F(RaceTest, ABudgetThatDoesNotTakeBothAsksOne) {
  one.play({after(200ms)});
  two.play({after(0ms)});
  config.routing.fallback = ModelRig::target("two", "big");
  metering::Limits limits;
  limits.daily_budget = PicoDollars(3'000'000'000);  // one call of `big` is 2.0e9 and its question
  ModelRig rig(config, limits);
  auto out = ask(rig);
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(out.record.provider, "one");
  EXPECT_TRUE(two.seen().empty());
  EXPECT_LE(rig.spent(), *limits.daily_budget);
}

TEST_F(RaceTest, WhenBothFailTheNextIsTried) {
  one.play({after(100ms, 500)});
  two.play({after(100ms, 500)});
  three.play({after(0ms)});
  config.routing.fallbacks = {ModelRig::target("three", "small")};
  ModelRig rig(config);
  auto out = ask(rig);
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(out.record.provider, "three");
  EXPECT_EQ(one.seen().size() + two.seen().size() + three.seen().size(), 3u) << "each once";
  ASSERT_EQ(out.record.passed_over.size(), 2u);
  for (const auto& target : out.record.passed_over) EXPECT_EQ(target.reason, "upstream.status");
}

TEST_F(RaceTest, AFirstThatFailsAtOnceIsFollowedAsEver) {
  one.play({after(0ms, 503)});
  two.play({after(0ms)});
  ModelRig rig(config);
  auto out = ask(rig);
  EXPECT_EQ(out.record.provider, "two");
  EXPECT_EQ(two.seen().size(), 1u);
}

TEST_F(RaceTest, AFirstThatFailsDuringTheRaceLeavesTheSecond) {
  one.play({after(80ms, 503)});
  two.play({after(250ms)});
  ModelRig rig(config);
  auto out = ask(rig);
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(out.record.provider, "two");
  EXPECT_EQ(two.seen().size(), 1u);
  EXPECT_EQ(out.cost, kSmall) << "a refusal is not billed";
}

TEST_F(RaceTest, ARefusalDoesNotBeatAnAnswerOnItsWay) {
  for (int status : {400, 429, 503}) {
    one.play({after(200ms)});
    two.play({after(0ms, status)});
    ModelRig rig(config);
    auto out = ask(rig);
    EXPECT_EQ(out.http_status, 200) << status;
    EXPECT_EQ(out.record.provider, "one") << status;
    EXPECT_EQ(out.cost, PicoDollars(10 * 10'000'000 + 5 * 20'000'000)) << "a refusal is not billed";
    ASSERT_EQ(out.record.passed_over.size(), 1u) << status;
    EXPECT_EQ(out.record.passed_over[0].reason, "upstream.status") << status;
  }
}

TEST_F(RaceTest, ARefusalIsTheAnswerWhenTheFirstFails) {
  one.play({after(200ms, 500)});
  two.play({after(0ms, 429)});
  ModelRig rig(config);
  EXPECT_EQ(ask(rig).http_status, 429);
}

TEST_F(RaceTest, ASecondThatWinsHoldsTheSlotOfTheRequest) {
  Script stream;
  stream.chunks = {"data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n", "data: [DONE]\n\n"};
  stream.pause = 300ms;
  one.play({after(5s)});
  two.play({stream});
  ModelRig rig(config);
  int at_one_time = -1;
  net::spawn(
      rig.io,
      rig.play(Endpoint::kChatCompletions, R"({"model":"auto","stream":true,"messages":[],"max_tokens":100})",
               {}, ModelRig::kToTheEnd),
      [&](const auto&) { rig.io.stop(); });
  net::Timer timer(rig.io.get_executor());
  timer.expires_after(450ms);
  timer.async_wait([&](auto) { at_one_time = static_cast<int>(rig.tenant->meter->view().concurrent); });
  rig.io.run();
  EXPECT_EQ(at_one_time, 1) << "while the stream flows";
  EXPECT_EQ(rig.tenant->meter->view().concurrent, 0);
}

TEST_F(RaceTest, ATranslatedStreamOutlivesTheRace) {
  one.play({after(5s)});
  Script stream;
  stream.chunks = {
      "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":10,"
      "\"output_tokens\":1}}}\n\n",
      "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
      "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
      "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
      "\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\n\n"};
  stream.pause = 20ms;
  stream.end = Script::End::kBreakOff;
  two.play({stream});
  config.providers["two"] = ModelRig::anthropic(two);
  ModelRig rig(config);
  auto out = ask(
      rig, R"({"model":"auto","stream":true,"messages":[{"role":"user","content":"x"}],"max_tokens":100})");
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(out.record.provider, "two");
  EXPECT_NE(out.text.find("req_1"), std::string::npos) << "the stream has an id of ours: " << out.text;
}

TEST_F(RaceTest, AStreamIsTakenFromWhoeverBeginsIt) {
  Script stream;
  stream.chunks = {"data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n",
                   "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":5}}\n\n",
                   "data: [DONE]\n\n"};
  Script slow = stream;
  slow.pause = 2s;
  one.play({slow});
  two.play({stream});
  ModelRig rig(config);
  auto out = ask(rig, R"({"model":"auto","stream":true,"messages":[],"max_tokens":100})");
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_LT(took, 1s);
  EXPECT_EQ(out.last, Piece::Kind::kLast);
  EXPECT_NE(out.text.find("hi"), std::string::npos);
  EXPECT_EQ(out.record.provider, "two");
  EXPECT_EQ(out.record.output_tokens, 5);
  EXPECT_EQ(out.record.cost, out.cost);
  EXPECT_GE(out.cost, kSmall + kBigOutput);
}

TEST_F(RaceTest, OnlyAShareOfCallsIsHedged) {
  one.play({after(80ms)});
  two.play({after(2s)});
  config.routing.hedge->share = 0;
  ModelRig rig(config);
  for (int i = 0; i < 13; ++i) EXPECT_EQ(ask(rig).record.provider, "one");
  EXPECT_EQ(two.seen().size(), static_cast<std::size_t>(RetryBudget::kMost)) << "what a tenant begins with";
}

TEST_F(RaceTest, BeingSlowIsNotBeingBroken) {
  one.play({after(2s)});
  two.play({after(0ms)});
  ModelRig rig(config);
  for (int i = 0; i < 7; ++i) ask(rig);
  EXPECT_EQ(one.seen().size(), 7u) << "its breaker would rest it after five failures";
}

TEST_F(RaceTest, WithoutATimeItIsHowLongMostCallsTake) {
  config.routing.hedge->after.reset();
  two.play({after(0ms)});
  ModelRig rig(config);
  one.play({after(300ms)});
  EXPECT_EQ(ask(rig).record.provider, "one") << "nothing is known yet";
  one.play({after(0ms)});
  for (int i = 0; i < 25; ++i) ask(rig);
  one.play({after(3s)});
  EXPECT_EQ(ask(rig).record.provider, "two");
  EXPECT_LT(took, 2s);
}

TEST_F(RaceTest, ALoopThatEndsInARaceTakesBothCallsAlong) {
  one.play({after(3s)});
  two.play({after(3s)});
  ModelRig other(config);
  std::shared_ptr<metering::TenantMeter> meter = other.tenant->meter;
  {
    ModelRig rig(config);
    rig.tenant = other.tenant;
    net::spawn(rig.io, rig.play(Endpoint::kChatCompletions, std::string(kAsk), {}, 0), [](const auto&) {});
    rig.io.run_for(200ms);
    EXPECT_EQ(meter->view().concurrent, 1) << "for its limits it is one request";
    EXPECT_EQ(two.seen().size(), 1u);
  }
  EXPECT_EQ(meter->view().concurrent, 0);
}

}  // namespace
}  // namespace bailiwick::routing
