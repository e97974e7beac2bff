// Calls of models end to end: which target answers, what it is sent, what it costs, and what never gets out.
#include "routing/router.h"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "base/log.h"
#include "policy/rule_files.h"
#include "policy/rules.h"
#include "support/model_rig.h"
#include "support/temp_folder.h"

namespace bailiwick::routing {
namespace {

using namespace std::chrono_literals;
using testing_support::FakeUpstream;
using testing_support::ModelRig;
using testing_support::Script;

constexpr std::string_view kAnswer =
    R"({"id":"c1","choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}})";
constexpr std::string_view kAsk =
    R"({ "model" : "big", "messages":[{"role":"user","content":"hello"}], "max_tokens":100 })";

Script answers(std::string_view body = kAnswer, int status = 200) {
  Script script;
  script.status = status;
  script.body = body;
  return script;
}

metering::Limits daily(PicoDollars limit) {
  metering::Limits limits;
  limits.daily_budget = limit;
  return limits;
}

/// `big` at one upstream, `small` at another, then the house.
snapshot::RouterConfig two_providers(const FakeUpstream& first, const FakeUpstream& second) {
  snapshot::RouterConfig config;
  config.providers["one"] = ModelRig::openai(first);
  config.providers["two"] = ModelRig::openai(second);
  config.routing.primary = ModelRig::target("one", "big");
  config.routing.fallback = ModelRig::target("two", "small");
  return config;
}

class RouterTest : public testing::Test {
 protected:
  FakeUpstream one, two;
  snapshot::RouterConfig config = two_providers(one, two);
};

TEST_F(RouterTest, PassesARequestAndItsAnswerByteForByte) {
  one.play({answers()});
  ModelRig rig(config);
  auto out = rig.chat(std::string(kAsk));
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(out.text, kAnswer);
  ASSERT_EQ(one.seen().size(), 1u);
  EXPECT_EQ(one.seen()[0].body, kAsk);
  EXPECT_EQ(one.seen()[0].path, "/v1/chat/completions");
}

TEST_F(RouterTest, SettlesByReportedUsageAndFillsTheRecord) {
  one.play({answers()});
  ModelRig rig(config, daily(PicoDollars::dollars(1)));
  auto out = rig.chat(std::string(kAsk));
  EXPECT_EQ(out.cost, PicoDollars(10 * 10'000'000 + 5 * 20'000'000));
  EXPECT_EQ(rig.spent(), out.cost);
  EXPECT_EQ(out.record.provider, "one");
  EXPECT_EQ(out.record.model, "big");
  EXPECT_EQ(out.record.input_tokens, 10);
  EXPECT_EQ(out.record.output_tokens, 5);
  EXPECT_EQ(out.record.cost, out.cost);
  EXPECT_EQ(rig.tenant->meter->view().concurrent, 0);
}

TEST_F(RouterTest, FallsBackOnStatusesThatAnotherTargetMayNotHave) {
  for (int status : {408, 429, 500, 503, 529}) {
    one.play({answers("{}", status)});
    two.play({answers()});
    ModelRig rig(config);
    auto out = rig.chat(std::string(kAsk));
    ASSERT_TRUE(out.status) << status;
    EXPECT_EQ(out.model, "small") << status;
    ASSERT_EQ(out.record.passed_over.size(), 1u) << status;
    EXPECT_EQ(out.record.passed_over[0].provider, "one");
    EXPECT_EQ(two.seen().back().body,
              R"({ "model" : "small", "messages":[{"role":"user","content":"hello"}], "max_tokens":100 })");
    EXPECT_EQ(out.cost, PicoDollars(10 * 1'000'000 + 5 * 2'000'000))
        << "at the price of the model that answered";
  }
}

TEST_F(RouterTest, DoesNotFallBackOnTheCallersOwnFault) {
  one.play({answers(R"({"error":{"message":"no"}})", 400)});
  ModelRig rig(config);
  auto out = rig.chat(std::string(kAsk));
  EXPECT_EQ(out.http_status, 400);
  EXPECT_EQ(out.text, R"({"error":{"message":"no"}})");
  EXPECT_TRUE(two.seen().empty());
  EXPECT_EQ(out.cost, PicoDollars());
}

TEST_F(RouterTest, FallsBackWhenTheUpstreamCannotBeReachedIsTooSlowOrBreaksOff) {
  two.play({answers()});
  Script slow = answers();
  slow.pause = 300ms;
  Script broken = answers();
  broken.end = Script::End::kBreakOff;
  for (const Script& script : {slow, broken}) {
    one.play({script});
    config.providers["one"].timeout = 50ms;
    EXPECT_EQ(ModelRig(config).chat(std::string(kAsk)).model, "small");
  }
  config.providers["one"].base_url = "http://127.0.0.1:1/v1";
  EXPECT_EQ(ModelRig(config).chat(std::string(kAsk)).model, "small");
}

TEST_F(RouterTest, AProviderOfAStreamIsToldWhereTheMoneyEnds) {
  Script burst;
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "data: {\"choices\":[{\"delta\":{\"content\":\"word \"}}]}\n\n";
  burst.chunks = {text};
  one.play({burst});
  // Money for some 500 tokens of `big`, which may write 1,000; it writes faster than we could cut it.
  ModelRig rig(config, daily(PicoDollars(10'000'000'000)));
  rig.chat(R"({"model":"big","stream":true,"messages":[]})");
  ASSERT_EQ(one.seen().size(), 1u);
  json::object told = parse_json_object(one.seen()[0].body).value();
  ASSERT_TRUE(told.contains("max_tokens")) << one.seen()[0].body;
  EXPECT_LE(told.at("max_tokens").as_int64() * 20'000'000, 10'000'000'000);
  EXPECT_GE(told.at("max_tokens").as_int64(), 400);
}

TEST_F(RouterTest, WhoFellSilentMayBillAllTheSame) {
  Script slow = answers();
  slow.pause = 300ms;
  config.providers["one"].timeout = 50ms;
  one.play({slow, slow});
  two.play({answers()});
  constexpr std::string_view kBounded = R"({"model":"auto","max_tokens":100,"messages":[]})";
  ModelRig rig(config, daily(PicoDollars::dollars(1)));
  auto out = rig.chat(std::string(kBounded));
  EXPECT_EQ(out.model, "small");
  // `big` could have written 100 tokens at 20 µ$.
  EXPECT_GE(out.record.cost, PicoDollars(100 * 20'000'000));
  EXPECT_EQ(rig.tenant->meter->view().windows[0].spent, out.record.cost);
  config.routing.fallback.reset();
  ModelRig alone(config, daily(PicoDollars::dollars(1)));
  auto failed = alone.chat(std::string(kBounded));
  EXPECT_EQ(failed.status.error().reason, "upstream.timeout");
  EXPECT_GE(failed.record.cost, PicoDollars(100 * 20'000'000));
  EXPECT_EQ(alone.tenant->meter->view().windows[0].spent, failed.record.cost);
  EXPECT_EQ(alone.tenant->meter->view().windows[0].reserved, PicoDollars());
}

TEST_F(RouterTest, WhoWasNeverReachedOrRefusedBillsNothing) {
  config.providers["one"].base_url = "http://127.0.0.1:1/v1";
  config.routing.fallback.reset();
  ModelRig unreached(config, daily(PicoDollars::dollars(1)));
  EXPECT_FALSE(unreached.chat(std::string(kAsk)).status);
  EXPECT_EQ(unreached.tenant->meter->view().windows[0].spent, PicoDollars());
}

TEST_F(RouterTest, TheLastTargetsErrorIsTheAnswer) {
  one.play({answers("{}", 500)});
  two.play({answers(R"({"error":{"message":"busy"}})", 429)});
  two.play({[&] {
    Script s = answers(R"({"error":{"message":"busy"}})", 429);
    s.headers.add("Retry-After", "7");
    return s;
  }()});
  ModelRig rig(config);
  auto out = rig.chat(std::string(kAsk));
  EXPECT_EQ(out.http_status, 429);
  EXPECT_EQ(out.text, R"({"error":{"message":"busy"}})");
  EXPECT_EQ(out.headers.get("retry-after"), "7");
}

TEST_F(RouterTest, ABreakerStopsCallingAndTriesAgainAfterAWhile) {
  one.play({answers("{}", 500)});
  two.play({answers()});
  ModelRig rig(config);
  for (int i = 0; i < CircuitBreaker::kThreshold + 3; ++i)
    EXPECT_EQ(rig.chat(std::string(kAsk)).model, "small");
  EXPECT_EQ(one.seen().size(), static_cast<std::size_t>(CircuitBreaker::kThreshold));
  rig.clock.advance(CircuitBreaker::kCoolDown);
  one.play({answers()});
  EXPECT_EQ(rig.chat(std::string(kAsk)).model, "big");
  EXPECT_EQ(rig.chat(std::string(kAsk)).model, "big");
}

TEST_F(RouterTest, WhatAModelWritesBadlyIsNoFaultOfItsProvider) {
  one.play({answers(R"({"choices":[{"finish_reason":"length","message":{"tool_calls":[{"id":"c",
    "function":{"name":"f","arguments":"{\"a\":"}}]}}]})")});
  config.routing.fallback.reset();
  ModelRig rig(config);
  constexpr std::size_t kCalls = CircuitBreaker::kThreshold + 3;
  for (std::size_t i = 0; i < kCalls; ++i) {
    auto out = rig.call(Endpoint::kMessages, R"({"model":"big","max_tokens":50,"messages":[]})");
    EXPECT_EQ(out.status.error().reason, "upstream.call");
  }
  EXPECT_EQ(one.seen().size(), kCalls);
}

TEST_F(RouterTest, AutoTakesTheRoutesModelAndItsSettings) {
  one.play({answers()});
  config.routing.primary.max_tokens = 77;
  config.routing.primary.temperature = 0.5;
  ModelRig rig(config);
  rig.chat(R"({"model":"auto","messages":[]})");
  EXPECT_EQ(one.seen()[0].body, R"({"max_tokens":77,"temperature":0.5,"model":"big","messages":[]})");
  rig.chat(R"({"model":"auto","temperature":1,"max_tokens":5})");
  EXPECT_EQ(one.seen()[1].body, R"({"model":"big","temperature":1,"max_tokens":5})");
}

TEST_F(RouterTest, ANameThatNoRouteAllowsIsNotFound) {
  ModelRig rig(config);
  auto out = rig.chat(R"({"model":"other"})");
  ASSERT_FALSE(out.status);
  EXPECT_EQ(out.status.error().reason, "model_not_found");
  EXPECT_EQ(out.status.error().code, ErrorCode::kNotFound);
}

TEST_F(RouterTest, WhatIsNotTranslatedHasNoRouteToAnotherDialect) {
  config.providers["claude"] = ModelRig::anthropic(two);
  config.routing.additional_models = {ModelRig::target("claude", "sonnet")};
  ModelRig rig(config);
  EXPECT_EQ(rig.call(Endpoint::kCountTokens, R"({"model":"big"})").status.error().reason, "no_route");
  EXPECT_EQ(rig.call(Endpoint::kEmbeddings, R"({"model":"sonnet"})").status.error().reason, "no_route");
  EXPECT_EQ(rig.call(Endpoint::kEmbeddings, R"({"model":"auto"})").status.error().reason, "no_route");
  EXPECT_TRUE(two.seen().empty());
}

TEST_F(RouterTest, AnAdditionalModelIsNeverReplaced) {
  config.routing.additional_models = {ModelRig::target("one", "rare")};
  one.play({answers("{}", 500)});
  two.play({answers()});
  auto out = ModelRig(config).chat(R"({"model":"rare"})");
  EXPECT_EQ(out.http_status, 500);
  EXPECT_TRUE(two.seen().empty());
}

TEST_F(RouterTest, TheHouseAnswersInTheCallersDialect) {
  snapshot::RouterConfig house;
  ModelRig rig(house);
  auto chat = rig.chat(R"({"model":"auto","messages":[{"role":"user","content":"hello"}]})");
  ASSERT_TRUE(chat.status) << chat.status.error().message;
  EXPECT_EQ(parse_json(chat.text)->at_pointer("/choices/0/message/content"), json::value("echo: hello"));
  auto messages = rig.call(
      Endpoint::kMessages,
      R"({"model":"extractive","messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]})");
  ASSERT_TRUE(messages.status);
  EXPECT_EQ(parse_json(messages.text)->at_pointer("/content/0/text"), json::value("echo: hi"));
  EXPECT_EQ(messages.cost, PicoDollars());
}

TEST_F(RouterTest, TheHouseStreamsToo) {
  ModelRig rig(snapshot::RouterConfig{});
  auto out = rig.chat(
      R"({"model":"auto","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"x"}]})");
  EXPECT_NE(out.text.find("echo: x"), std::string::npos);
  EXPECT_NE(out.text.find("\"usage\":{"), std::string::npos);
  EXPECT_TRUE(out.text.ends_with("data: [DONE]\n\n"));
  auto messages = rig.call(Endpoint::kMessages,
                           R"({"model":"auto","stream":true,"messages":[{"role":"user","content":"x"}]})");
  EXPECT_NE(messages.text.find("event: message_stop"), std::string::npos);
}

TEST_F(RouterTest, WithABudgetAModelWithoutAPriceIsRefused) {
  config.routing.primary = ModelRig::target("one", "unpriced");
  config.routing.fallback.reset();
  ModelRig strict(config, daily(PicoDollars::dollars(1)));
  auto refused = strict.chat(R"({"model":"unpriced"})");
  ASSERT_FALSE(refused.status);
  EXPECT_EQ(refused.status.error().reason, "price.unknown");
  EXPECT_EQ(refused.status.error().code, ErrorCode::kInvalid);
  EXPECT_NE(refused.status.error().message.find("prices update"), std::string::npos);
  one.play({answers()});
  EXPECT_TRUE(ModelRig(config).chat(R"({"model":"unpriced"})").status) << "without a budget it may be called";
}

TEST_F(RouterTest, ACeilingPriceStandsInForOneThatIsNotKnown) {
  config.routing.primary = ModelRig::target("one", "unpriced");
  config.routing.fallback.reset();
  config.budget.unknown_price = {.input_per_million_usd = PicoDollars::dollars(10),
                                 .output_per_million_usd = PicoDollars::dollars(20)};
  one.play({answers()});
  ModelRig rig(config, daily(PicoDollars::dollars(1)));
  auto out = rig.chat(R"({"model":"unpriced"})");
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(out.cost, PicoDollars(out.usage.input * 10'000'000 + out.usage.output * 20'000'000));
}

TEST_F(RouterTest, WhatMayCostAnythingIsRefusedUnderAStrictBudgetAlone) {
  constexpr std::string_view kSearching = R"({"model":"auto","web_search_options":{}})";
  auto refused = ModelRig(config, daily(PicoDollars::dollars(1))).chat(std::string(kSearching));
  ASSERT_FALSE(refused.status);
  EXPECT_EQ(refused.status.error().reason, "price.unbounded");
  one.play({answers(), answers()});
  EXPECT_TRUE(ModelRig(config).chat(std::string(kSearching)).status);
  metering::Limits expecting = daily(PicoDollars::dollars(1));
  expecting.enforcement = metering::Enforcement::kExpected;
  EXPECT_TRUE(ModelRig(config, expecting).chat(std::string(kSearching)).status);
}

TEST_F(RouterTest, ABudgetThatExpectsReservesWhatCallsUsuallyCost) {
  one.play({answers(), answers()});
  // `big` could write 1000 tokens for 0.02 USD, and 0.01 is left.
  metering::Limits limits = daily(PicoDollars(10'000'000'000));
  auto refused = ModelRig(config, limits).chat(R"({"model":"auto","max_tokens":1000})");
  ASSERT_FALSE(refused.status);
  EXPECT_EQ(refused.status.error().reason, "budget.daily");
  limits.enforcement = metering::Enforcement::kExpected;
  EXPECT_TRUE(ModelRig(config, limits).chat(R"({"model":"auto","max_tokens":1000})").status);
}

TEST_F(RouterTest, AFallbackWithoutAPriceIsPassedOverUnderABudget) {
  config.routing.fallback = ModelRig::target("two", "unpriced");
  one.play({answers("{}", 503)});
  two.play({answers()});
  EXPECT_EQ(ModelRig(config, daily(PicoDollars::dollars(1))).chat(std::string(kAsk)).http_status, 503);
  EXPECT_TRUE(two.seen().empty());
  EXPECT_EQ(ModelRig(config).chat(std::string(kAsk)).model, "unpriced");
}

TEST_F(RouterTest, NoDataGoesWhereARuleForbidsIt) {
  config.providers["one"].region = "cn-north-1";
  config.providers["two"].region = "eu-west-1";
  config.routing.hedge.emplace();
  config.routing.hedge->after = 10ms;
  ModelRig rig(config);
  auto forbid = [&](std::string_view condition) {
    std::string text =
        "@id(\"there\") forbid(principal, action in Bailiwick::Action::\"all\", resource) when { " +
        std::string(condition) + " };";
    auto changed = std::make_shared<snapshot::TenantSnapshot>(*rig.tenant);
    changed->rules = policy::Rules::compile(
                         policy::read_rules({{"r.cedar", text}}, "", policy::RulesOf::kTenant)->operations)
                         .value();
    rig.tenant = std::move(changed);
  };
  forbid(R"(context has region && context.region like "cn-*")");
  two.play({answers()});
  EXPECT_EQ(rig.chat(std::string(kAsk)).model, "small") << "the next of the route is tried";
  EXPECT_TRUE(one.seen().empty());

  forbid("context has region");
  auto refused = rig.chat(std::string(kAsk));
  ASSERT_FALSE(refused.status);
  EXPECT_EQ(refused.status.error().code, ErrorCode::kForbidden);
  EXPECT_EQ(refused.status.error().reason, "rule.there");
  EXPECT_TRUE(one.seen().empty());
  EXPECT_EQ(two.seen().size(), 1u);

  forbid(R"(context has region && context.region == "eu-west-1")");
  one.play({answers("{}", 503)});
  EXPECT_EQ(rig.chat(std::string(kAsk)).http_status, 503) << "it is no fallback either";
  EXPECT_EQ(two.seen().size(), 1u);
  Script slow = answers();
  slow.pause = 100ms;
  one.play({slow});
  EXPECT_EQ(rig.chat(std::string(kAsk)).http_status, 200);
  EXPECT_EQ(two.seen().size(), 1u) << "nor is it asked beside one that is slow";
}

TEST_F(RouterTest, AProgramsRoutesGoBeforeTheTenants) {
  auto files = std::make_shared<snapshot::BundleFiles>();
  files->settings.router = config;
  files->programs["radar"].router = config;
  files->programs["radar"].router.routing.primary = ModelRig::target("two", "small");
  ModelRig rig(config);
  auto changed = std::make_shared<snapshot::TenantSnapshot>(*rig.tenant);
  changed->files = files;
  auto first_model = [&](std::string_view program) {
    return rig.router.plan_of(changed, testing_support::PermitMaker::scope("acme-corp", program))
        ->models()
        .at(0)
        ->model();
  };
  EXPECT_EQ(first_model("radar"), "small");
  EXPECT_EQ(first_model(""), "big");
  EXPECT_EQ(first_model("sonar"), "big") << "a program that overrides nothing has the tenant's routes";
}

TEST_F(RouterTest, AMaxTokensThatTheBudgetCannotPayIsRefusedBeforeTheCall) {
  ModelRig rig(config, daily(PicoDollars(1'000'000'000)));
  auto out = rig.chat(std::string(kAsk));
  ASSERT_FALSE(out.status);
  EXPECT_EQ(out.status.error().code, ErrorCode::kPaymentRequired);
  EXPECT_TRUE(one.seen().empty());
}

TEST_F(RouterTest, WithoutMaxTokensTheUpstreamIsToldToStopWhereTheMoneyEnds) {
  one.play({answers()});
  ModelRig rig(config, daily(PicoDollars(5'000'000'000)));
  auto out = rig.chat(R"({"model":"big","messages":[]})");
  ASSERT_TRUE(out.status) << out.status.error().message;
  std::string body = one.seen()[0].body;
  EXPECT_TRUE(body.starts_with(R"({"max_tokens":2)")) << body;
  EXPECT_TRUE(body.ends_with(R"(,"model":"big","messages":[]})")) << body;
}

TEST_F(RouterTest, TheThresholdOfTheBudgetDowngradesBlocksOrOnlyAlerts) {
  one.play({answers()});
  two.play({answers()});
  using Action = snapshot::BudgetAction;
  auto model_after = [&](Action action) {
    config.budget.circuit_breaker = snapshot::BudgetBreaker{.threshold = 0.5, .action = action};
    ModelRig rig(config, daily(PicoDollars::dollars(1)));
    rig.tenant->meter->admit({.cost = PicoDollars::dollars(1)})
        ->settle({.cost = PicoDollars(PicoDollars::kPerDollar / 2)});
    auto out = rig.chat(std::string(kAsk));
    return out.status ? out.model : out.status.error().reason;
  };
  EXPECT_EQ(model_after(Action::kDowngradeToFallback), "small");
  EXPECT_EQ(model_after(Action::kBlock), "budget.circuit_breaker");
  EXPECT_EQ(model_after(Action::kAlert), "big");
}

TEST_F(RouterTest, OnlyHeadersThatMeanSomethingUpstreamArePassedOn) {
  one.play({answers()});
  ModelRig rig(config);
  rig.chat(std::string(kAsk), {{"Authorization", "Bearer tenant-token"},
                               {"x-api-key", "tenant-token"},
                               {"Cookie", "a=b"},
                               {"Connection", "close"},
                               {"X-Bailiwick-Tenant", "acme-corp"},
                               {"Accept-Encoding", "gzip"},
                               {"OpenAI-Beta", "assistants=v2"},
                               {"Idempotency-Key", "k-1"}});
  const net::Headers seen = one.seen()[0].headers;
  for (const net::HeaderField& field : seen)
    EXPECT_EQ(field.value.find("tenant-token"), std::string::npos) << field.name;
  for (const char* name : {"authorization", "x-api-key", "cookie", "x-bailiwick-tenant", "accept-encoding"}) {
    EXPECT_EQ(seen.find(name), std::nullopt) << name;
  }
  EXPECT_EQ(seen.get("openai-beta"), "assistants=v2");
  EXPECT_EQ(seen.get("idempotency-key"), "k-1");
}

TEST_F(RouterTest, NothingOfTheUpstreamsAccountReachesTheCaller) {
  Script script = answers();
  script.headers = {
      {"Content-Type", "application/json"},   {"Set-Cookie", "s=1"},    {"Server", "nginx"},
      {"openai-organization", "org-1"},       {"x-request-id", "up-1"}, {"openai-processing-ms", "12"},
      {"x-ratelimit-remaining-requests", "9"}};
  one.play({script});
  auto out = ModelRig(config).chat(std::string(kAsk));
  for (const char* name :
       {"set-cookie", "server", "openai-organization", "x-request-id", "x-ratelimit-remaining-requests"}) {
    EXPECT_EQ(out.headers.find(name), std::nullopt) << name;
  }
  EXPECT_EQ(out.headers.get("x-bailiwick-upstream-request-id"), "up-1");
  EXPECT_EQ(out.headers.get("openai-processing-ms"), "12");
}

TEST_F(RouterTest, TheKeyGoesUpstreamAndNowhereElse) {
  constexpr std::string_view kKey = "sk-canary-7f3a";
  ::setenv("BAILIWICK_TEST_KEY", std::string(kKey).c_str(), 1);
  config.providers["one"].api_key = snapshot::SecretRef{"env:BAILIWICK_TEST_KEY"};
  config.routing.fallback.reset();
  std::string logged;
  set_log_sink([&](std::string_view line) { logged += line; });
  std::vector<std::string> told;
  for (int status : {401, 403, 400, 500}) {
    one.play({answers(R"({"error":{"message":"Incorrect API key provided: sk-canary-7f3a"}})", status)});
    ModelRig rig(config);
    auto out = rig.chat(std::string(kAsk));
    ASSERT_FALSE(out.status) << status;
    EXPECT_EQ(out.status.error().reason, "upstream.credential");
    told.push_back(out.status.error().message + out.status.error().detail + out.text);
    EXPECT_EQ(one.seen().back().headers.get("authorization"), "Bearer sk-canary-7f3a");
  }
  set_log_sink(nullptr);
  for (const std::string& text : told) EXPECT_EQ(text.find(kKey), std::string::npos) << text;
  EXPECT_FALSE(logged.empty());
  EXPECT_EQ(logged.find(kKey), std::string::npos);
}

TEST_F(RouterTest, AnthropicIsCalledItsOwnWay) {
  config = {};
  config.providers["claude"] = ModelRig::anthropic(one);
  config.providers["claude"].api_key = snapshot::SecretRef{"env:BAILIWICK_TEST_CLAUDE_KEY"};
  ::setenv("BAILIWICK_TEST_CLAUDE_KEY", "sk-ant-1", 1);
  config.routing.primary = ModelRig::target("claude", "big");
  one.play({answers(
      R"({"content":[{"type":"text","text":"hi"}],"usage":{"input_tokens":10,"output_tokens":5,"cache_read_input_tokens":4}})")});
  ModelRig rig(config);
  auto out = rig.call(Endpoint::kMessages, R"({"model":"big","max_tokens":9,"messages":[]})",
                      {{"anthropic-beta", "x"}});
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(out.usage.input, 14) << "cached tokens are counted beside the input";
  auto seen = one.seen()[0];
  EXPECT_EQ(seen.path, "/v1/messages");
  EXPECT_EQ(seen.headers.get("x-api-key"), "sk-ant-1");
  EXPECT_EQ(seen.headers.get("anthropic-version"), "2023-06-01");
  EXPECT_EQ(seen.headers.get("anthropic-beta"), "x");
}

TEST_F(RouterTest, EmbeddingsCostTheirInput) {
  config.routing.embeddings = ModelRig::target("one", "embed");
  one.play({answers(R"({"object":"list","data":[],"usage":{"prompt_tokens":8,"total_tokens":8}})")});
  ModelRig rig(config, daily(PicoDollars(10'000'000)));
  auto out = rig.call(Endpoint::kEmbeddings, R"({"model":"auto","input":"some words to embed"})");
  ASSERT_TRUE(out.status) << out.status.error().message;
  EXPECT_EQ(out.cost, PicoDollars(8 * 100'000));
  EXPECT_EQ(one.seen()[0].path, "/v1/embeddings");
}

TEST_F(RouterTest, AnAnswerWithoutUsageIsChargedByWhatCame) {
  one.play({answers(R"({"choices":[{"message":{"content":"0123456789"}}]})")});
  auto out = ModelRig(config).chat(std::string(kAsk));
  EXPECT_GT(out.usage.input, 0);
  EXPECT_GT(out.usage.output, 3);
  EXPECT_LE(out.usage.output, 100) << "never more than the request allowed";
}

TEST_F(RouterTest, AnExplicitZeroIsAZero) {
  one.play({answers(R"({"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}})")});
  EXPECT_EQ(ModelRig(config).chat(std::string(kAsk)).cost, PicoDollars());
}

TEST_F(RouterTest, APromptOfOursIsWrittenInTheDialectOfTheTarget) {
  config.providers["claude"] = ModelRig::anthropic(one);
  config.routing.primary = ModelRig::target("claude", "big");
  one.play(
      {answers("{}", 503),
       answers(
           R"({"content":[{"type":"text","text":"from claude"}],"usage":{"input_tokens":1,"output_tokens":1}})")});
  two.play({answers()});
  ModelRig rig(config);
  auto permit = testing_support::permit<tenancy::Action::kAsk>();
  ledger::Record record;
  auto generate = [&] {
    Prompt prompt{.system = "be brief", .user = "hello", .max_tokens = {}};
    return rig.run(rig.router.generate(permit, rig.tenant, rig.loop, prompt, record));
  };
  auto first = generate();
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->text, "hi");
  EXPECT_EQ(first->model, "small");
  EXPECT_EQ(record.cost, first->cost);
  auto second = generate();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->text, "from claude");
  EXPECT_EQ(parse_json_object(one.seen()[0].body)->at("system"), json::value("be brief"));
  EXPECT_EQ(rig.tenant->meter->view().requests_total, 0) << "its request was admitted already";
}

/// Many calls at once against a budget that holds some of them.
net::Task<int> call_many(ModelRig& rig, int count) {
  int answered = 0;
  for (int i = 0; i < count; ++i) {
    auto out = co_await rig.play(Endpoint::kChatCompletions,
                                 R"({"model":"big","max_tokens":50,"messages":[]})", {}, 0);
    if (out.status) ++answered;
  }
  co_return answered;
}

TEST_F(RouterTest, CallsAtOnceNeverPassTheBudget) {
  Script full = answers(R"({"usage":{"prompt_tokens":10,"completion_tokens":50}})");
  full.pause = 1ms;
  one.play({full});
  config.routing.fallback.reset();
  const PicoDollars limit(20'000'000'000);  // ten calls of 0.0011 USD and some change
  ModelRig rig(config, daily(limit));
  int running = 8, answered = 0;
  for (int i = 0; i < 8; ++i) {
    net::spawn(rig.io, call_many(rig, 6), [&](net::Outcome<int> good) {
      answered += *good;
      if (--running == 0) rig.io.stop();
    });
  }
  rig.io.run();
  EXPECT_LE(rig.spent(), limit);
  EXPECT_GE(answered, 16) << "of at most 18 that fit";
  EXPECT_EQ(rig.tenant->meter->view().windows[0].reserved, PicoDollars());
}

}  // namespace
}  // namespace bailiwick::routing
