// A server on a free loopback port, and handlers that several tests use.
#pragma once

#include <atomic>
#include <string>

#include <gtest/gtest.h>

#include "net/blocking.h"
#include "net/server.h"

namespace bailiwick::net::test {

inline constexpr std::size_t kBodyLimit = 100'000;

/// Answers `METHOD path body`; 413 or 400 with the reason when the body could not be read.
inline Task<void> echo(Exchange& exchange) {
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

/// Leaves the code of the error that reading the body ended with.
inline Task<void> record_body_error(Exchange& exchange, std::atomic<int>& code) {
  auto body = co_await exchange.read_body(kBodyLimit);
  if (!body) code = static_cast<int>(body.error().code);
  Response response;
  (void)co_await exchange.respond(response);
}

class StartedServer {
 public:
  explicit StartedServer(Handler handler = echo, ServerOptions options = {})
      : server_(std::move(options), std::move(handler)) {
    Status started = server_.start();
    EXPECT_TRUE(started) << started.error().message;
  }
  std::uint16_t port() const { return server_.port(); }
  Server* operator->() { return &server_; }

 private:
  Server server_;
};

}  // namespace bailiwick::net::test
