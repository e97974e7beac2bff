// Shows that the server serves HTTP/1.1 as it promises: order, framing, limits, deadlines and faults of
// handlers.
#include "net/server.h"

#include <atomic>

#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include "base/log.h"
#include "unit/net/loopback.h"
#include "unit/net/started_server.h"

namespace bailiwick::net {
namespace {

using namespace std::chrono_literals;
using test::ask;
using test::echo;
using test::kBodyLimit;
using test::RawSocket;
using test::StartedServer;

std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

TEST(Server, AnswersAndKeepsTheConnection) {
  StartedServer server;
  RawSocket socket = RawSocket::to(server.port());
  for (int i = 0; i < 3; ++i) {
    socket.send(post("/a", "hello"));
    std::string answer = socket.receive_until("hello");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_NE(answer.find("\r\nDate: "), std::string::npos);
    EXPECT_NE(answer.find("\r\nContent-Length: 13\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("Connection: close"), std::string::npos);
  }
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  StartedServer server;
  RawSocket socket = RawSocket::to(server.port());
  socket.send(post("/1", "one") + "\r\n" + post("/2", "two") +
              "GET /3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  std::string answers = socket.receive_all();
  std::size_t first = answers.find("POST /1 one"), second = answers.find("POST /2 two"),
              third = answers.find("GET /3 ");
  ASSERT_NE(third, std::string::npos) << answers;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST(Server, GivesHeadTheLengthWithoutTheBody) {
  StartedServer server;
  std::string answer = ask(server.port(), "HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 8\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST(Server, ReadsChunkedBodiesInAnySplit) {
  StartedServer server;
  std::string request =
      "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n"
      "5;name=value\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nTrailer: t\r\n\r\n";
  EXPECT_TRUE(ask(server.port(), request).ends_with("POST /c hello world"));

  RawSocket socket = RawSocket::to(server.port());
  for (char c : request) socket.send({&c, 1});
  EXPECT_TRUE(socket.receive_all().ends_with("POST /c hello world"));
}

TEST(Server, ReadsBodiesLargerThanItsBuffers) {
  StartedServer server;
  std::string body(kBodyLimit, 'b');
  RawSocket socket = RawSocket::to(server.port());
  socket.send(post("/big", body) + post("/next", "small"));
  std::string answers = socket.receive_until("small");
  EXPECT_NE(answers.find("POST /big bbbb"), std::string::npos);
  EXPECT_GT(answers.size(), body.size());
}

TEST(Server, RefusesBodiesPastTheLimitWithoutReadingThem) {
  StartedServer server;
  std::string by_length = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n";
  EXPECT_TRUE(ask(server.port(), by_length).starts_with("HTTP/1.1 413 Content Too Large\r\n"));

  std::string by_chunk =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n" + std::string(100'001, 'c');
  std::string answer = ask(server.port(), by_chunk);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST(Server, RefusesMalformedChunks) {
  StartedServer server;
  for (std::string_view chunks :
       {"5\r\nhelloXX0\r\n\r\n", "5\rXhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "\r\n"}) {
    std::string answer =
        ask(server.port(),
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << chunks << " -> " << answer;
  }
}

TEST(Server, InvitesABodyThatIsExpectedToBeInvited) {
  StartedServer server;
  RawSocket socket = RawSocket::to(server.port());
  socket.send("POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(socket.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("ok");
  EXPECT_TRUE(socket.receive_until("POST /e ok").starts_with("HTTP/1.1 200 OK\r\n"));
}

Task<void> ignore_body(Exchange& exchange) {
  Response response;
  (void)co_await exchange.respond(response);
}

TEST(Server, ClosesAfterABodyThatWasNeverInvited) {
  StartedServer server(ignore_body);
  std::string answer =
      ask(server.port(), "POST /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST(Server, PassesOverAShortBodyThatNobodyRead) {
  StartedServer server(ignore_body);
  RawSocket socket = RawSocket::to(server.port());
  socket.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20\r\n\r\nGET /");
  EXPECT_NE(socket.receive_until("\r\n\r\n").find("200 OK"), std::string::npos);
  socket.send("smuggled HTTP/1POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  std::string second = socket.receive_all();
  EXPECT_TRUE(second.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(second.find("HTTP/1.1", 8), std::string::npos) << "one answer and no more";
}

TEST(Server, ServesOldClientsAndCloses) {
  StartedServer server;
  std::string answer = ask(server.port(), "GET /old HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(answer.ends_with("GET /old "));
}

TEST(Server, RefusesHeadsPastTheLimit) {
  std::atomic<int> refused = 0;
  ServerOptions options;
  options.on_refused = [&](int status, std::string_view reason) {
    if (status == 431 && reason == "request.head_too_large") ++refused;
  };
  StartedServer server(echo, options);
  std::string head = "GET / HTTP/1.1\r\nHost: x\r\nLong: ";
  EXPECT_TRUE(ask(server.port(), head + std::string(16 * 1024, 'a')).starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(
      ask(server.port(), head + std::string(16 * 1024, 'a') + "\r\n\r\n").starts_with("HTTP/1.1 431 "));
  EXPECT_EQ(refused, 2);
  std::string fits =
      head + std::string(16 * 1024 - head.size() - 4 - 19, 'a') + "\r\nConnection: close\r\n\r\n";
  EXPECT_TRUE(ask(server.port(), fits).starts_with("HTTP/1.1 200 "));
}

TEST(Server, GivesTheWholeHeadOneDeadline) {
  ServerOptions options;
  options.head_deadline = 150ms;
  StartedServer server(echo, options);
  RawSocket socket = RawSocket::to(server.port());
  auto begun = std::chrono::steady_clock::now();
  std::string_view head = "GET /slow HTTP/1.1\r\nHost: x\r\n";
  for (std::size_t i = 0; i < 10; ++i) {  // each byte comes well within the deadline, the head does not
    socket.send(head.substr(i, 1));
    std::this_thread::sleep_for(20ms);
  }
  std::string answer = socket.receive_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << answer;
  EXPECT_NE(answer.find("Content-Type: application/problem+json"), std::string::npos);
  EXPECT_NE(answer.find(R"("status":408)"), std::string::npos);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
}

TEST(Server, ClosesIdleConnectionsWithoutAWord) {
  ServerOptions options;
  options.keep_alive = 60ms;
  options.head_deadline = 60ms;
  StartedServer server(echo, options);
  EXPECT_EQ(RawSocket::to(server.port()).receive_all(), "") << "a connection that never spoke";
  RawSocket socket = RawSocket::to(server.port());
  socket.send(post("/a", "hello"));
  EXPECT_TRUE(socket.receive_all().ends_with("hello"));
}

TEST(Server, SeesTheEndThatCameWithTheLastRequest) {
  StartedServer server;
  for (int i = 0; i < 20; ++i) {
    RawSocket socket = RawSocket::to(server.port());
    if (i % 2 == 1) socket.send(post("/first", "hello")), socket.receive_until("hello");
    socket.send(post("/last", "goodbye"));
    socket.end_sending();
    auto begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(socket.receive_all().ends_with("goodbye"));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s) << "the server waited for more";
  }
}

TEST(Server, TellsTheHandlerThatABodyStopped) {
  ServerOptions options;
  options.body_idle = 50ms;
  std::atomic<int> code = -1;
  Handler handler = [&code](Exchange& exchange) -> Task<void> {
    return test::record_body_error(exchange, code);
  };
  StartedServer server(handler, options);
  std::string answer = ask(server.port(), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kTimeout));

  RawSocket leaving = RawSocket::to(server.port());
  leaving.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  leaving.end_sending();
  answer = leaving.receive_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << "who only ended its own side can still be told";
  EXPECT_EQ(code, static_cast<int>(ErrorCode::kInvalid));
}

TEST(Server, TurnsAwayConnectionsPastTheLimit) {
  ServerOptions options;
  options.max_connections = 1;
  StartedServer server(echo, options);
  RawSocket first = RawSocket::to(server.port());
  first.send(post("/a", "hello"));
  first.receive_until("hello");
  EXPECT_TRUE(ask(server.port(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                  .starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  first.send(post("/a", "again"));
  EXPECT_TRUE(first.receive_until("again").starts_with("HTTP/1.1 200 "));
  first.close();
  while (server->connections() > 0) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(ask(server.port(), "GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200 "));
}

TEST(Server, NamesTheAddressThatItCannotHave) {
  StartedServer first;
  for (std::size_t threads : {1, 2}) {
    ServerOptions options;
    options.port = first.port();
    options.threads = threads;
    Server second(options, echo);
    Status started = second.start();
    ASSERT_FALSE(started) << threads << " threads";
    EXPECT_EQ(started.error().reason, "server.bind");
    EXPECT_NE(started.error().message.find("127.0.0.1:" + std::to_string(first.port())), std::string::npos);
  }
}

TEST(Server, SharesOnePortAmongItsLoops) {
  ServerOptions options;
  options.threads = 3;
  options.host = "localhost";
  StartedServer server(echo, options);
  for (int i = 0; i < 12; ++i)
    EXPECT_TRUE(ask(server.port(), "GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_NE(&server->loop(0).io, &server->loop(2).io);
}

Task<void> answer_from_pool(Exchange& exchange) {
  auto work = [id = std::this_thread::get_id()]() -> Result<bool> {
    return std::this_thread::get_id() != id;
  };
  auto elsewhere = co_await exchange.loop().blocking.run(work);
  Response response;
  response.body = elsewhere && *elsewhere ? "elsewhere" : "here";
  (void)co_await exchange.respond(response);
}

TEST(Server, RunsBlockingWorkOnOtherThreads) {
  StartedServer server(answer_from_pool);
  EXPECT_TRUE(ask(server.port(), "GET / HTTP/1.0\r\n\r\n").ends_with("elsewhere"));
}

}  // namespace
}  // namespace bailiwick::net
