// Shows that bodies reach the handler byte for byte, whatever came before them on the connection.
#include "net/server_exchange.h"

#include <gtest/gtest.h>

#include "unit/net/loopback.h"
#include "unit/net/started_server.h"

namespace bailiwick::net {
namespace {

using test::ask;
using test::StartedServer;

Task<void> echo(Exchange& exchange) {
  auto body = co_await exchange.read_body(1 << 20);
  Response response;
  if (body) response.body = *body;
  (void)co_await exchange.respond(response);
}

std::string post(std::string_view body, std::string_view connection) {
  return "POST /path HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: " + std::string(connection) + "\r\n\r\n" + std::string(body);
}

TEST(ServerExchange, GivesABodyItsOwnLengthAfterAShorterOne) {
  StartedServer server(echo);
  // Both are past the receive buffer; the second would fit into twice the memory of the first.
  std::string first(20'000, 'a'), second(30'000, 'b');
  std::string answer = ask(server.port(), post(first, "keep-alive") + post(second, "close"));
  EXPECT_NE(answer.find("\r\n\r\n" + first + "HTTP/1.1 200"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n" + second)) << answer.size();
  EXPECT_NE(answer.find("Content-Length: 30000\r\n"), std::string::npos);
}

}  // namespace
}  // namespace bailiwick::net
