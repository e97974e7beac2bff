// Shows that deadlines end on time, move freely, and let an empty loop end.
#include "net/deadlines.h"

#include <gtest/gtest.h>

namespace bailiwick::net {
namespace {

using namespace std::chrono_literals;

struct Noted final : Deadlines::Entry {
  using Entry::Entry;
  void on_deadline() override {
    ++times;
    at = mono_now();
  }
  int times = 0;
  MonoTime at{};
};

TEST(Deadlines, EndOnTimeAndOnce) {
  asio::io_context io;
  auto late = std::make_unique<Noted>(io);
  Noted soon(io), moved(io), dropped(io);
  MonoTime begun = mono_now();
  late->arm(begun + 10s);
  soon.arm(begun + 30ms);
  moved.arm(begun + 5ms);
  moved.arm(begun + 60ms);
  dropped.arm(begun + 5ms);
  dropped.disarm();
  io.run_for(120ms);
  EXPECT_EQ(soon.times, 1);
  EXPECT_GE(soon.at, begun + 30ms);
  EXPECT_EQ(moved.times, 1);
  EXPECT_GE(moved.at, begun + 60ms);
  EXPECT_EQ(dropped.times, 0);
  EXPECT_EQ(late->times, 0);
  EXPECT_FALSE(soon.armed());
  EXPECT_TRUE(late->armed());
}

TEST(Deadlines, LetALoopEndOnceNothingIsLeft) {
  asio::io_context io;
  {
    Noted entry(io);
    entry.arm(mono_now() + 1h);
  }
  EXPECT_EQ(io.run_for(2s), 1U) << "the cancelled timer and nothing more";
  EXPECT_TRUE(io.stopped());
}

}  // namespace
}  // namespace bailiwick::net
