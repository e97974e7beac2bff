// Splits choose by weight, session, latency or cost; who breaks the tenant's SLA is tried last.
#include "routing/selection.h"

#include <gtest/gtest.h>

#include "support/model_rig.h"

namespace bailiwick::routing {
namespace {

using namespace std::chrono_literals;
using snapshot::SplitBy;
using testing_support::FakeUpstream;
using testing_support::ModelRig;

class SelectionTest : public testing::Test {
 protected:
  SelectionTest() {
    for (const char* name : {"a", "b", "c"}) config.providers[name] = ModelRig::openai(upstream);
  }

  static snapshot::SplitTarget arm(std::string provider, std::string model, std::int64_t weight = 1) {
    snapshot::SplitTarget out;
    static_cast<snapshot::RouteTarget&>(out) = ModelRig::target(std::move(provider), std::move(model));
    out.weight = weight;
    return out;
  }
  void split(SplitBy by, std::vector<snapshot::SplitTarget> targets) {
    config.routing.split = snapshot::Split{by, std::move(targets)};
  }
  const RoutePlan& plan() {
    if (!plan_) {
      rig.emplace(config);
      plan_.emplace(rig->tenant, "", rig->prices.load(), std::make_shared<RouteMemory>(space));
    }
    return *plan_;
  }
  /// Providers in the order that one call tries them.
  std::string order(SelectionFacts facts, std::string_view model = "auto") {
    Candidates candidates = *plan().resolve(model, Speakers::kOpenAiChat, RoutePlan::Start::kPrimary);
    facts.now = now;
    arrange(candidates, plan().config(), facts);
    std::string out;
    while (const PlannedTarget* target = candidates.next()) out += target->provider_name();
    return out;
  }
  TargetHealth& health(std::string_view provider) {
    Candidates candidates = *plan().resolve("auto", Speakers::kOpenAiChat, RoutePlan::Start::kPrimary);
    while (const PlannedTarget* target = candidates.next()) {
      if (target->provider_name() == provider) return *target->health;
    }
    throw std::logic_error("no such provider");
  }
  void answers(std::string_view provider, std::chrono::milliseconds took, int calls = 1,
               CallOutcome outcome = CallOutcome::kGood) {
    for (int i = 0; i < calls; ++i) {
      health(provider).learn(took, outcome, now);
    }
  }

  FakeUpstream upstream;
  CacheSpace space{0};
  snapshot::RouterConfig config;
  std::optional<ModelRig> rig;
  std::optional<RoutePlan> plan_;
  MonoTime now{std::chrono::hours(1)};
};

TEST_F(SelectionTest, WeightsAreKeptOverAnyRunOfCalls) {
  split(SplitBy::kWeight, {arm("a", "big", 70), arm("b", "big", 20), arm("c", "big", 10)});
  std::map<char, int> first;
  for (std::uint64_t turn = 0; turn < 100; ++turn) ++first[order({.turn = turn})[0]];
  EXPECT_NEAR(first['a'], 70, 2);
  EXPECT_NEAR(first['b'], 20, 2);
  EXPECT_NEAR(first['c'], 10, 2);
}

TEST_F(SelectionTest, OthersOfASplitFollowAndThenTheFallback) {
  split(SplitBy::kWeight, {arm("a", "big", 0), arm("b", "big", 1)});
  config.routing.fallback = ModelRig::target("c", "small");
  for (std::uint64_t turn = 0; turn < 10; ++turn) EXPECT_EQ(order({.turn = turn}), "bac");
}

TEST_F(SelectionTest, ASessionStaysAndWeightsAreKeptOverSessions) {
  split(SplitBy::kSticky, {arm("a", "big", 3), arm("b", "big", 1)});
  int at_a = 0;
  for (int session = 0; session < 2'000; ++session) {
    std::string name = "session-" + std::to_string(session);
    std::string chosen = order({.session = name, .turn = 1});
    EXPECT_EQ(chosen, order({.session = name, .turn = 2}));
    if (chosen[0] == 'a') ++at_a;
  }
  EXPECT_NEAR(at_a, 1'500, 100);
}

TEST_F(SelectionTest, AFurtherTargetTakesSessionsOnlyForItself) {
  split(SplitBy::kSticky, {arm("a", "big"), arm("b", "big")});
  std::vector<char> before;
  for (int session = 0; session < 300; ++session)
    before.push_back(order({.session = std::to_string(session)})[0]);
  plan_.reset();
  split(SplitBy::kSticky, {arm("a", "big"), arm("b", "big"), arm("c", "big")});
  int moved = 0;
  for (int session = 0; session < 300; ++session) {
    char now_at = order({.session = std::to_string(session)})[0];
    if (now_at == before[static_cast<std::size_t>(session)]) continue;
    ++moved;
    EXPECT_EQ(now_at, 'c');
  }
  EXPECT_NEAR(moved, 100, 40);
}

TEST_F(SelectionTest, TheQuickerOfTwoIsChosen) {
  split(SplitBy::kLatency, {arm("a", "big"), arm("b", "big")});
  answers("a", 900ms);
  answers("b", 100ms);
  for (std::uint64_t turn = 0; turn < 20; ++turn) EXPECT_EQ(order({.turn = turn}), "ba");
  std::vector<TargetHealth::Flight> flights;
  for (int i = 0; i < 20; ++i) flights.emplace_back(&health("b"));
  for (std::uint64_t turn = 0; turn < 20; ++turn) EXPECT_EQ(order({.turn = turn}), "ab");
}

TEST_F(SelectionTest, WhoFailsAtOnceIsNotQuick) {
  split(SplitBy::kLatency, {arm("a", "big"), arm("b", "big")});
  answers("a", 100ms);
  answers("b", 1ms, 1, CallOutcome::kFailed);
  for (std::uint64_t turn = 0; turn < 20; ++turn) EXPECT_EQ(order({.turn = turn}), "ab");
}

TEST_F(SelectionTest, OfThreeTheSlowestIsNeverChosen) {
  split(SplitBy::kLatency, {arm("a", "big"), arm("b", "big"), arm("c", "big")});
  answers("a", 100ms);
  answers("b", 110ms);
  answers("c", 5s);
  std::map<char, int> first;
  for (std::uint64_t turn = 0; turn < 300; ++turn) ++first[order({.turn = turn})[0]];
  EXPECT_EQ(first['c'], 0);
  EXPECT_GT(first['a'], 100);
  EXPECT_GT(first['b'], 50) << "there is no herd";
}

TEST_F(SelectionTest, TheCheapestForTheRequestIsChosenAndUnknownPricesComeLast) {
  split(SplitBy::kCost, {arm("a", "unknown"), arm("b", "big"), arm("c", "small")});
  EXPECT_EQ(order({.input_tokens = 100, .output_tokens = 100}), "cba");
}

TEST_F(SelectionTest, AModelOfASplitIsCalledByNameWhereverItStands) {
  split(SplitBy::kWeight, {arm("a", "big", 1), arm("b", "small", 1), arm("c", "big", 1)});
  std::map<std::string, int> seen;
  for (std::uint64_t turn = 0; turn < 20; ++turn) ++seen[order({.turn = turn}, "big")];
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_NEAR(seen["ac"], 10, 2);
  EXPECT_NEAR(seen["ca"], 10, 2);
}

TEST_F(SelectionTest, WhoBreaksTheSlaIsTriedLastAndOnlyWhileItDoes) {
  config.routing.primary = ModelRig::target("a", "big");
  config.routing.fallback = ModelRig::target("b", "small");
  config.routing.fallbacks = {ModelRig::target("local", "extractive")};
  config.sla.p95_latency_ms = 1000;
  EXPECT_EQ(order({}), "ablocal");
  answers("a", 3s, 30);
  answers("b", 100ms, 30);
  EXPECT_EQ(order({}), "balocal") << "local is what remains, not what is preferred";
  now += 20s;
  EXPECT_EQ(order({}), "ablocal") << "it may show that it is well again";
}

TEST_F(SelectionTest, ErrorsBreakTheSlaToo) {
  config.routing.primary = ModelRig::target("a", "big");
  config.routing.fallback = ModelRig::target("b", "small");
  config.sla.error_rate_max = 0.1;
  answers("a", 10ms, 27);
  answers("a", 10ms, 3, CallOutcome::kFailed);
  EXPECT_EQ(order({}), "ab") << "exactly at the limit is allowed";
  answers("a", 10ms, 1, CallOutcome::kFailed);
  EXPECT_EQ(order({}), "ba");
}

}  // namespace
}  // namespace bailiwick::routing
