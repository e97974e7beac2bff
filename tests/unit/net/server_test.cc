// Shows that the server serves HTTP/1.1 as it promises: order, framing, limits, deadlines, drain, and faults
// of handlers.
#include "net/server.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "base/log.h"
#include "unit/net/loopback.h"

namespace bailiwick::net {
namespace {

using namespace std::chrono_literals;
using test::ask;
using test::RawSocket;
using ::testing::Test;

constexpr std::size_t kBodyLimit = 100'000;

Task<void> echo(Exchange& exchange) {
  auto body = co_await exchange.read_body(kBodyLimit);
  Response response;
  response.body = exchange.head().method + " " + exchange.head().path + " ";
  if (body) {
    response.body.append(*body);
  } else {
    response.status = body.error().code == ErrorCode::kTooLarge ? 413 : 400;
    response.body = body.error().reason;
  }
  (void)co_await exchange.respond(response);
}

struct Started {
  Server server;
  explicit Started(Handler handler = echo, ServerOptions options = {})
      : server(std::move(options), std::move(handler)) {
    Status started = server.start();
    EXPECT_TRUE(started) << started.error().message;
  }
  std::uint16_t port() const { return server.port(); }
};

TEST(Server, AnswersAndKeepsTheConnection) {
  Started started;
  RawSocket socket = RawSocket::to(started.port());
  for (int i = 0; i < 3; ++i) {
    socket.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    std::string answer = socket.receive_until("hello");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_NE(answer.find("\r\nDate: "), std::string::npos);
    EXPECT_NE(answer.find("\r\nContent-Length: 13\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("Connection: close"), std::string::npos);
  }
}

}  // namespace
}  // namespace bailiwick::net
