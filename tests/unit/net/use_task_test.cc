// What an operation tells comes back as a value; what keeps it from beginning is thrown.
#include "net/use_task.h"

#include <stdexcept>
#include <string>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "net/timer.h"
#include "unit/net/loopback.h"

namespace bailiwick::net {
namespace {

using test::run;

/// An operation whose beginning is `start`; it ends with an error code and a text.
template <class Start>
auto operation(Start start) {
  return asio::async_initiate<const UseTask, void(boost::system::error_code, std::string)>(std::move(start),
                                                                                           use_task);
}

TEST(UseTask, AnErrorIsAValue) {
  asio::io_context io;
  auto waits = [](asio::io_context& loop) -> Task<std::string> {
    Timer timer(loop.get_executor());
    timer.expires_after(std::chrono::hours(1));
    asio::post(loop, [&] { timer.cancel(); });
    boost::system::error_code error = co_await timer.async_wait(use_task);
    co_return error == asio::error::operation_aborted ? "aborted" : "ended";
  };
  EXPECT_EQ(run(io, waits(io)), "aborted");
}

TEST(UseTask, SeveralResultsAreATuple) {
  asio::io_context io;
  auto asks = [](asio::io_context& loop) -> Task<std::string> {
    auto start = [&loop](auto handler) {
      asio::post(loop, [done = std::move(handler)]() mutable { done(boost::system::error_code(), "told"); });
    };
    auto [error, text] = co_await operation(start);
    co_return error ? "failed" : text;
  };
  EXPECT_EQ(run(io, asks(io)), "told");
}

TEST(UseTask, BeginsOnlyWhenAwaited) {
  int begun = 0;
  auto start = [&](auto) { ++begun; };
  {
    [[maybe_unused]] auto unawaited = operation(start);
  }
  EXPECT_EQ(begun, 0);
}

TEST(UseTask, AnOperationThatCannotBeginThrows) {
  asio::io_context io;
  auto asks = []() -> Task<std::string> {
    auto start = [](auto) { throw std::runtime_error("cannot begin"); };
    std::string caught;
    try {
      co_await operation(start);
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    co_return caught;
  };
  EXPECT_EQ(run(io, asks()), "cannot begin");
}

TEST(UseTask, AnOperationThatForgetsItsEndThrows) {
  asio::io_context io;
  auto asks = []() -> Task<std::string> {
    auto forget = [](auto) {};
    std::string caught = "nothing";
    try {
      co_await operation(forget);
    } catch (const boost::system::system_error& error) {
      caught = error.code() == asio::error::operation_aborted ? "aborted" : error.what();
    }
    co_return caught;
  };
  EXPECT_EQ(run(io, asks()), "aborted");
}

}  // namespace
}  // namespace bailiwick::net
