// A nursery makes children for as long as somebody is there to ask, and nothing outlives it.
#include "bundles/nursery_process.h"

#include <csignal>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bailiwick::bundles {
namespace {

using namespace std::chrono_literals;

Result<NurseryProcess> start(const char* verb) {
  return NurseryProcess::start(BAILIWICK_SANDBOX_PROBE, verb);
}

/// Has everybody who had the other end let go of it within ten seconds?
bool is_closed(const Descriptor& channel) {
  pollfd socket{.fd = channel.get(), .events = 0, .revents = 0};
  return poll(&socket, 1, 10'000) == 1 && (socket.revents & POLLHUP) != 0;
}

TEST(NurseryProcess, TellsHowChildrenEnd) {
  auto nursery = start("early-exit");
  ASSERT_TRUE(nursery) << nursery.error().message;
  for (int i = 0; i < 3; ++i) {
    auto channel = make_channel(SOCK_STREAM).value();
    auto pid = nursery->begin(channel.second);
    ASSERT_TRUE(pid) << pid.error().message;
    auto ended = nursery->end_of_child(10s);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->code, CLD_EXITED);
    EXPECT_EQ(ended->status, 0);
    for (int look = 0; look < 1000 && kill(*pid, 0) == 0; ++look) usleep(1000);
    EXPECT_NE(kill(*pid, 0), 0) << "nothing of it is left";
  }
}

TEST(NurseryProcess, ANurseryThatEndsTakesItsChildAlong) {
  auto channel = make_channel(SOCK_STREAM).value();
  {
    auto nursery = start("deaf");
    ASSERT_TRUE(nursery->begin(channel.second));
    channel.second = Descriptor();
    EXPECT_FALSE(nursery->end_of_child(200ms)) << "it goes on and on";
  }
  EXPECT_TRUE(is_closed(channel.first));
}

TEST(NurseryProcess, OneThatIsNoneIsUnavailable) {
  auto nursery = start("no-nursery");
  ASSERT_TRUE(nursery);
  auto channel = make_channel(SOCK_STREAM).value();
  auto pid = nursery->begin(channel.second);
  ASSERT_FALSE(pid);
  EXPECT_EQ(pid.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(pid.error().reason, "bundle.sandbox");
  EXPECT_FALSE(nursery->alive());
}

}  // namespace
}  // namespace bailiwick::bundles
