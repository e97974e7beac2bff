// Providers that reset, stall, lie about lengths, talk rubbish or are not there. Whatever they do: the caller
// gets a clear end, the budget is settled once and keeps nothing reserved, and the next call is served.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/model_rig.h"
#include "support/raw_upstream.h"

namespace bailiwick {
namespace {

using namespace std::chrono_literals;
using routing::Piece;
using testing_support::ModelRig;
using testing_support::RawUpstream;
using Then = RawUpstream::Then;

constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
constexpr std::string_view kEvent = "data: {\"choices\":[{\"delta\":{\"content\":\"hello\"}}]}\n\n";
constexpr std::string_view kWhole = R"({"model":"big","max_tokens":100,"messages":[]})";
constexpr std::string_view kStream = R"({"model":"big","stream":true,"max_tokens":100,"messages":[]})";

std::string chunk(std::string_view text) {
  return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
}
std::string stream_of(std::initializer_list<std::string_view> events) {
  std::string out(kStreamHead);
  for (std::string_view event : events) out += chunk(event);
  return out;
}

class UpstreamFault : public testing::Test {
 protected:
  /// What comes of one call of a provider that behaves so; checks what must hold whatever comes.
  ModelRig::Outcome call(RawUpstream::Play play, std::string_view body = kWhole) {
    RawUpstream upstream(std::move(play));
    return call_at(upstream.url() + "/v1", body);
  }
  ModelRig::Outcome call_at(const std::string& url, std::string_view body = kWhole) {
    snapshot::RouterConfig config;
    snapshot::Provider provider;
    provider.base_url = url;
    provider.timeout = 400ms;
    config.providers["one"] = provider;
    config.routing.primary = ModelRig::target("one", "big");
    metering::Limits limits;
    limits.daily_budget = PicoDollars::dollars(1);
    limits.max_concurrent_requests = 1;
    ModelRig rig(config, limits);
    auto out = rig.chat(std::string(body));
    metering::WindowSpend day = rig.tenant->meter->view().windows.at(0);
    EXPECT_EQ(day.reserved, PicoDollars());
    EXPECT_EQ(day.spent, out.record.cost);
    EXPECT_EQ(rig.tenant->meter->view().concurrent, 0);
    return out;
  }
  static std::string reason_of(const ModelRig::Outcome& out) {
    return out.status ? std::to_string(out.http_status) : out.status.error().reason;
  }
};

TEST_F(UpstreamFault, NobodyIsThere) {
  EXPECT_EQ(reason_of(call_at("http://127.0.0.1:1/v1")), "upstream.connect");
}

TEST_F(UpstreamFault, ItsNameIsUnknown) {
  EXPECT_EQ(reason_of(call_at("http://no-such-host.invalid/v1")), "upstream.connect");
}

TEST_F(UpstreamFault, ItTakesTheConnectionAndLooksNoFurther) {
  auto out = call({.bytes = "", .then = Then::kSilence, .reads_request = false});
  EXPECT_EQ(reason_of(out), "upstream.timeout");
  EXPECT_GT(out.record.cost, PicoDollars()) << "it may have taken the request, and bill it";
}

TEST_F(UpstreamFault, ItTakesTheRequestAndSaysNothing) {
  EXPECT_EQ(reason_of(call({.bytes = "", .then = Then::kSilence})), "upstream.timeout");
}

TEST_F(UpstreamFault, ItClosesOrResetsInsteadOfAnAnswer) {
  EXPECT_EQ(reason_of(call({.bytes = "", .then = Then::kClose})), "upstream.broken");
  EXPECT_EQ(reason_of(call({.bytes = "", .then = Then::kReset})), "upstream.broken");
}

TEST_F(UpstreamFault, ItsHeadIsRubbish) {
  for (std::string_view bytes :
       {"hello\r\n\r\n", "HTTP/1.1 two hundred\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"}) {
    EXPECT_EQ(reason_of(call({.bytes = std::string(bytes)})), "upstream.broken") << bytes;
  }
}

TEST_F(UpstreamFault, ItsHeadNeverEnds) {
  std::string head = "HTTP/1.1 200 OK\r\n";
  while (head.size() < 200'000) head += "X-More: and more\r\n";
  EXPECT_EQ(reason_of(call({.bytes = head, .then = Then::kSilence})), "upstream.broken");
}

TEST_F(UpstreamFault, ItsBodyIsShorterThanItSays) {
  for (Then then : {Then::kClose, Then::kReset}) {
    auto out = call({.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"id\":", .then = then});
    EXPECT_EQ(reason_of(out), "upstream.broken");
    EXPECT_GT(out.record.cost, PicoDollars()) << "it answered, so it bills";
  }
  EXPECT_EQ(reason_of(call({.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"id\":",
                            .then = Then::kSilence})),
            "upstream.timeout");
}

TEST_F(UpstreamFault, ItsBodyIsLongerThanItSays) {
  auto out = call(
      {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\r\n"});
  EXPECT_EQ(reason_of(out), "200");
  EXPECT_EQ(out.text, "{}") << "what follows is nobody's answer";
}

TEST_F(UpstreamFault, ItsBodyHasNoEnd) {
  std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n";
  bytes.append(104'857'600, 'x');
  auto out = call({.bytes = std::move(bytes)});
  EXPECT_FALSE(out.status) << "100 MB are no answer";
}

TEST_F(UpstreamFault, ItResetsInTheMiddleOfAStream) {
  for (Then then : {Then::kClose, Then::kReset}) {
    auto out = call({.bytes = stream_of({kEvent, kEvent}), .then = then}, kStream);
    EXPECT_EQ(out.last, Piece::Kind::kBroken);
    EXPECT_EQ(out.text, std::string(kEvent) + std::string(kEvent)) << "what came was delivered";
    EXPECT_GT(out.record.cost, PicoDollars());
  }
}

TEST_F(UpstreamFault, ItsStreamEndsBeforeTheAnswerDoes) {
  auto out = call({.bytes = stream_of({kEvent}) + "0\r\n\r\n"}, kStream);
  EXPECT_EQ(out.last, Piece::Kind::kBroken);
  EXPECT_EQ(out.text, kEvent);
  constexpr std::string_view kStop = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
  out = call({.bytes = stream_of({kEvent, kStop}) + "0\r\n\r\n"}, kStream);
  EXPECT_EQ(out.last, Piece::Kind::kLast) << "the model stopped, and its server leaves out the last event";
}

TEST_F(UpstreamFault, ItsGoodAnswerIsNone) {
  for (std::string_view body :
       {"", "{malformed json: <<<chaos>>>}", "<html>busy</html>", "{\"choices\":[{\"mess"}) {
    auto out =
        call({.bytes = fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", body.size(), body)});
    EXPECT_EQ(reason_of(out), "upstream.shape") << body;
  }
}

TEST_F(UpstreamFault, ItStallsInTheMiddleOfAStream) {
  auto start = std::chrono::steady_clock::now();
  auto out = call({.bytes = stream_of({kEvent}), .then = Then::kSilence}, kStream);
  EXPECT_EQ(out.last, Piece::Kind::kBroken);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(UpstreamFault, ItsStreamIsRubbish) {
  for (std::string_view rubbish : {"data: {\"usage\":{\"prompt_tokens\":-5,\"completion_tokens\":1e400}}\n\n",
                                   "data: [1,2\n\n", "\xff\xfe\x00\x01", "event: \n\n\n\n:::::\n\n",
                                   "data: {\"usage\":{\"prompt_tokens\":99999999999999999999}}\n\n"}) {
    auto out = call({.bytes = stream_of({rubbish, kEvent, "data: [DONE]\n\n"})}, kStream);
    EXPECT_TRUE(out.status) << rubbish;
    EXPECT_GE(out.record.cost, PicoDollars()) << rubbish;
  }
}

TEST_F(UpstreamFault, OneEventNeverEnds) {
  std::string endless = "data: {\"choices\":[{\"delta\":{\"content\":\"";
  endless.append(40 << 20, 'x');
  std::string bytes(kStreamHead);
  bytes += chunk(endless);
  auto out = call({.bytes = std::move(bytes)}, kStream);
  EXPECT_TRUE(out.status);
  EXPECT_NE(out.last, Piece::Kind::kMore);
}

TEST_F(UpstreamFault, ItsChunksAreWrong) {
  std::string bytes(kStreamHead);
  bytes += chunk(kEvent) + "zz\r\nnonsense";
  EXPECT_EQ(reason_of(call({.bytes = bytes}, kStream)), "upstream.broken") << "nothing was passed on yet";
}

TEST_F(UpstreamFault, ADayOrMonthEndsWhileItAnswers) {
  testing_support::FakeUpstream upstream;
  testing_support::Script answer;
  answer.body = R"({"usage":{"prompt_tokens":10,"completion_tokens":50}})";
  answer.pause = 50ms;
  upstream.play({answer});
  snapshot::RouterConfig config;
  config.providers["one"] = ModelRig::openai(upstream);
  config.routing.primary = ModelRig::target("one", "big");
  metering::Limits limits;
  limits.daily_budget = limits.monthly_budget = PicoDollars::dollars(1);
  ModelRig rig(config, limits);
  rig.clock.jump_wall(*parse_rfc3339("2026-11-30T23:59:59.9Z") - rig.clock.wall());
  std::jthread midnight([&] {
    std::this_thread::sleep_for(20ms);
    rig.clock.advance(1s);
  });
  auto over = rig.chat(std::string(kWhole));
  midnight.join();
  ASSERT_TRUE(over.status);
  auto next = rig.chat(std::string(kWhole));
  ASSERT_TRUE(next.status);
  for (const metering::WindowSpend& window : rig.tenant->meter->view().windows) {
    EXPECT_EQ(window.reserved, PicoDollars()) << window.window;
    EXPECT_NE(window.window.find("2026-12"), std::string::npos);
    EXPECT_EQ(window.spent, next.cost) << "the call that began in November is November's: " << window.window;
  }
}

}  // namespace
}  // namespace bailiwick
