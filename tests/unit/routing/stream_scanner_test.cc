// The scanner delivers the same bytes however they are split, finds usage, and knows the end.
#include "routing/stream_scanner.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::routing {
namespace {

using snapshot::ProviderKind;

const std::string kStream =
    ": keep-alive\n\n"
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}],\"usage\":null}\n\n"
    "data: {\"choices\":[{\"delta\":{\"content\":\"say \\\"usage\\\":{\\\"prompt_tokens\\\":9}\"}}]}\r\n\r\n"
    "data: {\"choices\": [], \"usage\": "
    "{\"prompt_tokens\":3,\"completion_tokens\":4,\"prompt_tokens_details\":{\"cached_tokens\":2}}}\n\n"
    "data: [DONE]\n\n";
const std::string kUsageEvent =
    kStream.substr(kStream.find("data: {\"choices\": []"),
                   kStream.find("data: [DONE]") - kStream.find("data: {\"choices\": []"));

std::string pass(StreamScanner& scanner, std::string_view text, std::vector<std::size_t> cuts) {
  std::string out;
  std::size_t at = 0;
  for (std::size_t cut : cuts) {
    std::size_t size = std::min(cut, text.size() - at);
    out += scanner.feed(text.substr(at, size));
    at += size;
  }
  out += scanner.feed(text.substr(at));
  out += scanner.rest();
  return out;
}

RC_GTEST_PROP(StreamScanner, EveryByteLeavesHoweverTheyAreSplit, ()) {
  const auto cuts = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 60));
  StreamScanner all(ProviderKind::kOpenAi, UsageChunk::kPass);
  RC_ASSERT(pass(all, kStream, cuts) == kStream);
  RC_ASSERT(all.ended());
  RC_ASSERT(all.usage().input == 3);
  RC_ASSERT(all.usage().cache_read == 2);

  StreamScanner some(ProviderKind::kOpenAi, UsageChunk::kStrip);
  std::string stripped = kStream;
  stripped.erase(stripped.find(kUsageEvent), kUsageEvent.size());
  RC_ASSERT(pass(some, kStream, cuts) == stripped);
  RC_ASSERT(some.usage().output == 4);
}

RC_GTEST_PROP(StreamScanner, AnyBytesPassUnchanged, (const std::string& bytes)) {
  StreamScanner scanner(ProviderKind::kAnthropic, UsageChunk::kPass);
  RC_ASSERT(pass(scanner, bytes, {1, 2, 3}) == bytes);
}

TEST(StreamScanner, CountsTextNotNamesOfThings) {
  StreamScanner scanner(ProviderKind::kAnthropic, UsageChunk::kPass);
  scanner.feed(
      "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"ab\"}}\n\n");
  EXPECT_EQ(scanner.text_bytes(), 2);
  scanner.feed("data: {\"delta\":{\"type\":\"text_delta\",\"text\":\"" + std::string(298, 'x') + "\"}}\n\n");
  EXPECT_EQ(scanner.text_bytes(), 300);
  EXPECT_EQ(scanner.text_events(), 2);
}

TEST(StreamScanner, AUsageChunkWithContentIsNotStripped) {
  StreamScanner scanner(ProviderKind::kOpenAi, UsageChunk::kStrip);
  std::string event =
      "data: "
      "{\"choices\":[{\"delta\":{\"content\":\"x\"}}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}"
      "}\n\n";
  EXPECT_EQ(scanner.feed(event), event);
  EXPECT_EQ(scanner.usage().output, 4);
}

TEST(StreamScanner, ALongEventInSinglePiecesIsLookedThroughOnce) {
  StreamScanner scanner(ProviderKind::kOpenAi, UsageChunk::kPass);
  std::string out;
  // Looking through it again with every byte would take hours.
  for (int i = 0; i < 900'000; ++i) out += scanner.feed(i % 2 == 0 ? "a" : "\n");
  EXPECT_TRUE(out.empty());
  out += scanner.feed("\n");
  EXPECT_EQ(out.size(), 900'001u);
  EXPECT_TRUE(scanner.rest().empty());
}

TEST(StreamScanner, ALineEndIsKnownAcrossPieces) {
  for (std::string_view end : {"\n\n", "\r\n\r\n", "\n\r\n"}) {
    for (std::size_t cut = 1; cut < end.size(); ++cut) {
      StreamScanner scanner(ProviderKind::kOpenAi, UsageChunk::kPass);
      std::string event = "data: {}" + std::string(end);
      std::string out(scanner.feed(event.substr(0, 8 + cut)));
      EXPECT_TRUE(out.empty());
      out += scanner.feed(event.substr(8 + cut));
      EXPECT_EQ(out, event);
    }
  }
}

TEST(StreamScanner, AnEventWithoutEndIsNotHeldForever) {
  StreamScanner scanner(ProviderKind::kOpenAi, UsageChunk::kStrip);
  std::string huge = "data: " + std::string(2 << 20, 'x');
  EXPECT_EQ(scanner.feed(huge).size(), huge.size());
}

}  // namespace
}  // namespace bailiwick::routing
