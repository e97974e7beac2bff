// A frame comes back as it went in, and nothing that is not exactly one is taken for one.
#include "ledger/frame.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::ledger {
namespace {

std::vector<Record> records(std::size_t count) {
  std::vector<Record> made(count);
  for (std::size_t i = 0; i < count; ++i) {
    made[i].request_id = "req-" + std::to_string(i);
    made[i].time = WallTime(std::chrono::microseconds(1000 + i));
  }
  return made;
}

TEST(Frame, ComesBackAsItWentIn) {
  std::string buffer = "rubbish";
  ChainPoint point{41, crypto::sha256("before")};
  ASSERT_TRUE(encode_frame(buffer, "acme-corp", records(3), point));
  EXPECT_EQ(buffer.size() % 8, 0u);
  buffer += "what follows";
  std::optional<Frame> frame = decode_frame(buffer);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->chain, "acme-corp");
  EXPECT_EQ(frame->first_sequence, 42u);
  EXPECT_EQ(frame->last_sequence(), 44u);
  EXPECT_EQ(frame->previous, crypto::sha256("before"));
  EXPECT_EQ(frame->time, WallTime(std::chrono::microseconds(1002)));
  EXPECT_FALSE(frame->has_budget);
  EXPECT_EQ(frame->end(), point);
  crypto::Digest link = frame->previous;
  frame->each([&](std::uint64_t sequence, const crypto::Digest& hash, std::string_view payload) {
    EXPECT_EQ(payload, to_json(records(3)[sequence - 42], "acme-corp", sequence));
    link = chain_hash(link, payload);
    EXPECT_EQ(hash, link);
    return true;
  });
}

TEST(Frame, ATooLargeRecordIsRefusedAndTheChainStaysWhereItWas) {
  std::vector<Record> two = records(2);
  two[1].resource = std::string(kMaxPayloadBytes, 'x');
  std::string buffer;
  ChainPoint point;
  EXPECT_EQ(encode_frame(buffer, "t", two, point).error().reason, "ledger.record_too_large");
  EXPECT_EQ(point, ChainPoint());
}

TEST(Frame, ACutOneIsNone) {
  std::string buffer;
  ChainPoint point;
  ASSERT_TRUE(encode_frame(buffer, "t", records(1), point));
  for (std::size_t size = 0; size < buffer.size(); ++size) {
    EXPECT_FALSE(decode_frame(std::string_view(buffer).substr(0, size))) << size;
    std::string torn = buffer.substr(0, size) + std::string(buffer.size() - size, '\0');
    if (torn != buffer) EXPECT_FALSE(decode_frame(torn)) << size;
  }
}

RC_GTEST_PROP(Frame, AChangedByteIsSeen, ()) {
  std::string buffer;
  ChainPoint point;
  RC_ASSERT(encode_frame(buffer, "t", records(2), point).has_value());
  auto at = *rc::gen::inRange<std::size_t>(0, buffer.size());
  auto change = *rc::gen::inRange(1, 256);
  buffer[at] = static_cast<char>(buffer[at] ^ change);
  RC_ASSERT(!decode_frame(buffer).has_value());
}

}  // namespace
}  // namespace bailiwick::ledger
