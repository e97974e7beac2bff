// A task runs when it is awaited, and its end, good or bad, reaches whoever waits, however deep.
#include "net/task.h"

#include <memory>
#include <stdexcept>
#include <string>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "net/use_task.h"
#include "unit/net/loopback.h"

namespace bailiwick::net {
namespace {

using test::run;

Task<int> number(int value) {
  co_return value;
}

Task<std::unique_ptr<int>> boxed(int value) {
  co_return std::make_unique<int>(value);
}

Task<int> thrower(std::string what) {
  throw std::runtime_error(what);
  co_return 0;
}

TEST(Task, GivesItsValueToWhoeverAwaitsIt) {
  asio::io_context io;
  auto sum = [](int a, int b) -> Task<int> {
    auto second = co_await boxed(b);
    co_return co_await number(a) + *second;
  };
  EXPECT_EQ(run(io, sum(2, 3)), 5);
}

TEST(Task, DoesNothingBeforeItIsAwaited) {
  bool ran = false;
  auto touch = [](bool& flag) -> Task<void> {
    flag = true;
    co_return;
  };
  {
    Task<void> unawaited = touch(ran);
  }
  EXPECT_FALSE(ran);
}

TEST(Task, ThrowsWhatItsCoroutineThrew) {
  asio::io_context io;
  auto catcher = []() -> Task<std::string> {
    std::string caught;
    try {
      co_await thrower("first");
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    co_return caught + " and went on";
  };
  EXPECT_EQ(run(io, catcher()), "first and went on");
  EXPECT_THROW(run(io, thrower("second")), std::runtime_error);
}

TEST(Task, MovesAndCanBeReplaced) {
  asio::io_context io;
  auto swapped = []() -> Task<int> {
    Task<int> one = number(1);
    Task<int> two = number(2);
    one = std::move(two);
    co_return co_await std::move(one);
  };
  EXPECT_EQ(run(io, swapped()), 2);
}

TEST(Task, OneThatNeverWaitsTakesNoStack) {
  asio::io_context io;
  auto loop = []() -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += co_await number(1);
    co_return sum;
  };
  EXPECT_EQ(run(io, loop()), 1'000'000);
}

TEST(Task, NestsDeep) {
  asio::io_context io;
  struct Nest {
    static Task<int> down(int depth) {
      if (depth == 0) co_return 0;
      co_return co_await down(depth - 1) + 1;
    }
  };
  EXPECT_EQ(run(io, Nest::down(500)), 500);
}

/// Suspends, and comes back on the loop's next turn.
Task<int> later(asio::io_context& io, int value) {
  co_await asio::post(io, use_task);
  co_return value;
}

struct Deep {
  static Task<int> down(asio::io_context& io, int depth) {
    if (depth == 0) co_return co_await later(io, 0);
    co_return co_await down(io, depth - 1) + 1;
  }
  static Task<int> fail_below(asio::io_context& io, int depth) {
    if (depth > 0) co_return co_await fail_below(io, depth - 1);
    co_await later(io, 0);
    co_return co_await thrower("from below");
  }
};

TEST(Task, AValueComesUpThroughAllThatWait) {
  asio::io_context io;
  EXPECT_EQ(run(io, Deep::down(io, 300)), 300);
}

TEST(Task, AnExceptionComesUpThroughAllThatWait) {
  asio::io_context io;
  EXPECT_THROW(run(io, Deep::fail_below(io, 20)), std::runtime_error);
}

TEST(Task, ALoopOfWaitsTakesNoStack) {
  asio::io_context io;
  auto loop = [](asio::io_context& turns) -> Task<int> {
    int sum = 0;
    for (int i = 0; i < 100'000; ++i) sum += co_await later(turns, 1);
    co_return sum;
  };
  EXPECT_EQ(run(io, loop(io)), 100'000);
}

}  // namespace
}  // namespace bailiwick::net
