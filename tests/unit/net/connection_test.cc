// Shows what a connection does when a head is ambiguous, a handler throws, streams or gives up, or the server
// drains.
#include "net/connection.h"

#include <atomic>

#include <gtest/gtest.h>

#include "base/log.h"
#include "base/mutex.h"
#include "net/timer.h"
#include "net/use_task.h"
#include "unit/net/bad_heads.h"
#include "unit/net/loopback.h"
#include "unit/net/started_server.h"

namespace bailiwick::net {
namespace {

using namespace std::chrono_literals;
using test::ask;
using test::RawSocket;
using test::StartedServer;

constexpr std::string_view kGet = "GET /path HTTP/1.1\r\nHost: x\r\n\r\n";

/// Collects log lines for as long as it lives.
class LogCapture {
 public:
  LogCapture() {
    set_log_sink([this](std::string_view line) {
      MutexLock lock(mutex_);
      lines_ += line;
    });
  }
  ~LogCapture() { set_log_sink(nullptr); }
  std::string lines() {
    MutexLock lock(mutex_);
    return lines_;
  }

 private:
  Mutex mutex_;
  std::string lines_ BW_GUARDED_BY(mutex_);
};

Task<void> break_invariant(Exchange& exchange) {
  BW_CHECK(exchange.head().path.empty());
  co_return;
}

Task<void> throw_number(Exchange&) {
  throw 42;
  co_return;
}

Task<void> stay_silent(Exchange&) {
  co_return;
}

Task<void> split_head(Exchange& exchange) {
  Headers headers;
  headers.add("X-Evil", "a\r\nSet-Cookie: b");
  (void)co_await exchange.respond(200, headers, "body");
}

TEST(Connection, AnswersFaultsOfHandlersWith500) {
  for (const Handler& handler :
       {Handler(break_invariant), Handler(throw_number), Handler(stay_silent), Handler(split_head)}) {
    std::atomic<int> counted = 0;
    ServerOptions options;
    options.on_refused = [&](int status, std::string_view) { counted += status == 500; };
    LogCapture log;
    StartedServer server(handler, options);
    std::string answer = ask(server.port(), kGet);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 Internal Server Error\r\n")) << answer;
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos);
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
    EXPECT_EQ(answer.find("Set-Cookie"), std::string::npos);
    EXPECT_EQ(counted, 1);
    EXPECT_NE(log.lines().find(R"("level":"error")"), std::string::npos);
    EXPECT_NE(log.lines().find(R"("path":"/path")"), std::string::npos);
  }
}

Task<void> throw_in_stream(Exchange& exchange) {
  Headers headers;
  (void)co_await exchange.start_stream(200, headers);
  (void)co_await exchange.write("partial");
  throw std::runtime_error("late");
}

TEST(Connection, CutsTheStreamOfAHandlerThatThrows) {
  LogCapture log;
  StartedServer server(throw_in_stream);
  std::string answer = ask(server.port(), kGet);
  EXPECT_TRUE(answer.ends_with("7\r\npartial\r\n")) << "no last chunk: " << answer;
  EXPECT_NE(log.lines().find("late"), std::string::npos);
}

Task<void> stream_three(Exchange& exchange) {
  Headers headers{{"Content-Type", "text/event-stream"}, {"Content-Length", "1"}, {"Connection", "upgrade"}};
  (void)co_await exchange.start_stream(200, headers);
  EXPECT_TRUE(exchange.started());
  for (std::string_view piece : {"one", "", "three"}) EXPECT_TRUE(co_await exchange.write(piece));
  if (exchange.head().path == "/abort") co_return exchange.abort();
  EXPECT_TRUE(co_await exchange.finish());
}

TEST(Connection, StreamsChunksAndKeepsTheConnection) {
  StartedServer server(stream_three);
  RawSocket socket = RawSocket::to(server.port());
  for (int i = 0; i < 2; ++i) {
    socket.send(kGet);
    std::string answer = socket.receive_until("\r\n0\r\n\r\n");
    EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(answer.find("Content-Length"), std::string::npos) << "the framing is the server's to add";
    EXPECT_EQ(answer.find("upgrade"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n")) << answer;
  }
  EXPECT_TRUE(ask(server.port(), "GET / HTTP/1.0\r\n\r\n").ends_with("\r\n\r\nonethree"));
  EXPECT_TRUE(
      ask(server.port(), "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").ends_with("\r\n\r\n"));
}

TEST(Connection, LetsTheClientSeeThatAStreamWasGivenUp) {
  StartedServer server(stream_three);
  std::string answer = ask(server.port(), "GET /abort HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(answer.ends_with("5\r\nthree\r\n")) << answer;
}

struct Streaming {
  std::atomic<bool> saw_gone = false;
  std::atomic<bool> write_failed = false;
  std::atomic<bool> ended = false;
};

Task<void> stream_until_gone(Exchange& exchange, Streaming& streaming) {
  Headers headers;
  (void)co_await exchange.start_stream(200, headers);
  Timer pause(exchange.loop().io.get_executor());
  for (int i = 0; i < 500 && !streaming.write_failed; ++i) {
    if (exchange.peer_gone()) streaming.saw_gone = true;
    Status written = co_await exchange.write("tick");
    if (!written) streaming.write_failed = written.error().code == ErrorCode::kUnavailable;
    pause.expires_after(2ms);
    co_await pause.async_wait(use_task);
  }
  streaming.ended = true;
}

TEST(Connection, StopsStreamingToAPeerThatIsGone) {
  Streaming streaming;
  Handler handler = [&streaming](Exchange& exchange) { return stream_until_gone(exchange, streaming); };
  StartedServer server(handler);
  RawSocket socket = RawSocket::to(server.port());
  socket.send(kGet);
  socket.receive_until("tick");
  EXPECT_FALSE(streaming.saw_gone);
  socket.close();
  while (!streaming.ended) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(streaming.saw_gone);
  EXPECT_TRUE(streaming.write_failed);
}

Task<void> flood(Exchange& exchange, Streaming& streaming) {
  Headers headers;
  (void)co_await exchange.start_stream(200, headers);
  std::string block(1 << 20, 'f');
  while (co_await exchange.write(block)) {
  }
  streaming.write_failed = true;
}

TEST(Connection, DropsAPeerThatReadsNothing) {
  Streaming streaming;
  ServerOptions options;
  options.write_idle = 80ms;
  Handler handler = [&streaming](Exchange& exchange) { return flood(exchange, streaming); };
  StartedServer server(handler, options);
  RawSocket socket = RawSocket::to(server.port());
  socket.send(kGet);
  auto limit = std::chrono::steady_clock::now() + 4s;
  while (!streaming.write_failed && std::chrono::steady_clock::now() < limit)
    std::this_thread::sleep_for(5ms);
  EXPECT_TRUE(streaming.write_failed);
}

struct Gate {
  std::atomic<bool> entered = false;
  std::atomic<bool> open = false;
};

Task<void> wait_at(Exchange& exchange, Gate& gate) {
  gate.entered = true;
  Timer pause(exchange.loop().io.get_executor());
  while (!gate.open) {
    pause.expires_after(1ms);
    co_await pause.async_wait(use_task);
  }
  Response response;
  response.body = "finished";
  (void)co_await exchange.respond(response);
}

Handler handler_at(Gate& gate) {
  return [&gate](Exchange& exchange) { return wait_at(exchange, gate); };
}

TEST(Connection, FinishesWhatIsInFlightWhileDraining) {
  Gate gate;
  StartedServer server(handler_at(gate));
  RawSocket idle = RawSocket::to(server.port());
  RawSocket busy = RawSocket::to(server.port());
  busy.send(kGet);
  while (!gate.entered) std::this_thread::sleep_for(1ms);

  std::thread draining([&] { server->drain(5s); });
  EXPECT_EQ(idle.receive_all(), "") << "an idle connection closes at once";
  int refused = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = test::loopback_address(server.port());
  EXPECT_NE(::connect(refused, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ::close(refused);

  gate.open = true;
  std::string answer = busy.receive_all();
  EXPECT_TRUE(answer.ends_with("finished"));
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  busy.close();
  draining.join();
  EXPECT_EQ(server->connections(), 0U);
}

Task<void> stream_through(Exchange& exchange, Gate& gate) {
  Headers headers;
  (void)co_await exchange.start_stream(200, headers);
  gate.entered = true;
  Timer pause(exchange.loop().io.get_executor());
  while (!gate.open) {
    pause.expires_after(1ms);
    co_await pause.async_wait(use_task);
  }
  (void)co_await exchange.finish();
}

TEST(Connection, ClosesAfterAnAnswerThatBeganBeforeTheDrain) {
  Gate gate;
  StartedServer server([&gate](Exchange& exchange) { return stream_through(exchange, gate); });
  RawSocket busy = RawSocket::to(server.port());
  busy.send(kGet);
  EXPECT_EQ(busy.receive_until("\r\n\r\n").find("Connection: close"), std::string::npos);
  while (!gate.entered) std::this_thread::sleep_for(1ms);
  std::thread draining([&] { server->drain(5s); });
  std::this_thread::sleep_for(20ms);
  gate.open = true;
  auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(busy.receive_all(), "0\r\n\r\n");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);
  busy.close();
  draining.join();
}

TEST(Connection, ClosesWhatIsLeftAfterTheGrace) {
  Gate gate;
  StartedServer server(handler_at(gate));
  RawSocket busy = RawSocket::to(server.port());
  busy.send(kGet);
  while (!gate.entered) std::this_thread::sleep_for(1ms);
  std::thread draining([&] { server->drain(30ms); });
  EXPECT_EQ(busy.receive_all(), "");
  gate.open = true;
  draining.join();
  EXPECT_EQ(server->connections(), 0U);
}

TEST(Connection, LeavesHandlersBehindWhenTheServerIsDestroyed) {
  Gate gate;
  {
    StartedServer server(handler_at(gate));
    RawSocket busy = RawSocket::to(server.port());
    busy.send(kGet);
    while (!gate.entered) std::this_thread::sleep_for(1ms);
  }
  EXPECT_FALSE(gate.open) << "the handler never came to its end, and nothing of it was used after";
}

TEST(Connection, WritesRefusalsAsProblems) {
  Refusal refusal{431, "request.head_too_large", "a \"quoted\" fault", "send less"};
  std::string wire = refusal_to_wire(refusal, "req_1");
  EXPECT_TRUE(wire.starts_with("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
  EXPECT_NE(wire.find("\r\nX-Request-Id: req_1\r\n"), std::string::npos);
  EXPECT_TRUE(wire.ends_with(
      "{\"type\":\"urn:bailiwick:problem:request.head_too_large\",\"title\":\"Request Header Fields Too "
      "Large\",\"status\":431,\"code\":\"request.head_too_large\",\"detail\":\"the request has a "
      "\\\"quoted\\\" fault; send less\",\"request_id\":\"req_1\"}"))
      << wire;
}

Task<void> count(Exchange& exchange, std::atomic<int>& calls) {
  ++calls;
  Response response;
  (void)co_await exchange.respond(response);
}

TEST(Connection, RefusesEveryBadHeadAndWhatFollowsIt) {
  std::atomic<int> calls = 0;
  std::atomic<int> refused = 0;
  ServerOptions options;
  options.on_refused = [&](int status, std::string_view) { refused += status == 400; };
  Handler handler = [&calls](Exchange& exchange) { return count(exchange, calls); };
  StartedServer server(handler, options);
  int sent = 0;
  for (const test::BadHead& bad : test::bad_heads()) {
    std::string follower = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    std::string answer = ask(server.port(), bad.bytes + follower);
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
