// Shows, on real sockets, that no ambiguous head reaches a handler, and that nothing after it on its
// connection does.
#include <atomic>

#include <gtest/gtest.h>

#include "net/server.h"
#include "unit/net/bad_heads.h"
#include "unit/net/loopback.h"
#include "unit/net/started_server.h"

namespace bailiwick::net {
namespace {

Task<void> count(Exchange& exchange, std::atomic<int>& calls) {
  ++calls;
  Response response;
  (void)co_await exchange.respond(response);
}

TEST(Smuggling, RefusesEveryBadHeadAndWhatFollowsIt) {
  std::atomic<int> calls = 0;
  std::atomic<int> refused = 0;
  ServerOptions options;
  options.on_refused = [&](int status, std::string_view) { refused += status == 400; };
  Handler handler = [&calls](Exchange& exchange) { return count(exchange, calls); };
  test::StartedServer server(handler, options);
  int sent = 0;
  for (const test::BadHead& bad : test::bad_heads()) {
    std::string follower = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    std::string answer = test::ask(server.port(), bad.bytes + follower);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << bad.what << " -> " << answer;
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos) << bad.what;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos) << bad.what;
    EXPECT_EQ(answer.find("\nHTTP/"), std::string::npos) << bad.what << ": one answer and no more";
    EXPECT_EQ(refused, ++sent) << bad.what;
  }
  EXPECT_GE(sent, 20);
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace bailiwick::net
