// What is spawned tells its outcome, and goes with its loop, innermost first.
#include "net/spawn.h"

#include <memory>
#include <stdexcept>
#include <string>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "base/log.h"
#include "net/timer.h"
#include "net/use_task.h"

namespace bailiwick::net {
namespace {

/// Writes down that it goes.
struct Mark {
  std::string& log;
  std::string name;
  ~Mark() { log += name; }
};

Task<void> wait(asio::io_context& io, std::chrono::hours time) {
  Timer timer(io.get_executor());
  timer.expires_after(time);
  co_await timer.async_wait(use_task);
}

Task<int> outer(asio::io_context& io, std::string& log) {
  Mark mark{log, "outer "};
  auto inner = [](asio::io_context& loop, std::string& out) -> Task<void> {
    Mark innermost{out, "inner "};
    co_await wait(loop, std::chrono::hours(1));
    out += "woken ";
  };
  co_await inner(io, log);
  co_return 1;
}

Task<int> fail_with(std::string what) {
  throw std::runtime_error(what);
  co_return 0;
}

TEST(Spawn, TellsTheOutcomeOnTheLoop) {
  asio::io_context io;
  auto seven = []() -> Task<int> { co_return 7; };
  int told = 0;
  spawn(io, seven(), [&](Outcome<int> outcome) { told = outcome.value(); });
  EXPECT_EQ(told, 0) << "nothing runs before the loop does";
  io.run();
  EXPECT_EQ(told, 7);
}

TEST(Spawn, TellsWhatWasThrown) {
  asio::io_context io;
  std::exception_ptr thrown;
  spawn(io, fail_with("no"), [&](Outcome<int> outcome) { thrown = outcome.error(); });
  io.run();
  EXPECT_THROW(std::rethrow_exception(thrown), std::runtime_error);
}

TEST(Spawn, WhatTheEndThrowsLeavesTheLoop) {
  asio::io_context io;
  spawn(io, fail_with("no"), [](Outcome<int> outcome) { std::rethrow_exception(outcome.error()); });
  EXPECT_THROW(io.run(), std::runtime_error);
}

TEST(Spawn, WhatTheEndThrowsLeavesALoopThatStops) {
  asio::io_context io;
  spawn(io, fail_with("no"), [&](Outcome<int> outcome) {
    io.stop();
    std::rethrow_exception(outcome.error());
  });
  EXPECT_THROW(io.run(), std::runtime_error);
}

TEST(Spawn, LogsWhatNobodyWaitsFor) {
  std::string logged;
  set_log_sink([&](std::string_view line) { logged += line; });
  asio::io_context io;
  auto failing = []() -> Task<void> { co_await fail_with("out of luck"); };
  spawn(io, failing());
  io.run();
  set_log_sink({});
  EXPECT_NE(logged.find("net.task_threw"), std::string::npos);
  EXPECT_NE(logged.find("out of luck"), std::string::npos);
}

TEST(Spawn, ALoopThatGoesTakesItsWaitingTasksAlong) {
  std::string log;
  bool told = false;
  {
    asio::io_context io;
    spawn(io, outer(io, log), [&](Outcome<int>) { told = true; });
    io.poll();
    EXPECT_EQ(log, "");
  }
  EXPECT_EQ(log, "inner outer ");
  EXPECT_FALSE(told);
}

TEST(Spawn, TheEndOutlivesTheTask) {
  std::string log;
  {
    asio::io_context io;
    spawn(io, outer(io, log), [end = std::make_unique<Mark>(log, "end ")](Outcome<int>) {});
    io.poll();
  }
  EXPECT_EQ(log, "inner outer end ");
}

TEST(Spawn, ALoopThatGoesTakesTasksAlongThatNeverBegan) {
  auto kept = std::make_shared<int>(1);
  {
    asio::io_context io;
    auto holder = [](std::shared_ptr<int>) -> Task<void> { co_return; };
    spawn(io, holder(kept));
    EXPECT_EQ(kept.use_count(), 2);
  }
  EXPECT_EQ(kept.use_count(), 1);
}

}  // namespace
}  // namespace bailiwick::net
