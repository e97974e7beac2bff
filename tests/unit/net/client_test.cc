// Shows that the client sends once, streams what comes, reuses what is alive, and tells late from broken.
#include "net/client.h"

#include <atomic>

#include <gtest/gtest.h>

#include "unit/net/loopback.h"

namespace bailiwick::net {
namespace {

using namespace std::chrono_literals;
using test::RawSocket;
using test::ScriptedUpstream;

constexpr std::string_view kPong = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npong";

struct Answer {
  int status = 0;
  std::string body;
};

Task<Result<Answer>> fetch(Client& client, Origin origin, std::string method, std::string path,
                           std::string body, std::chrono::milliseconds timeout) {
  ClientRequest request;
  request.method = method;
  request.path = path;
  request.body = body;
  request.headers.add("X-Test", "yes");
  request.headers.add("Host", "elsewhere");
  CO_TRY(auto response, co_await client.send(origin, request, timeout));
  CO_TRY(std::string whole, co_await response->read_all(1 << 20));
  Answer answer{response->status(), std::move(whole)};
  co_return answer;
}

class ClientTest : public testing::Test {
 protected:
  Result<Answer> get(const std::string& url, std::string method = "GET", std::string body = {},
                     std::chrono::milliseconds timeout = 3s) {
    auto origin = Origin::parse(url);
    EXPECT_TRUE(origin) << url;
    return test::run(io_, fetch(*client_, *origin, std::move(method), "/x?y", std::move(body), timeout));
  }
  /// What the client makes of `answer`, after which the upstream closes.
  Result<Answer> hear(std::string answer, std::string method = "GET") {
    ScriptedUpstream upstream([&answer](RawSocket& socket, int) {
      socket.receive_until("\r\n\r\n");
      socket.send(answer);
    });
    return get(upstream.url(), std::move(method));
  }

  asio::io_context io_;
  std::optional<Client> client_{std::in_place, io_};
};

TEST_F(ClientTest, SendsWholeRequests) {
  std::string request;
  ScriptedUpstream upstream([&request](RawSocket& socket, int) {
    request = socket.receive_until("ping");
    socket.send(kPong);
  });
  auto answer = get(upstream.url() + "/base/", "PUT", "ping");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "pong");
  EXPECT_TRUE(request.starts_with("PUT /base/x?y HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("\r\nX-Test: yes\r\n"), std::string::npos);
  EXPECT_NE(request.find("\r\nHost: 127.0.0.1:" + std::to_string(upstream.port()) + "\r\n"),
            std::string::npos);
  EXPECT_EQ(request.find("elsewhere"), std::string::npos);
  EXPECT_NE(request.find("\r\nContent-Length: 4\r\n"), std::string::npos);
}

TEST_F(ClientTest, ReadsEveryKindOfBody) {
  EXPECT_EQ(
      hear("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")->body,
      "onetwo");
  EXPECT_EQ(hear("HTTP/1.0 200 OK\r\n\r\nuntil the close")->body, "until the close");
  EXPECT_EQ(hear("HTTP/1.1 204 No Content\r\n\r\n")->status, 204);
  EXPECT_EQ(hear("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", "HEAD")->body, "");
  EXPECT_EQ(hear("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" + std::string(kPong))
                ->body,
            "pong");
  EXPECT_EQ(hear("HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n")->status, 302)
      << "never followed";
}

TEST_F(ClientTest, TellsWhatIsBroken) {
  for (const std::string& broken :
       {std::string("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\npong"), std::string("nonsense\r\n\r\n"),
        std::string("\n"), std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n"),
        std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        std::string("HTTP/1.1 101 Switching Protocols\r\n\r\n"), std::string("HTTP/1.1 200 OK\r\nContent-Le"),
        "HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'a') + "\r\n\r\n"}) {
    auto answer = hear(broken);
    ASSERT_FALSE(answer) << broken.substr(0, 60);
    EXPECT_EQ(answer.error().code, ErrorCode::kBadGateway);
    EXPECT_EQ(answer.error().reason, "upstream.broken");
    EXPECT_NE(answer.error().message.find("127.0.0.1:"), std::string::npos) << "names the upstream";
  }
}

TEST_F(ClientTest, SeesAtOnceThatAnAnswerWasBrokenOff) {
  for (std::string_view begun : {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\npong",
                                 "HTTP/1.1 200 OK\r\nContent-", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    ScriptedUpstream upstream([begun](RawSocket& socket, int) {
      socket.receive_until("\r\n\r\n");
      socket.send(begun);
      socket.reset();
    });
    for (int i = 0; i < 10; ++i) {
      auto answer = get(upstream.url());
      ASSERT_FALSE(answer);
      EXPECT_EQ(answer.error().reason, "upstream.broken") << "not upstream.timeout";
    }
  }
}

TEST_F(ClientTest, TellsThatNobodyListens) {
  std::uint16_t port = 0;
  {
    port = ScriptedUpstream([](RawSocket&, int) {}).port();
  }
  auto answer = get("http://127.0.0.1:" + std::to_string(port));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "upstream.connect");
}

TEST_F(ClientTest, LooksUpNames) {
  ScriptedUpstream upstream([](RawSocket& socket, int) {
    socket.receive_until("\r\n\r\n");
    socket.send(kPong);
  });
  auto answer = get("http://localhost:" + std::to_string(upstream.port()));
  EXPECT_TRUE(answer) << answer.error().message << answer.error().detail;
  auto unknown = get("http://no-such-host.invalid");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().reason, "upstream.connect");
}

TEST_F(ClientTest, GivesUpOnTime) {
  std::atomic<bool> over = false;
  auto wait = [&over] {
    while (!over) std::this_thread::sleep_for(1ms);
  };
  ScriptedUpstream silent([&](RawSocket& socket, int) { socket.receive(), wait(); });
  auto late_head = get(silent.url(), "GET", {}, 60ms);
  ASSERT_FALSE(late_head);
  EXPECT_EQ(late_head.error().code, ErrorCode::kGatewayTimeout);

  ScriptedUpstream pausing([&](RawSocket& socket, int) {
    socket.receive();
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    wait();
  });
  auto late_body = get(pausing.url(), "GET", {}, 60ms);
  ASSERT_FALSE(late_body);
  EXPECT_EQ(late_body.error().reason, "upstream.timeout");
  over = true;
}

TEST_F(ClientTest, GivesUpOnARequestThatIsNotTaken) {
  std::atomic<bool> over = false;
  ScriptedUpstream deaf([&](RawSocket&, int) {
    while (!over) std::this_thread::sleep_for(1ms);
  });
  auto answer = get(deaf.url(), "POST", std::string(32 << 20, 'b'), 100ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kGatewayTimeout);
  over = true;
}

/// Answers every request of each connection; counts connections and requests.
struct Patient {
  std::atomic<int> connections = 0;
  std::atomic<int> requests = 0;
  int close_after = 1 << 30;
  ScriptedUpstream upstream{[this](RawSocket& socket, int) {
    ++connections;
    for (int i = 0; i < close_after && !socket.receive_until("\r\n\r\n").empty(); ++i) {
      ++requests;
      socket.send(kPong);
    }
  }};
};

TEST_F(ClientTest, ReusesConnections) {
  Patient patient;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get(patient.upstream.url())->body, "pong");
  EXPECT_EQ(patient.connections, 1);
  client_.reset();  // ends the connection, and with it the upstream's script
}

TEST_F(ClientTest, TriesAgainWhenAnIdleConnectionWasClosed) {
  Patient patient;
  patient.close_after = 1;
  for (int i = 0; i < 3; ++i) {
    auto answer = get(patient.upstream.url(), "POST", "");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "pong");
  }
  EXPECT_EQ(patient.requests, 3) << "each request was served once";
}

TEST_F(ClientTest, NeverTriesAgainOnceAnAnswerBegan) {
  std::atomic<int> requests = 0;
  ScriptedUpstream upstream([&](RawSocket& socket, int) {
    socket.receive_until("\r\n\r\n");
    ++requests;
    socket.send(kPong);
    socket.receive_until("\r\n\r\n");
    ++requests;
    socket.send("HTTP/1.1 2");
  });
  EXPECT_TRUE(get(upstream.url()));
  auto second = get(upstream.url());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "upstream.broken");
  EXPECT_EQ(requests, 2);
}

TEST_F(ClientTest, NeverTriesAgainAfterATimeout) {
  std::atomic<int> connections = 0;
  std::atomic<bool> over = false;
  ScriptedUpstream upstream([&](RawSocket& socket, int) {
    ++connections;
    socket.receive_until("\r\n\r\n");
    socket.send(kPong);
    socket.receive_until("\r\n\r\n");
    while (!over) std::this_thread::sleep_for(1ms);
  });
  EXPECT_TRUE(get(upstream.url()));
  auto second = get(upstream.url(), "GET", {}, 60ms);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "upstream.timeout");
  EXPECT_EQ(connections, 1);
  over = true;
}

TEST_F(ClientTest, NeverReusesAConnectionThatSentTooMuch) {
  std::atomic<int> connections = 0;
  ScriptedUpstream upstream([&](RawSocket& socket, int) {
    ++connections;
    socket.receive_until("\r\n\r\n");
    socket.send(std::string(kPong) + "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
  });
  EXPECT_EQ(get(upstream.url())->body, "pong");
  EXPECT_EQ(get(upstream.url())->body, "pong");
  EXPECT_EQ(connections, 2);
}

Task<Result<std::vector<std::string>>> read_pieces(Client& client, Origin origin, std::atomic<int>& read) {
  ClientRequest request;
  request.method = "GET";
  request.path = "/";
  CO_TRY(auto response, co_await client.send(origin, request, 3s));
  std::vector<std::string> pieces;
  while (true) {
    CO_TRY(std::string_view piece, co_await response->read_some());
    if (piece.empty()) co_return pieces;
    pieces.emplace_back(piece);
    ++read;
  }
}

TEST_F(ClientTest, GivesOutBytesAsTheyCome) {
  std::atomic<int> read = 0;
  ScriptedUpstream upstream([&](RawSocket& socket, int) {
    socket.receive_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 3; ++i) {  // goes on only when the piece before has been given out
      socket.send("1\r\na\r\n1\r\nb\r\n");
      while (read <= i) std::this_thread::sleep_for(1ms);
    }
    socket.send("0\r\n\r\n");
  });
  auto origin = Origin::parse(upstream.url());
  auto pieces = test::run(io_, read_pieces(*client_, *origin, read));
  ASSERT_TRUE(pieces) << pieces.error().message;
  EXPECT_EQ(*pieces, (std::vector<std::string>{"ab", "ab", "ab"}))
      << "chunks that came together stay together";
}

Task<Result<int>> drop_early(Client& client, Origin origin) {
  ClientRequest request;
  request.method = "GET";
  request.path = "/";
  CO_TRY(auto response, co_await client.send(origin, request, 3s));
  CO_TRY(std::string_view piece, co_await response->read_some());
  co_return static_cast<int>(piece.size());
}

TEST_F(ClientTest, ClosesTheConnectionOfAnAnswerThatIsDropped) {
  std::string after;
  {
    ScriptedUpstream upstream([&](RawSocket& socket, int) {
      socket.receive_until("\r\n\r\n");
      socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
      auto waiting_since = std::chrono::steady_clock::now();
      after = socket.receive();
      if (std::chrono::steady_clock::now() - waiting_since < 4s) after += "closed";
    });
    auto origin = Origin::parse(upstream.url());
    EXPECT_EQ(test::run(io_, drop_early(*client_, *origin)), 4);
  }
  EXPECT_EQ(after, "closed");
}

TEST_F(ClientTest, BoundsWholeBodies) {
  ScriptedUpstream upstream([](RawSocket& socket, int) {
    socket.receive_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\n\r\n" + std::string((1 << 20) + 1, 'b'));
  });
  auto answer = get(upstream.url());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "upstream.too_large");
}

TEST_F(ClientTest, RefusesToSendWhatWouldSplitTheRequest) {
  ScriptedUpstream upstream([](RawSocket& socket, int) { EXPECT_EQ(socket.receive(), ""); });
  auto origin = Origin::parse(upstream.url());
  auto answer = test::run(io_, fetch(*client_, *origin, "GET", "/ HTTP/1.1\r\nX: y", "", 1s));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "http.header_malformed");
}

TEST(ClientPool, ClosesConnectionsThatAreIdleTooLong) {
  std::atomic<bool> closed = false;
  ScriptedUpstream upstream([&](RawSocket& socket, int) {
    socket.receive_until("\r\n\r\n");
    socket.send(kPong);
    closed = socket.receive().empty();
  });
  asio::io_context io;
  ClientOptions options;
  options.idle_timeout = 40ms;
  Client client(io, options);
  auto origin = Origin::parse(upstream.url());
  EXPECT_TRUE(test::run(io, fetch(client, *origin, "GET", "/", "", 1s)));
  io.restart();
  io.run_for(300ms);
  auto limit = std::chrono::steady_clock::now() + 2s;
  while (!closed && std::chrono::steady_clock::now() < limit) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(closed);
}

}  // namespace
}  // namespace bailiwick::net
