// Shows that events are the same however their bytes are split, and that what is written is read back.
#include "net/sse.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::net {

bool operator==(const SseEvent& a, const SseEvent& b) {
  return a.name == b.name && a.data == b.data && a.id == b.id;
}

namespace {

std::vector<SseEvent> parse(std::string_view bytes, const std::vector<std::uint8_t>& sizes = {}) {
  std::vector<SseEvent> events;
  SseParser parser;
  auto keep = [&events](const SseEvent& event) { events.push_back(event); };
  for (std::uint8_t size : sizes) {
    EXPECT_TRUE(parser.feed(bytes.substr(0, size), keep));
    bytes.remove_prefix(std::min<std::size_t>(size, bytes.size()));
  }
  EXPECT_TRUE(parser.feed(bytes, keep));
  return events;
}

TEST(Sse, ReadsEvents) {
  auto events = parse(
      ": hello\n\nevent: delta\nid: 7\ndata: a\ndata:b\ndata\n\nretry: 5\ndata:  c\nother: d\n\ndata: "
      "unfinished\n");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0], (SseEvent{"delta", "a\nb\n", "7"}));
  EXPECT_EQ(events[1], (SseEvent{"", " c", ""}));
}

TEST(Sse, TakesEveryLineEndAndAByteOrderMark) {
  EXPECT_EQ(parse("\xEF\xBB\xBF"
                  "data: a\r\rdata: b\r\n\r\ndata: c\n\n"),
            (std::vector<SseEvent>{{"", "a", ""}, {"", "b", ""}, {"", "c", ""}}));
  EXPECT_EQ(parse("data: a\r\n\r\n", {8, 1, 1}), (std::vector<SseEvent>{{"", "a", ""}}))
      << "split inside CRLF";
}

TEST(Sse, PassesOverEventsWithoutData) {
  EXPECT_TRUE(parse("event: ping\n\nid: 3\n\n\n\n").empty());
}

TEST(Sse, RefusesEndlessEvents) {
  auto ignore = [](const SseEvent&) {};
  SseParser one_line(100);
  EXPECT_TRUE(one_line.feed("data: " + std::string(90, 'x'), ignore));
  Status refused = one_line.feed("more and more", ignore);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "sse.too_large");
  SseParser many_lines(100);
  Status status;
  for (int i = 0; i < 30 && status; ++i) status = many_lines.feed("data: 12345\n", ignore);
  EXPECT_FALSE(status);
}

std::string pick_line_end() {
  return *rc::gen::element<std::string>("\n", "\r", "\r\n");
}

RC_GTEST_PROP(Sse, GivesTheSameEventsForEverySplit, (const std::vector<std::uint8_t>& sizes)) {
  auto lines = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "", "", "data: a", "data:", "data: b: c", "event: e", "id: 1", ":comment", "x", "data"));
  std::string bytes;
  for (const std::string& line : lines) bytes += line + pick_line_end();
  RC_ASSERT(parse(bytes, sizes) == parse(bytes));
}

RC_GTEST_PROP(Sse, ReadsBackWhatItWrites, (const std::vector<std::string>& parts)) {
  SseEvent event{*rc::gen::element<std::string>("", "delta"), "", *rc::gen::element<std::string>("", "42")};
  for (const std::string& part : parts) event.data += part + *rc::gen::element<std::string>("", "\n");
  std::erase(event.data, '\r');
  RC_ASSERT(parse(to_wire(event)) == std::vector<SseEvent>{event});
}

TEST(Sse, WritesOtherLineEndsAsLines) {
  EXPECT_EQ(to_wire({"", "a\r\nb\rc", ""}), "data: a\ndata: b\ndata: c\n\n");
}

}  // namespace
}  // namespace bailiwick::net
