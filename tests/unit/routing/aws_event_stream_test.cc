// Frames are taken apart however they are split, and none passes whose sums are wrong.
#include "routing/aws_event_stream.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "support/aws_frames.h"

namespace bailiwick::routing {
namespace {

using testing_support::aws_event;
using testing_support::aws_exception;
using testing_support::raw_aws_frame;

struct Read {
  Status status;
  std::string text;  ///< `type/event/exception:payload;` of each frame
};

Read read(std::string_view bytes, std::vector<std::size_t> cuts = {}) {
  AwsEventStream stream;
  Read out;
  auto keep = [&](const AwsMessage& message) {
    out.text.append(message.message_type).append("/").append(message.event_type).append("/");
    out.text.append(message.exception_type).append(":").append(message.payload).append(";");
  };
  for (std::size_t cut : cuts) {
    std::size_t size = std::min(cut, bytes.size());
    if (out.status) out.status = stream.feed(bytes.substr(0, size), keep);
    bytes.remove_prefix(size);
  }
  if (out.status) out.status = stream.feed(bytes, keep);
  return out;
}

const std::string kFrames = aws_event("messageStart", R"({"role":"assistant"})") +
                            aws_exception("throttlingException", R"({"message":"slow down"})") +
                            aws_event("empty", "");
constexpr std::string_view kRead =
    R"(event/messageStart/:{"role":"assistant"};exception//throttlingException:{"message":"slow down"};)"
    "event/empty/:;";

// The two of the protocol's own test suite: no headers, with and without a payload.
TEST(AwsEventStream, ReadsThePublishedFrames) {
  std::string empty("\x00\x00\x00\x10\x00\x00\x00\x00\x05\xc2\x48\xeb\x7d\x98\xc8\xff", 16);
  EXPECT_EQ(read(empty).text, "//:;");
  EXPECT_EQ(raw_aws_frame("", ""), empty);
  std::string payload = std::string("\x00\x00\x00\x1d\x00\x00\x00\x00\xfd\x52\x8c\x5a", 12) +
                        R"({'foo':'bar'})" + "\xc3\x65\x39\x36";
  EXPECT_EQ(read(payload).text, "//:{'foo':'bar'};");
}

RC_GTEST_PROP(AwsEventStream, ReadsTheSameHoweverItIsSplit, ()) {
  const auto cuts = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, 40));
  Read out = read(kFrames, cuts);
  RC_ASSERT(out.status.has_value());
  RC_ASSERT(out.text == kRead);
}

RC_GTEST_PROP(AwsEventStream, AChangedByteIsFound, ()) {
  std::string bytes = aws_event("metadata", R"({"usage":{}})");
  std::size_t at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[at] = static_cast<char>(bytes[at] ^ *rc::gen::inRange(1, 256));
  Read out = read(bytes + std::string(AwsEventStream::kLongestFrame, 'x'));
  RC_ASSERT(!out.status.has_value());
  RC_ASSERT(out.status.error().reason == "event_stream.malformed");
}

TEST(AwsEventStream, PassesOverHeadersOfOtherTypes) {
  std::string headers;
  for (auto [type, size] : {std::pair{0, 0}, {1, 0}, {2, 1}, {3, 2}, {4, 4}, {5, 8}, {8, 8}, {9, 16}}) {
    headers.append("\1h").append(1, static_cast<char>(type)).append(static_cast<std::size_t>(size), 'v');
  }
  headers.append("\1h\6").append("\0\2vv", 4);
  EXPECT_EQ(read(raw_aws_frame(headers, "p")).text, "//:p;");
  EXPECT_FALSE(read(raw_aws_frame("\1h\x0a", "p")).status) << "an unknown type has an unknown length";
  EXPECT_FALSE(read(raw_aws_frame("\x09h", "p")).status);
  EXPECT_FALSE(read(raw_aws_frame(std::string("\1h\7\0\5v", 6), "p")).status);
}

TEST(AwsEventStream, AFrameOfAnImpossibleLengthIsRefusedBeforeItIsHeld) {
  for (std::uint32_t size : {0u, 15u, 1u << 21, ~0u}) {
    std::string prelude;
    testing_support::append_big_endian(prelude, size, 4);
    testing_support::append_big_endian(prelude, 0, 4);
    testing_support::append_big_endian(prelude, testing_support::crc_of(prelude), 4);
    EXPECT_FALSE(read(prelude).status) << size;
  }
}

}  // namespace
}  // namespace bailiwick::routing
