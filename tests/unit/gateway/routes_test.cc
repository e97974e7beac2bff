// The model routes over real connections: what callers' libraries see, what is recorded, and when.
#include "gateway/routes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "policy/role_kernel.h"
#include "support/model_rig.h"
#include "support/temp_folder.h"
#include "unit/net/loopback.h"

namespace bailiwick::gateway {
namespace {

using namespace std::chrono_literals;
using net::test::RawSocket;
using testing_support::FakeUpstream;
using testing_support::ModelRig;
using testing_support::Script;

constexpr std::string_view kToken = "bw_gateway_test_token";
const std::string kAnswer =
    R"({"id":"c1","choices":[{"message":{"content":"hi"}}],"usage":{"prompt_tokens":10,"completion_tokens":5}})";
const std::string kChunk = "data: {\"choices\":[{\"delta\":{\"content\":\"hi there\"}}]}\n\n";
const std::string kDone = "data: [DONE]\n\n";

snapshot::RouterConfig routes_to(const FakeUpstream& openai, const FakeUpstream& anthropic) {
  snapshot::RouterConfig config;
  config.providers["openai"] = ModelRig::openai(openai);
  config.providers["anthropic"] = ModelRig::anthropic(anthropic);
  config.routing.primary = ModelRig::target("openai", "big");
  config.routing.embeddings = ModelRig::target("openai", "embed");
  config.routing.additional_models = {ModelRig::target("anthropic", "small")};
  return config;
}

class GatewayTest : public testing::Test {
 protected:
  void start(metering::Limits limits = {}) {
    rig_ = std::make_unique<ModelRig>(routes_to(openai_, anthropic_), std::move(limits));
    tenants_.put(rig_->tenant);
    auto principal = std::make_shared<tenancy::Principal>();
    principal->subject = "token:tok_1";
    principal->tenant = rig_->tenant->id();
    principal->bindings = {tenancy::RoleBinding{.role = tenancy::Role::kOperator}};
    auto token = std::make_shared<identity::Token>();
    token->id = "tok_1";
    token->hash = tokens_.hash(kToken);
    token->principal = std::move(principal);
    tokens_.put(std::move(token));
    ledger_ = ledger::open_ledger({.folder = folder_.path(), .segment_bytes = 1 << 20}, clock_).value();
    gatekeeper_ = std::make_unique<identity::Gatekeeper>(tokens_, tenants_, kernel_, *ledger_, clock_);
    edge_ = std::make_unique<edge::Edge>(*gatekeeper_, *ledger_, metrics_, clock_, random_);
    edge_->add(gateway_routes(rig_->router));
    server_ = std::make_unique<net::Server>(net::ServerOptions{},
                                            [this](net::Exchange& e) { return edge_->handle(e); });
    ASSERT_TRUE(server_->start());
  }
  void TearDown() override {
    if (server_) server_->drain(2s);
  }

  static std::string request(std::string_view path, std::string_view body, std::string_view more = {}) {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {}\r\nContent-Type: "
        "application/json\r\nConnection: "
        "close\r\n{}Content-Length: {}\r\n\r\n{}",
        path, kToken, more, body.size(), body);
  }
  std::string post(std::string_view path, std::string_view body, std::string_view more = {}) {
    return net::test::ask(server_->port(), request(path, body, more));
  }
  std::string get(std::string_view path, std::string_view more = {}) {
    return net::test::ask(
        server_->port(),
        fmt::format("GET {} HTTP/1.1\r\nHost: t\r\nx-api-key: {}\r\nConnection: close\r\n{}\r\n", path,
                    kToken, more));
  }
  static json::object body_of(std::string_view answer) {
    return parse_json_object(answer.substr(answer.find("\r\n\r\n") + 4)).value();
  }
  /// The records of the tenant's chain.
  std::vector<json::object> records() const {
    auto permit = testing_support::permit<tenancy::Action::kLedgerRead>();
    std::vector<json::object> out;
    EXPECT_TRUE(ledger_->reader(permit)->each(1, [&](const ledger::Entry& entry) {
      out.push_back(parse_json_object(entry.payload).value());
      return true;
    }));
    return out;
  }

  FakeUpstream openai_, anthropic_;
  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  testing_support::TempFolder folder_;
  identity::TokenTable tokens_{"key"};
  snapshot::TenantTable tenants_;
  policy::RoleKernel kernel_;
  std::unique_ptr<ModelRig> rig_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<identity::Gatekeeper> gatekeeper_;
  std::unique_ptr<edge::Edge> edge_;
  std::unique_ptr<net::Server> server_;
};

// Whatever room a call comes through, the next one of its tenant has it fetched ahead.
TEST_F(GatewayTest, ACallLeavesItsFootprint) {
  using Part = tenancy::Footprint::Part;
  Script script{.body = kAnswer};
  openai_.play({script, script});
  start({.daily_budget = PicoDollars::dollars(1), .monthly_budget = PicoDollars::dollars(1)});
  const snapshot::TenantPlace* place = tenants_.place_of(rig_->tenant->id().view());
  ASSERT_NE(place, nullptr);
  for (auto part = Part::kTenant; part <= Part::kSum; part = static_cast<Part>(static_cast<int>(part) + 1))
    EXPECT_EQ(place->footprint.lines(part), 0u);
  const std::string body = R"({"model":"big","messages":[],"max_tokens":5})";
  // The first one opens accounts and makes plans, the second comes by them.
  for (int i = 0; i < 2; ++i) ASSERT_NE(post("/v1/chat/completions", body).find("200 OK"), std::string::npos);
  for (auto part = Part::kTenant; part <= Part::kSum; part = static_cast<Part>(static_cast<int>(part) + 1))
    if (part != Part::kKey)  // this provider asks for none
      EXPECT_GT(place->footprint.lines(part), 0u) << "part " << static_cast<int>(part);
}

TEST_F(GatewayTest, AKnownAnswerSaysSoAndItsAge) {
  openai_.play({[] {
    Script script;
    script.body = kAnswer;
    return script;
  }()});
  start();
  auto cached = std::make_shared<snapshot::TenantSnapshot>(*rig_->tenant);
  testing_support::settings_of(*cached).router.cache = snapshot::ResponseCaching{.ttl = 60'000ms};
  rig_->tenant = cached;
  tenants_.put(cached);
  const std::string body = R"({"model":"big","messages":[],"max_tokens":5})";
  std::string first = post("/v1/chat/completions", body);
  EXPECT_NE(first.find("x-bailiwick-cache: miss"), std::string::npos) << first;
  rig_->clock.advance(7s);
  std::string again = post("/v1/chat/completions", body);
  EXPECT_NE(again.find("x-bailiwick-cache: hit"), std::string::npos) << again;
  EXPECT_NE(again.find("Age: 7"), std::string::npos);
  EXPECT_NE(again.find("x-bailiwick-cost: 0"), std::string::npos);
  EXPECT_EQ(body_of(again), body_of(first));
  std::string passed = post("/v1/chat/completions", body, "Cache-Control: no-store\r\n");
  EXPECT_NE(passed.find("x-bailiwick-cache: bypass"), std::string::npos) << passed;
  EXPECT_EQ(openai_.seen().size(), 2u);
}

TEST_F(GatewayTest, AWholeAnswerSaysWhoAnsweredAndWhatItCost) {
  Script script{.body = kAnswer};
  script.headers = {{"Content-Type", "application/json"}, {"Set-Cookie", "a=b"}, {"Server", "upstream/1"}};
  openai_.play({script});
  start({.requests_per_minute = 10, .tokens_per_minute = 100'000});
  std::string answer = post("/v1/chat/completions", R"({"model":"auto","messages":[]})");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + kAnswer));
  for (std::string_view wanted :
       {"x-bailiwick-provider: openai", "x-bailiwick-model: big", "x-bailiwick-cost: 0.0002",
        "X-Request-Id: req_", "x-bailiwick-request-id: req_", "x-bailiwick-fallbacks: 0",
        "x-bailiwick-overhead-ms: ", "RateLimit-Policy: \"requests\";q=10;w=60",
        "x-ratelimit-limit-requests: 10", "x-ratelimit-remaining-requests: 9",
        "x-ratelimit-reset-requests: ", "x-ratelimit-remaining-tokens: 99985"}) {
    EXPECT_NE(answer.find(wanted), std::string::npos) << wanted << "\n" << answer;
  }
  for (std::string_view unwanted : {"Set-Cookie", "upstream/1"})
    EXPECT_EQ(answer.find(unwanted), std::string::npos);
}

TEST_F(GatewayTest, OneRecordHoldsTheDecisionTheModelAndTheCost) {
  openai_.play({Script{.body = kAnswer}});
  start();
  post("/v1/chat/completions", R"({"model":"big","messages":[]})", "X-Request-Id: mine-1\r\n");
  auto all = records();
  ASSERT_EQ(all.size(), 1u);
  const json::object& record = all[0];
  EXPECT_EQ(record.at("request_id"), json::value("mine-1"));
  EXPECT_EQ(record.at("action"), json::value("models.chat"));
  EXPECT_EQ(record.at("decision"), json::value("allow"));
  EXPECT_EQ(record.at("model"), json::value("big"));
  EXPECT_EQ(record.at("input_tokens"), json::value(10));
  EXPECT_EQ(json::serialize(record).find("\"hi\""), std::string::npos) << "never content";
}

TEST_F(GatewayTest, EachDialectHasItsShapeOfError) {
  start();
  std::string openai = post("/v1/chat/completions", R"({"model":"nope","messages":[]})");
  EXPECT_TRUE(openai.starts_with("HTTP/1.1 404 ")) << openai;
  EXPECT_EQ(body_of(openai).at("error").at("code"), json::value("model_not_found"));
  std::string anthropic = post("/v1/messages", R"({"model":"nope","messages":[]})");
  EXPECT_TRUE(anthropic.starts_with("HTTP/1.1 404 "));
  EXPECT_EQ(body_of(anthropic).at("type"), json::value("error"));
  EXPECT_EQ(body_of(anthropic).at("error").at("type"), json::value("not_found_error"));
  EXPECT_NE(anthropic.find("request-id: "), std::string::npos);
  std::string untold = post("/v1/messages", R"({"model":"big","messages":[],"top_k":5})");
  EXPECT_TRUE(untold.starts_with("HTTP/1.1 400 ")) << untold;
  EXPECT_NE(untold.find("/top_k: "), std::string::npos) << "its provider speaks another API, without that";
}

TEST_F(GatewayTest, DuplicateKeysNeverReachAnUpstream) {
  start();
  std::string answer =
      post("/v1/chat/completions", R"({"model":"big","messages":[{"role":"user","role":"system"}]})");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(body_of(answer).at("error").at("code"), json::value("json.duplicate_key"));
  EXPECT_TRUE(openai_.seen().empty());
}

TEST_F(GatewayTest, OutOfBudgetIs402AndNotRetried) {
  start({.daily_budget = PicoDollars(1)});
  std::string openai = post("/v1/chat/completions", R"({"model":"big","max_tokens":5,"messages":[]})");
  EXPECT_TRUE(openai.starts_with("HTTP/1.1 402 ")) << openai;
  EXPECT_NE(openai.find("x-should-retry: false"), std::string::npos);
  EXPECT_NE(openai.find("Retry-After: "), std::string::npos);
  EXPECT_EQ(body_of(openai).at("error").at("type"), json::value("insufficient_quota"));
  std::string anthropic = post("/v1/messages", R"({"model":"small","max_tokens":5,"messages":[]})");
  EXPECT_TRUE(anthropic.starts_with("HTTP/1.1 402 "));
  EXPECT_EQ(body_of(anthropic).at("error").at("type"), json::value("billing_error"));
  EXPECT_EQ(records().at(0).at("decision"), json::value("deny"));
  EXPECT_EQ(records().at(0).at("reason"), json::value("budget.daily"));
}

TEST_F(GatewayTest, OverARateIs429WithTheTimeToWait) {
  openai_.play({Script{.body = kAnswer}});
  start({.requests_per_minute = 1});
  post("/v1/chat/completions", R"({"model":"big","messages":[]})");
  std::string openai = post("/v1/chat/completions", R"({"model":"big","messages":[]})");
  EXPECT_TRUE(openai.starts_with("HTTP/1.1 429 "));
  EXPECT_NE(openai.find("Retry-After: 60"), std::string::npos) << openai;
  EXPECT_NE(openai.find("x-ratelimit-remaining-requests: 0"), std::string::npos);
  EXPECT_EQ(openai.find("x-should-retry"), std::string::npos);
  std::string anthropic = post("/v1/messages", R"({"model":"small","messages":[]})");
  EXPECT_NE(anthropic.find("anthropic-ratelimit-requests-limit: 1"), std::string::npos);
  EXPECT_NE(anthropic.find("anthropic-ratelimit-requests-reset: 20"), std::string::npos);
}

// A call of a model is admitted when its price is known; what fails before that spends the rate as well,
// once.
TEST_F(GatewayTest, WhatFailsBeforeItsReservationSpendsTheRate) {
  start({.requests_per_minute = 4});
  std::string bad_media = request("/v1/chat/completions", "{}");
  bad_media.replace(bad_media.find("application/json"), 16, "text/html");
  EXPECT_TRUE(net::test::ask(server_->port(), bad_media).starts_with("HTTP/1.1 415 "));
  EXPECT_TRUE(post("/v1/chat/completions", "{").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(post("/v1/messages", R"({"model":"nobody's","messages":[]})").starts_with("HTTP/1.1 4"));
  std::string estimated = post("/v1/messages/count_tokens", R"({"model":"big","messages":[]})");
  EXPECT_TRUE(estimated.starts_with("HTTP/1.1 200 ")) << estimated;
  for (int i = 0; i < 30; ++i)
    EXPECT_TRUE(post("/v1/chat/completions", "{").starts_with("HTTP/1.1 429 ")) << i;
  EXPECT_LE(records().size(), 4u + 8u);
}

TEST_F(GatewayTest, StreamsComeAsTheyAreWrittenAndTheRecordStandsBeforeTheEnd) {
  Script script;
  script.chunks = {kChunk, kChunk, kDone};
  script.pause = 20ms;
  openai_.play({script});
  start();
  RawSocket socket = RawSocket::to(server_->port());
  socket.send(request("/v1/chat/completions", R"({"model":"big","stream":true,"messages":[]})"));
  std::string early = socket.receive_until("hi there");
  EXPECT_EQ(early.find("[DONE]"), std::string::npos);
  EXPECT_NE(early.find("text/event-stream"), std::string::npos);
  EXPECT_TRUE(records().empty());
  socket.receive_until("[DONE]");
  auto all = records();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].at("status"), json::value(200));
  EXPECT_TRUE(all[0].contains("output_tokens"));
}

TEST_F(GatewayTest, ACutStreamEndsWithAnErrorThatLibrariesRaise) {
  Script script;
  script.chunks.assign(600, kChunk);  // far beyond the bound that it was told
  script.pause = 1ms;
  openai_.play({script});
  anthropic_.play({[&] {
    Script s = script;
    s.chunks.assign(100,
                    "event: content_block_delta\ndata: {\"delta\":{\"type\":\"text_delta\",\"text\":\"hi "
                    "there you\"}}\n\n");
    return s;
  }()});
  start({.daily_budget = PicoDollars(110 * 20'000'000LL)});
  std::string openai = post("/v1/chat/completions", R"({"model":"big","stream":true,"messages":[]})");
  EXPECT_NE(openai.find("data: {\"error\":{"), std::string::npos) << openai;
  EXPECT_NE(openai.find("budget.exhausted"), std::string::npos);
  EXPECT_TRUE(openai.ends_with("0\r\n\r\n"));
  EXPECT_EQ(records().at(0).at("reason"), json::value("budget.exhausted"));
  EXPECT_LE(rig_->spent(), PicoDollars(110 * 20'000'000LL));
}

TEST_F(GatewayTest, AStreamThatItsUpstreamBreaksOffDoesNotLookFinished) {
  Script script;
  script.chunks = {kChunk};
  script.pause = 5ms;
  script.end = Script::End::kBreakOff;
  openai_.play({script});
  start();
  std::string answer = post("/v1/chat/completions", R"({"model":"big","stream":true,"messages":[]})");
  EXPECT_NE(answer.find("hi there"), std::string::npos);
  EXPECT_FALSE(answer.ends_with("0\r\n\r\n"));
  EXPECT_EQ(records().at(0).at("reason"), json::value("upstream.broken"));
}

TEST_F(GatewayTest, ACallerThatGoesAwayIsStillRecordedAndCharged) {
  Script script;
  script.chunks.assign(300, kChunk);
  script.pause = 2ms;
  openai_.play({script});
  start({.daily_budget = PicoDollars::dollars(1)});
  {
    RawSocket socket = RawSocket::to(server_->port());
    socket.send(request("/v1/chat/completions", R"({"model":"big","stream":true,"messages":[]})"));
    socket.receive_until("hi there");
    socket.reset();
  }
  for (int i = 0; i < 200 && records().empty(); ++i) std::this_thread::sleep_for(10ms);
  ASSERT_EQ(records().size(), 1u);
  EXPECT_EQ(records()[0].at("reason"), json::value("caller.gone"));
  EXPECT_GT(rig_->spent(), PicoDollars());
  EXPECT_LT(records()[0].at("output_tokens").as_int64(), 300);
}

TEST_F(GatewayTest, ModelsAreListedInEitherShape) {
  start();
  json::object openai = body_of(get("/v1/models"));
  EXPECT_EQ(openai.at("object"), json::value("list"));
  std::vector<std::string> ids;
  for (const json::value& model : openai.at("data").as_array()) ids.emplace_back(model.at("id").as_string());
  EXPECT_EQ(ids, (std::vector<std::string>{"auto", "big", "embed", "small"}));
  json::object anthropic = body_of(get("/v1/models", "anthropic-version: 2023-06-01\r\n"));
  EXPECT_EQ(anthropic.at("has_more"), json::value(false));
  EXPECT_EQ(anthropic.at("data").at(0).at("type"), json::value("model"));
}

TEST_F(GatewayTest, TokensAreCountedByAnAnthropicUpstreamOrElseEstimated) {
  anthropic_.play({Script{.body = R"({"input_tokens":42})"}});
  start({.daily_budget = PicoDollars(1)});
  std::string counted = post("/v1/messages/count_tokens", R"({"model":"small","messages":[]})");
  EXPECT_EQ(body_of(counted).at("input_tokens"), json::value(42)) << "counting costs nothing";
  EXPECT_EQ(anthropic_.seen().at(0).path, "/v1/messages/count_tokens");
  std::string estimated =
      post("/v1/messages/count_tokens", R"({"model":"big","messages":[{"role":"user","content":"hello"}]})");
  EXPECT_GT(body_of(estimated).at("input_tokens").as_int64(), 0);
}

TEST_F(GatewayTest, EmbeddingsGoToTheRouteForEmbeddings) {
  openai_.play(
      {Script{.body = R"({"object":"list","data":[],"usage":{"prompt_tokens":3,"total_tokens":3}})"}});
  start();
  std::string answer = post("/v1/embeddings", R"({"model":"auto","input":"text"})");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(openai_.seen().at(0).body, R"({"model":"embed","input":"text"})");
  EXPECT_EQ(records().at(0).at("action"), json::value("models.embed"));
}

TEST_F(GatewayTest, CallersOnManyConnectionsNeverPassTheBudgetAndEveryDollarIsRecorded) {
  Script script{.body = R"({"usage":{"prompt_tokens":10,"completion_tokens":50}})"};
  script.pause = 1ms;
  openai_.play({script});
  const PicoDollars limit(22 * 1'100'000'000LL);
  start({.daily_budget = limit});
  std::atomic<int> good{0}, refused{0};
  std::vector<std::jthread> callers;
  for (int i = 0; i < 6; ++i) {
    callers.emplace_back([&] {
      for (int n = 0; n < 10; ++n) {
        std::string answer = post("/v1/chat/completions", R"({"model":"big","max_tokens":50,"messages":[]})");
        if (answer.starts_with("HTTP/1.1 200 ")) ++good;
        if (answer.starts_with("HTTP/1.1 402 ")) ++refused;
      }
    });
  }
  callers.clear();
  EXPECT_EQ(good + refused, 60);
  EXPECT_LE(rig_->spent(), limit);
  EXPECT_GE(good, 18) << "of at most 22 that fit";
  PicoDollars recorded;
  for (const json::object& record : records()) {
    if (const json::value* cost = record.if_contains("cost_usd"))
      recorded += *PicoDollars::parse(std::string_view(cost->as_string()));
  }
  EXPECT_EQ(recorded, rig_->spent());
}

TEST_F(GatewayTest, TheConnectionGoesOnAfterAStream) {
  Script script;
  script.chunks = {kChunk, kDone};
  openai_.play({script});
  start();
  RawSocket socket = RawSocket::to(server_->port());
  std::string ask = request("/v1/chat/completions", R"({"model":"big","stream":true,"messages":[]})");
  ask.replace(ask.find("Connection: close\r\n"), 19, "");
  for (int i = 0; i < 3; ++i) {
    socket.send(ask);
    EXPECT_NE(socket.receive_until("0\r\n\r\n").find("[DONE]"), std::string::npos) << i;
  }
}

}  // namespace
}  // namespace bailiwick::gateway
