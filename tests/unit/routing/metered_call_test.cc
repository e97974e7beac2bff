// Streams: delivered as they come, metered as they flow, topped up or cut, and settled once however they end.
#include "routing/metered_call.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/model_rig.h"

namespace bailiwick::routing {
namespace {

using namespace std::chrono_literals;
using testing_support::FakeUpstream;
using testing_support::ModelRig;
using testing_support::Script;

std::string chunk(std::string_view text) {
  return fmt::format(
      "data: "
      "{{\"id\":\"c\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{}\"}}}}],\"usage\":null}}\n\n",
      text);
}
const std::string kUsage =
    "data: "
    "{\"id\":\"c\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":7,\"total_tokens\":"
    "17}}\n\n";
const std::string kDone = "data: [DONE]\n\n";
constexpr std::string_view kAsk = R"({"model":"big","stream":true,"messages":[]})";

Script streams(std::vector<std::string> chunks) {
  Script script;
  script.chunks = std::move(chunks);
  script.pause = 3ms;
  return script;
}

metering::Limits daily(std::int64_t pico) {
  metering::Limits limits;
  limits.daily_budget = PicoDollars(pico);
  return limits;
}

class StreamTest : public testing::Test {
 protected:
  StreamTest() {
    config.providers["one"] = ModelRig::openai(upstream);
    config.routing.primary = ModelRig::target("one", "big");
  }
  FakeUpstream upstream;
  snapshot::RouterConfig config;
};

TEST_F(StreamTest, TheUsageChunkStaysBehindUnlessAskedFor) {
  upstream.play({streams({chunk("a"), chunk("b"), kUsage, kDone})});
  ModelRig rig(config, daily(PicoDollars::kPerDollar));
  auto out = rig.chat(std::string(kAsk));
  EXPECT_EQ(out.text, chunk("a") + chunk("b") + kDone);
  EXPECT_EQ(upstream.seen()[0].body,
            R"({"stream_options":{"include_usage":true},"model":"big","stream":true,"messages":[]})");
  EXPECT_EQ(out.cost, PicoDollars(10 * 10'000'000 + 7 * 20'000'000));
  EXPECT_EQ(rig.spent(), out.cost);
}

TEST_F(StreamTest, APieceLeavesWhileTheUpstreamIsSilentAboutTheNext) {
  Script script = streams({chunk("a")});
  script.end = Script::End::kHang;
  upstream.play({script});
  auto out = ModelRig(config).chat(std::string(kAsk), {}, 1);
  EXPECT_EQ(out.text, chunk("a"));
  EXPECT_EQ(out.last, Piece::Kind::kMore);
}

TEST_F(StreamTest, ACallerThatAsksForUsageGetsEveryByte) {
  upstream.play({streams({chunk("a"), kUsage, kDone})});
  std::string ask = R"({"model":"big","stream":true,"stream_options":{"include_usage":true}})";
  auto out = ModelRig(config).chat(ask);
  EXPECT_EQ(out.text, chunk("a") + kUsage + kDone);
  EXPECT_EQ(upstream.seen()[0].body, ask);
}

TEST_F(StreamTest, UsageIsAskedForInsideGivenStreamOptions) {
  upstream.play({streams({kDone})});
  ModelRig rig(config);
  rig.chat(R"({"model":"big","stream":true,"stream_options": {"x":1}})");
  rig.chat(R"({"model":"big","stream":true,"stream_options":{ }})");
  rig.chat(R"({"model":"big","stream":true,"stream_options":{"include_usage": false, "x":1}})");
  auto seen = upstream.seen();
  EXPECT_EQ(seen[0].body, R"({"model":"big","stream":true,"stream_options": {"include_usage":true,"x":1}})");
  EXPECT_EQ(seen[1].body, R"({"model":"big","stream":true,"stream_options":{"include_usage":true }})");
  EXPECT_EQ(seen[2].body, R"({"model":"big","stream":true,"stream_options":{"include_usage": true, "x":1}})");
}

TEST_F(StreamTest, EventsThatArriveInPiecesLeaveWhole) {
  std::string all = chunk("first") + chunk("second") + kUsage + kDone;
  std::vector<std::string> shreds;
  for (std::size_t at = 0; at < all.size(); at += 17) shreds.push_back(all.substr(at, 17));
  Script script = streams(shreds);
  script.pause = 0ms;
  upstream.play({script});
  auto out = ModelRig(config).chat(std::string(kAsk));
  EXPECT_EQ(out.text, chunk("first") + chunk("second") + kDone);
  EXPECT_EQ(out.usage.output, 7);
}

TEST_F(StreamTest, AnthropicsCountsAreMergedAndNeverSummed) {
  config.providers["one"] = ModelRig::anthropic(upstream);
  std::string start =
      "event: message_start\ndata: "
      "{\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":25,\"cache_read_input_tokens\":5,"
      "\"output_tokens\":1}}}\n\n";
  std::string text =
      "event: content_block_delta\ndata: "
      "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"hi\"}}\n\n";
  auto delta = [](int tokens) {
    return fmt::format(
        "event: message_delta\ndata: "
        "{{\"type\":\"message_delta\",\"delta\":{{}},\"usage\":{{\"output_tokens\":{}}}}}\n\n",
        tokens);
  };
  std::string stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
  upstream.play({streams({start, text, delta(8), delta(15), stop})});
  ModelRig rig(config);
  auto out = rig.call(Endpoint::kMessages, R"({"model":"big","max_tokens":50,"stream":true,"messages":[]})");
  EXPECT_EQ(out.text, start + text + delta(8) + delta(15) + stop);
  EXPECT_EQ(out.usage.input, 30);
  EXPECT_EQ(out.usage.output, 15);
}

TEST_F(StreamTest, ACallerThatLeavesPaysForWhatItGot) {
  std::vector<std::string> many(40, chunk("word"));
  upstream.play({streams(many)});
  ModelRig rig(config, daily(PicoDollars::kPerDollar));
  auto out = rig.chat(std::string(kAsk), {}, 3);
  EXPECT_GE(out.usage.output, 3);
  EXPECT_LT(out.usage.output, 20);
  EXPECT_GT(out.usage.input, 0);
  EXPECT_EQ(rig.spent(), out.cost);
  EXPECT_EQ(rig.tenant->meter->view().windows[0].reserved, PicoDollars());
}

TEST_F(StreamTest, AnUpstreamThatBreaksOffIsToldApartFromOneThatEnds) {
  Script script = streams({chunk("a"), chunk("b")});
  script.end = Script::End::kBreakOff;
  upstream.play({script});
  ModelRig rig(config);
  auto out = rig.chat(std::string(kAsk));
  EXPECT_EQ(out.last, Piece::Kind::kBroken);
  EXPECT_EQ(out.usage.output, 2);
}

TEST_F(StreamTest, AnUpstreamThatBreaksOffBeforeTheFirstByteIsPassedOver) {
  FakeUpstream second;
  config.providers["two"] = ModelRig::openai(second);
  config.routing.fallback = ModelRig::target("two", "small");
  Script script = streams({""});
  script.end = Script::End::kBreakOff;
  upstream.play({script});
  second.play({streams({chunk("b"), kDone})});
  auto out = ModelRig(config).chat(std::string(kAsk));
  EXPECT_EQ(out.model, "small");
  EXPECT_EQ(out.text, chunk("b") + kDone);
}

const std::string kAnthropicStart =
    "event: message_start\ndata: "
    "{\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n";

TEST_F(StreamTest, ATranslatedStreamThatFailsIsNoWholeAnswer) {
  config.providers["one"] = ModelRig::anthropic(upstream);
  upstream.play({streams({kAnthropicStart,
                          "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
                          "\"message\":\"too many\"}}\n\n"})});
  ModelRig rig(config, daily(PicoDollars::kPerDollar));
  auto out = rig.chat(std::string(kAsk));
  EXPECT_EQ(out.last, Piece::Kind::kBroken);
  EXPECT_TRUE(out.pieces.back().starts_with("data: {\"error\":{")) << out.text;
  EXPECT_EQ(out.usage.input, 25) << "what was told before OpenAI's callers would be";
  EXPECT_EQ(rig.spent(), out.cost);
}

TEST_F(StreamTest, NobodyRunsUpMoreThanAnyContextByClaimingIt) {
  config.providers["one"] = ModelRig::anthropic(upstream);
  upstream.play(
      {streams({"event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":"
                "{\"input_tokens\":999999999999,\"output_tokens\":999999999999}}}\n\n",
                "event: error\ndata: {\"type\":\"error\",\"error\":{}}\n\n"})});
  auto out = ModelRig(config).chat(std::string(kAsk));
  EXPECT_LE(out.usage.input, kMostReported);
  EXPECT_LE(out.usage.output, kMostReported);
}

TEST_F(StreamTest, ACutTranslatedStreamPaysForWhatItsCallerDidNotSee) {
  config.providers["one"] = ModelRig::anthropic(upstream);
  std::string thought =
      "event: content_block_delta\ndata: "
      "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"thinking_delta\","
      "\"thinking\":\"" +
      std::string(3000, 'x') + "\"}}\n\n";
  Script script = streams({kAnthropicStart, thought});
  script.end = Script::End::kBreakOff;
  upstream.play({script});
  auto out = ModelRig(config).chat(std::string(kAsk));
  EXPECT_EQ(out.last, Piece::Kind::kBroken);
  EXPECT_EQ(out.usage.input, 25);
  EXPECT_GE(out.usage.output, 700);
}

TEST_F(StreamTest, IsToppedUpWhileTheBudgetLasts) {
  // 3000 tokens are three instalments; the budget holds twice that.
  std::string hundred = chunk(std::string(300, 'x'));
  std::vector<std::string> chunks(30, hundred);
  chunks.push_back("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":3000}}\n\n");
  chunks.push_back(kDone);
  Script script = streams(chunks);
  script.pause = 0ms;
  upstream.play({script});
  std::string prices =
      R"({"big":{"mode":"chat","input_cost_per_token":1e-05,"output_cost_per_token":2e-05,"max_output_tokens":100000}})";
  ModelRig rig(config, daily(6'000 * 20'000'000LL));
  rig.prices.store(std::make_shared<const metering::PriceBook>(metering::PriceBook::parse(prices).value()));
  auto out = rig.chat(std::string(kAsk));
  EXPECT_EQ(out.last, Piece::Kind::kLast);
  EXPECT_EQ(out.usage.output, 3000);
}

TEST_F(StreamTest, IsNotCutWhileItKeepsToTheBoundThatItWasTold) {
  const std::int64_t input = 10 * 10'000'000LL, output = 20'000'000LL, limit = 200 * output;
  ModelRig told(config, daily(limit));
  std::vector<std::string> chunks(60, chunk("some words"));  // more tokens by our count than were written
  chunks.push_back(
      R"(data: {"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":150,"total_tokens":160}})"
      "\n\n");
  chunks.push_back(kDone);
  upstream.play({streams(chunks)});
  auto out = told.chat(std::string(kAsk));
  EXPECT_NE(upstream.seen().back().body.find("\"max_tokens\":"), std::string::npos);
  EXPECT_EQ(out.last, Piece::Kind::kLast);
  EXPECT_EQ(told.spent(), PicoDollars(input + 150 * output)) << "by what its provider counted";
}

TEST_F(StreamTest, IsCutWhenTheBudgetEndsThoughItWasToldToStop) {
  std::vector<std::string> chunks(200, chunk(std::string(30, 'x')));  // ten tokens each by our count
  chunks.push_back(kDone);
  upstream.play({streams(chunks)});
  const std::int64_t limit = 200 * 20'000'000LL;
  ModelRig rig(config, daily(limit));
  auto out = rig.chat(std::string(kAsk));
  EXPECT_EQ(out.last, Piece::Kind::kCut);
  EXPECT_GT(out.pieces.size(), 5u);
  EXPECT_LT(out.pieces.size(), 100u);
  EXPECT_LE(rig.spent(), PicoDollars(limit));
  EXPECT_EQ(out.record.cost, out.cost);
}

TEST_F(StreamTest, AnErrorInsteadOfAStreamIsAWholeAnswer) {
  Script script;
  script.status = 400;
  script.body = R"({"error":{"message":"bad"}})";
  upstream.play({script});
  auto out = ModelRig(config).chat(std::string(kAsk));
  EXPECT_EQ(out.http_status, 400);
  EXPECT_EQ(out.text, script.body);
}

}  // namespace
}  // namespace bailiwick::routing
