// What happens between the door and the answer: bodies, admission, the use case, its record, and what is
// thrown.
#include "edge/route.h"

#include "support/served_edge.h"

namespace bailiwick::edge {
namespace {

using tenancy::Action, tenancy::Role;
using testing_support::Answer, testing_support::ServedEdge;

struct Greeting {
  std::string name;
  std::int64_t times = 1;
};
template <class Visitor>
void describe(Visitor& v, Greeting& greeting) {
  v.required("name", greeting.name, "Whom.", {.max_length = 10});
  v.field("times", greeting.times, "How often.", {.min = 1, .max = 3});
}

net::Task<Result<Reply>> greet(Call<Action::kAsk>& call, Greeting greeting) {
  call.record.resource = "greeting:" + greeting.name;
  co_return Reply::json(200, json::object{{"hello", json::string(greeting.name)}, {"times", greeting.times}});
}
net::Task<Result<Reply>> size_of(Call<Action::kCorpusWrite>&, RawBody body) {
  co_return Reply::json(200, json::object{{"bytes", body.bytes.size()}});
}
net::Task<Result<Reply>> refuse(Call<Action::kRetrieve>& call, NoBody) {
  std::string_view code = call.query("code");
  if (code == "conflict")
    co_return fail(ErrorCode::kConflict, "thing.conflict", "it is not so", "detail-canary");
  if (code == "spent") call.record.cost = PicoDollars::dollars(1);
  co_return fail(ErrorCode::kPaymentRequired, "budget.daily", "out of budget");
}
net::Task<Result<Reply>> throw_up(Call<Action::kModelsChat>& call, NoBody) {
  if (call.query("what") == "library") throw std::out_of_range("library-canary");
  BW_CHECK(call.path.size() == 77);
  co_return Reply::json(200, {});
}
net::Task<Result<Reply>> stream(Call<Action::kModelsEmbed>& call, NoBody) {
  net::Headers headers{{"Content-Type", "text/plain"}};
  CO_CHECK_OK(co_await call.exchange.start_stream(200, headers));
  CO_CHECK_OK(co_await call.exchange.write("one "));
  if (call.query("break") == "1") throw InvariantViolation("half way");
  CO_CHECK_OK(co_await call.exchange.write("two"));
  CO_CHECK_OK(call.journal(200));
  CO_CHECK_OK(co_await call.exchange.finish());
  co_return Reply::already_streamed();
}

std::vector<Route> routes() {
  std::vector<Route> out;
  out.push_back(route<Action::kAsk, Greeting>("POST", "/greet", {}, greet));
  out.push_back(route<Action::kCorpusWrite, RawBody>(
      "POST", "/raw", {.body_limit = 64, .media_type = "text/plain"}, size_of));
  out.push_back(route<Action::kRetrieve, NoBody>("GET", "/refuse", {}, refuse));
  out.push_back(route<Action::kModelsChat, NoBody>("GET", "/throw", {}, throw_up));
  out.push_back(route<Action::kModelsEmbed, NoBody>("GET", "/stream", {}, stream));
  return out;
}

class RouteTest : public testing::Test {
 protected:
  void start(metering::Limits limits = {}) {
    rig_.tenant("acme-corp", snapshot::TenantStatus::kActive, std::move(limits));
    rig_.credential("key", "acme-corp", Role::kOperator);
    rig_.serve(routes());
  }
  Answer greet_with(std::string_view body, std::string_view type = "application/json",
                    std::string_view more = {}) {
    std::string head = "POST /greet HTTP/1.1\r\nAuthorization: Bearer key\r\n" + std::string(more);
    if (!type.empty()) head += "Content-Type: " + std::string(type) + "\r\n";
    return rig_.send(std::move(head), body);
  }
  const ledger::Record& last_record() {
    kept_ = rig_.ledger.kept();
    EXPECT_FALSE(kept_.empty());
    static const ledger::Record kNone;
    return kept_.empty() ? kNone : kept_.back().record;
  }

  ServedEdge rig_;
  std::vector<testing_support::RememberingLedger::Kept> kept_;
};

TEST_F(RouteTest, ABodyBecomesItsStructure) {
  start();
  Answer answer = greet_with(R"({"name": "Ada", "times": 2})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"hello":"Ada","times":2})");
  const ledger::Record& record = last_record();
  EXPECT_EQ(rig_.ledger.last(), "acme-corp allow ask role.operator");
  EXPECT_EQ(record.resource, "greeting:Ada");
  EXPECT_EQ(record.principal, "token:tok_key");
  EXPECT_EQ(record.policy_revision, "roles-1");
  EXPECT_EQ(record.status, 200);
  EXPECT_NE(record.latency_us, -1);
  EXPECT_EQ(record.request_id, answer.header("X-Request-Id"));
  EXPECT_EQ(rig_.ledger.kept().size(), 1u) << "one request, one record";
}

// Every fault of a body at once, each with its pointer.
TEST_F(RouteTest, ABadBodyIsRefusedWithEveryFault) {
  start();
  Answer answer = greet_with(R"({"nme": "Ada", "times": 9})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.code(), "body.invalid");
  EXPECT_EQ(answer.json().at("errors").as_array().size(), 3u) << answer.body;
  for (std::string_view bad : {"[]", "{", "{\"name\":\"a\",\"name\":\"b\"}", "{\"name\":\"\xff\"}", "null"}) {
    EXPECT_EQ(greet_with(bad).status, 400) << bad;
  }
  EXPECT_EQ(last_record().status, 400) << "a refusal is recorded too";
}

TEST_F(RouteTest, MediaTypesAreChecked) {
  start();
  const std::string kBody = R"({"name": "Ada"})";
  for (std::string_view good :
       {"application/json", "APPLICATION/JSON", "application/json; charset=utf-8", "application/json ;a=b"}) {
    EXPECT_EQ(greet_with(kBody, good).status, 200) << good;
  }
  for (std::string_view bad :
       {"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"}) {
    EXPECT_EQ(greet_with(kBody, bad).status, 415) << bad;
  }
  EXPECT_EQ(greet_with(kBody, "application/json", "Content-Encoding: gzip\r\n").code(), "media.encoding");
  EXPECT_EQ(greet_with(kBody, "application/json", "Content-Encoding: identity\r\n").status, 200);
}

TEST_F(RouteTest, ABodyPastItsLimitIsRefused) {
  start();
  const std::string kHead = "POST /raw HTTP/1.1\r\nAuthorization: Bearer key\r\nContent-Type: text/plain\r\n";
  EXPECT_EQ(rig_.send(kHead, std::string(64, 'a')).json().at("bytes"), json::value(64));
  EXPECT_EQ(rig_.send(kHead, std::string(65, 'a')).status, 413);
}

// A bad credential is answered before a byte of the body is read.
TEST_F(RouteTest, TheDoorComesBeforeTheBody) {
  start();
  EXPECT_EQ(rig_.send("POST /greet HTTP/1.1\r\nContent-Type: text/plain\r\n", "{").status, 401);
}

TEST_F(RouteTest, OverItsRateATenantIsTurnedAway) {
  start({.requests_per_minute = 2});
  EXPECT_EQ(greet_with(R"({"name": "a"})").status, 200);
  EXPECT_EQ(greet_with(R"({"name": "b"})").status, 200);
  Answer over = greet_with(R"({"name": "c"})");
  EXPECT_EQ(over.status, 429);
  EXPECT_NE(over.header("Retry-After"), "");
  EXPECT_EQ(rig_.ledger.last(), "acme-corp deny ask rate.requests");
}

// What is malformed is recorded like any other call, and spends the rate like one.
TEST_F(RouteTest, MalformedBodiesSpendTheRate) {
  start({.requests_per_minute = 3});
  EXPECT_EQ(greet_with("{").status, 400);
  EXPECT_EQ(greet_with("{}", "text/html").status, 415);
  EXPECT_EQ(greet_with(R"({"name": "a"})").status, 200);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(greet_with("{").status, 429);
  EXPECT_LE(rig_.ledger.kept().size(), 3u + 8u);
}

TEST_F(RouteTest, RefusalsAndFailuresAreToldApartInTheRecord) {
  start();
  EXPECT_EQ(rig_.call("key", "GET", "/refuse").status, 402);
  EXPECT_EQ(rig_.ledger.last(), "acme-corp deny retrieve budget.daily");
  Answer conflict = rig_.call("key", "GET", "/refuse?code=conflict");
  EXPECT_EQ(conflict.status, 409);
  EXPECT_EQ(rig_.ledger.last(), "acme-corp allow retrieve thing.conflict");
  EXPECT_EQ(conflict.body.find("canary"), std::string::npos);
  EXPECT_NE(rig_.log().find("detail-canary"), std::string::npos) << "the detail is for the log";
}

// A tenant over its limit cannot fill the disk by trying again; how often it tried stays exact.
TEST_F(RouteTest, RepeatedRefusalsAreCounted) {
  start();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(rig_.call("key", "GET", "/refuse").status, 402);
  EXPECT_EQ(rig_.ledger.kept().size(), 8u);
  EXPECT_EQ(last_record().status, 402);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rig_.call("key", "GET", "/refuse?code=conflict").status, 409);
  EXPECT_EQ(rig_.ledger.kept().size(), 18u) << "what is no denial is recorded one by one";
  ASSERT_TRUE(rig_.gatekeeper.flush_denials());
  EXPECT_EQ(rig_.ledger.last(), "acme-corp deny retrieve budget.daily");
  EXPECT_EQ(last_record().extra.at("repeated").to_number<int>(), 12);
}

// A denial after money was spent says what was spent, however often that happens.
TEST_F(RouteTest, WhatWasUsedIsNeverMerelyCounted) {
  start();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rig_.call("key", "GET", "/refuse?code=spent").status, 402);
  EXPECT_EQ(rig_.ledger.kept().size(), 10u);
  EXPECT_EQ(last_record().cost, PicoDollars::dollars(1));
}

TEST_F(RouteTest, WithoutItsRecordADenialIsAnError) {
  start();
  rig_.ledger.full = true;
  EXPECT_EQ(rig_.call("key", "GET", "/refuse").status, 503);
  rig_.ledger.full = false;
  EXPECT_EQ(rig_.call("key", "GET", "/refuse").status, 402);
}

// Work that cannot be recorded is not answered.
TEST_F(RouteTest, WithoutARecordNoAnswer) {
  start();
  rig_.ledger.full = true;
  Answer answer = greet_with(R"({"name": "Ada"})");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body.find("Ada"), std::string::npos);
}

// A broken invariant, ours or a library's, is a 500 that says nothing, and a record like any other.
TEST_F(RouteTest, WhatIsThrownIsCountedRecordedAndHidden) {
  start();
  for (std::string_view target : {"/throw", "/throw?what=library"}) {
    Answer answer = rig_.call("key", "GET", target);
    EXPECT_EQ(answer.status, 500) << target;
    EXPECT_EQ(answer.code(), "server.invariant");
    EXPECT_EQ(answer.body.find("canary"), std::string::npos);
    EXPECT_EQ(answer.body.find("path.size"), std::string::npos);
    EXPECT_EQ(last_record().status, 500);
    EXPECT_EQ(rig_.ledger.last(), "acme-corp allow models.chat server.invariant");
  }
  EXPECT_EQ(rig_.ledger.kept().size(), 2u);
  EXPECT_NE(rig_.metrics.expose().find("bailiwick_invariant_violations_total 2"), std::string::npos);
  EXPECT_NE(rig_.log().find("library-canary"), std::string::npos);
  EXPECT_EQ(greet_with(R"({"name": "Ada"})").status, 200) << "the server goes on";
}

TEST_F(RouteTest, AStreamIsRecordedBeforeItsEnd) {
  start();
  Answer answer = rig_.call("key", "GET", "/stream");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find("two"), std::string::npos);
  EXPECT_TRUE(answer.body.ends_with("0\r\n\r\n"));
  EXPECT_EQ(rig_.ledger.kept().size(), 1u);
}

// A stream that breaks is cut, so that nobody takes it for a whole one, and is recorded all the same.
TEST_F(RouteTest, ABrokenStreamIsCutAndRecorded) {
  start();
  Answer answer = rig_.call("key", "GET", "/stream?break=1");
  EXPECT_NE(answer.body.find("one "), std::string::npos);
  EXPECT_FALSE(answer.body.ends_with("0\r\n\r\n"));
  EXPECT_EQ(rig_.ledger.last(), "acme-corp allow models.embed server.invariant");
}

TEST(Route, CarriesItsActionAndTheSchemaOfItsBody) {
  Route made = route<Action::kAsk, Greeting>("POST", "/greet", {}, greet);
  EXPECT_EQ(made.action, Action::kAsk);
  ASSERT_NE(made.doc.body, nullptr);
  EXPECT_EQ(made.doc.body().at("required"), (json::array{"name"}));
  EXPECT_EQ((route<Action::kRetrieve, NoBody>("GET", "/refuse", {}, refuse).doc.body), nullptr);
}

}  // namespace
}  // namespace bailiwick::edge
