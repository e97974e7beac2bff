// Shows that blocking work runs elsewhere, comes back with its outcome, and is bounded.
#include "net/blocking.h"

#include <atomic>
#include <latch>

#include <gtest/gtest.h>

#include "unit/net/loopback.h"

namespace bailiwick::net {
namespace {

Task<Result<int>> run_on(BlockingPool& pool, std::function<Result<int>()> work) {
  co_return co_await pool.run(work);
}

TEST(BlockingPool, RunsWorkAndComesBackToTheLoop) {
  asio::io_context io;
  BlockingPool pool(2);
  EXPECT_EQ(test::run(io, run_on(pool, [] { return Result<int>(7); })), 7);
  EXPECT_THROW((void)test::run(io, run_on(pool, []() -> Result<int> { throw std::runtime_error("no"); })),
               std::runtime_error);
}

TEST(BlockingPool, RefusesWorkPastItsLimit) {
  asio::io_context io;
  std::latch started(1), release(1);
  BlockingPool pool(1, 1);
  ASSERT_TRUE(pool.submit([&] { started.count_down(), release.wait(); }));
  started.wait();
  ASSERT_TRUE(pool.submit([] {}));
  EXPECT_FALSE(pool.submit([] {}));
  auto refused = test::run(io, run_on(pool, [] { return Result<int>(7); }));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "server.busy");
  release.count_down();
}

TEST(BlockingPool, FinishesItsLineBeforeItStops) {
  std::atomic<int> done = 0;
  BlockingPool pool(2);
  for (int i = 0; i < 100; ++i) {
    pool.submit([&done, i] {
      ++done;
      if (i % 10 == 0) throw std::runtime_error("a job that throws stops no other");
    });
  }
  pool.stop();
  EXPECT_EQ(done, 100);
  EXPECT_FALSE(pool.submit([] {}));
}

}  // namespace
}  // namespace bailiwick::net
