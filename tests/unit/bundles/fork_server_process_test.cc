// A fork server makes children for as long as somebody is there to ask, and nothing outlives it.
#include "bundles/fork_server_process.h"

#include <csignal>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bailiwick::bundles {
namespace {

using namespace std::chrono_literals;

Result<ForkServerProcess> start(const char* verb) {
  return ForkServerProcess::start(BAILIWICK_SANDBOX_PROBE, verb);
}

/// Has everybody who had the other end let go of it within ten seconds?
bool is_closed(const Descriptor& channel) {
  pollfd socket{.fd = channel.get(), .events = 0, .revents = 0};
  return poll(&socket, 1, 10'000) == 1 && (socket.revents & POLLHUP) != 0;
}

TEST(ForkServerProcess, TellsHowChildrenEnd) {
  auto fork_server = start("early-exit");
  ASSERT_TRUE(fork_server) << fork_server.error().message;
  for (int i = 0; i < 3; ++i) {
    auto channel = make_channel(SOCK_STREAM).value();
    auto pid = fork_server->begin(channel.second);
    ASSERT_TRUE(pid) << pid.error().message;
    auto ended = fork_server->end_of_child(10s);
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->code, CLD_EXITED);
    EXPECT_EQ(ended->status, 0);
    for (int look = 0; look < 1000 && kill(*pid, 0) == 0; ++look) usleep(1000);
    EXPECT_NE(kill(*pid, 0), 0) << "nothing of it is left";
  }
}

TEST(ForkServerProcess, AForkServerThatEndsTakesItsChildAlong) {
  auto channel = make_channel(SOCK_STREAM).value();
  {
    auto fork_server = start("deaf");
    ASSERT_TRUE(fork_server->begin(channel.second));
    channel.second = Descriptor();
    EXPECT_FALSE(fork_server->end_of_child(200ms)) << "it goes on and on";
  }
  EXPECT_TRUE(is_closed(channel.first));
}

TEST(ForkServerProcess, OneThatIsNoneIsUnavailable) {
  auto fork_server = start("no-fork-server");
  ASSERT_TRUE(fork_server);
  auto channel = make_channel(SOCK_STREAM).value();
  auto pid = fork_server->begin(channel.second);
  ASSERT_FALSE(pid);
  EXPECT_EQ(pid.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(pid.error().reason, "bundle.sandbox");
  EXPECT_FALSE(fork_server->alive());
}

}  // namespace
}  // namespace bailiwick::bundles
