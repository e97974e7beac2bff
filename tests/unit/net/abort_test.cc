// A request to an upstream can be ended from outside, wherever it waits.
#include "net/abort.h"

#include <latch>

#include <gtest/gtest.h>

#include "net/client.h"
#include "net/pause.h"
#include "net/timer.h"
#include "net/use_task.h"
#include "unit/net/loopback.h"

namespace bailiwick::net {
namespace {

using namespace std::chrono_literals;
using test::RawSocket;
using test::ScriptedUpstream;

Task<std::string> fetch(Client& client, Origin origin, std::shared_ptr<Abort> abort) {
  ClientRequest request;
  request.path = "/";
  request.abort = abort;
  auto response = co_await client.send(origin, request, 10s);
  if (!response) co_return response.error().reason;
  auto body = co_await (*response)->read_all(1 << 20);
  co_return body ? *body : body.error().reason;
}

class AbortTest : public testing::Test {
 protected:
  /// What the request comes to, aborted after `wait`.
  std::string fetch_and_abort(const ScriptedUpstream& upstream, std::chrono::milliseconds wait) {
    Timer timer(io_.get_executor());
    timer.expires_after(wait);
    timer.async_wait([&](boost::system::error_code error) {
      if (!error) abort_->now();
    });
    return test::run(io_, fetch(client_, Origin::parse(upstream.url()).value(), abort_));
  }

  asio::io_context io_;
  Client client_{io_};
  std::shared_ptr<Abort> abort_ = std::make_shared<Abort>();
};

TEST_F(AbortTest, EndsTheWaitForAnAnswerAndIsNotTriedAgain) {
  std::atomic<int> connections = 0;
  ScriptedUpstream upstream([&](RawSocket& socket, int) {
    ++connections;
    socket.receive_until("\r\n\r\n");
    socket.receive_until("never");
  });
  EXPECT_EQ(fetch_and_abort(upstream, 50ms), "upstream.broken");
  EXPECT_EQ(connections, 1);
}

TEST_F(AbortTest, EndsTheWaitForTheRestOfAnAnswer) {
  ScriptedUpstream upstream([&](RawSocket& socket, int) {
    socket.receive_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
    socket.receive_until("never");
  });
  EXPECT_EQ(fetch_and_abort(upstream, 50ms), "upstream.broken");
}

TEST_F(AbortTest, WhatIsAbortedBeforeIsNotSent) {
  std::atomic<bool> asked = false;
  ScriptedUpstream upstream([&](RawSocket& socket, int) {
    if (!socket.receive_until("\r\n\r\n").empty()) asked = true;
  });
  abort_->now();
  EXPECT_EQ(fetch_and_abort(upstream, 10s), "upstream.aborted");
  EXPECT_FALSE(asked);
}

TEST_F(AbortTest, AfterTheEndItDoesNothing) {
  ScriptedUpstream upstream([&](RawSocket& socket, int) {
    for (int i = 0; i < 2; ++i) {
      socket.receive_until("\r\n\r\n");
      socket.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong");
    }
  });
  EXPECT_EQ(fetch_and_abort(upstream, 10s), "pong");
  abort_->now();
  abort_ = std::make_shared<Abort>();
  EXPECT_EQ(fetch_and_abort(upstream, 10s), "pong") << "over the same connection";
}

}  // namespace
}  // namespace bailiwick::net
