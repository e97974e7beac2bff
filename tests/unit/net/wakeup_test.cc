// Other threads end the waits of tasks, which go on on their own.
#include "net/wakeup.h"

#include <optional>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

#include "net/spawn.h"
#include "unit/net/loopback.h"

namespace bailiwick::net {
namespace {

using test::run;

TEST(Wakeup, EndsAWaitFromAnotherThreadOnTheTasksOwn) {
  asio::io_context io;
  auto sleeps = []() -> Task<bool> {
    std::thread waker;
    std::thread::id before = std::this_thread::get_id();
    co_await sleep_until_woken([&](Wakeup wake) {
      waker = std::thread([wake = std::move(wake)]() mutable {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        wake();
      });
    });
    waker.join();
    co_return std::this_thread::get_id() == before;
  };
  EXPECT_TRUE(run(io, sleeps()));
}

TEST(Wakeup, ManyThreadsWakeManyTasks) {
  asio::io_context io;
  constexpr int kTasks = 200;
  int woken = 0;
  std::vector<std::thread> wakers;
  auto sleeps = [](std::vector<std::thread>& threads) -> Task<void> {
    co_await sleep_until_woken(
        [&](Wakeup wake) { threads.emplace_back([wake = std::move(wake)]() mutable { wake(); }); });
  };
  for (int i = 0; i < kTasks; ++i) spawn(io, sleeps(wakers), [&](const Outcome<void>&) { ++woken; });
  io.run();
  for (std::thread& waker : wakers) waker.join();
  EXPECT_EQ(woken, kTasks);
}

TEST(Wakeup, MayComeBeforeTheTaskIsAsleep) {
  asio::io_context io;
  auto sleeps = []() -> Task<int> {
    co_await sleep_until_woken([](Wakeup wake) { wake(); });
    co_return 1;
  };
  EXPECT_EQ(run(io, sleeps()), 1);
}

TEST(Wakeup, AWaitThatCannotBeArrangedThrows) {
  asio::io_context io;
  auto sleeps = []() -> Task<std::string> {
    std::string caught;
    try {
      co_await sleep_until_woken([](Wakeup) { throw std::runtime_error("no thread"); });
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    co_return caught;
  };
  EXPECT_EQ(run(io, sleeps()), "no thread");
}

TEST(Wakeup, OneThatIsThrownAwayDropsItsTask) {
  asio::io_context io;
  auto kept = std::make_shared<int>(1);
  std::optional<Wakeup> held;
  bool told = false;
  auto sleeps = [](std::shared_ptr<int>, std::optional<Wakeup>& keep) -> Task<void> {
    co_await sleep_until_woken([&](Wakeup wake) { keep.emplace(std::move(wake)); });
  };
  spawn(io, sleeps(kept, held), [&](const Outcome<void>&) { told = true; });
  io.poll();
  EXPECT_EQ(kept.use_count(), 2);
  EXPECT_FALSE(io.stopped()) << "a loop stays open for whoever may wake its tasks";
  std::thread([&] { held.reset(); }).join();
  EXPECT_EQ(kept.use_count(), 2) << "the task goes on its own thread";
  io.run();
  EXPECT_EQ(kept.use_count(), 1);
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace bailiwick::net
