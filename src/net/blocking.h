// BlockingPool: a few threads for calls that wait (SQLite, files), so that event loops never do.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "net/task.h"

namespace bailiwick::net {

class BlockingPool {
 public:
  /// `limit` bounds what may wait in line; a full line throws nothing, `run` then answers kUnavailable.
  explicit BlockingPool(std::size_t threads, std::size_t limit = 4096);
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Runs `work` (returning Result<T>) on a pool thread and resumes the caller on its own loop, which must
  /// outlive the pool or its last `run`. What `work` throws is thrown to the caller.
  template <class Work>
  Task<std::invoke_result_t<Work>> run(Work work);

  /// False when the line is full.
  bool submit(std::move_only_function<void()> job);
  /// Finishes what is queued and joins.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

template <class Work>
Task<std::invoke_result_t<Work>> BlockingPool::run(Work work) {
  using Outcome = std::invoke_result_t<Work>;
  struct Shared {
    Work work;
    std::optional<Outcome> outcome;
    std::exception_ptr thrown;
  };
  auto shared = std::make_shared<Shared>(Shared{std::move(work), std::nullopt, nullptr});
  auto executor = co_await asio::this_coro::executor;
  auto initiate = [this, shared, executor](auto handler) {
    auto resume = std::make_shared<decltype(handler)>(std::move(handler));
    auto stays_open = asio::make_work_guard(executor);  // the loop does not end while it waits for the pool
    // Once the caller may go on, the pool's thread holds nothing of its loop any more: all of it moves back.
    bool accepted = submit([shared, executor, resume, stays_open = std::move(stays_open)]() mutable {
      try {
        shared->outcome.emplace(shared->work());
      } catch (...) {
        shared->thrown = std::current_exception();
      }
      shared.reset();
      asio::post(executor,
                 [resume = std::move(resume), stays_open = std::move(stays_open)] { std::move (*resume)(); });
    });
    if (!accepted) {
      shared->outcome.emplace(
          fail(ErrorCode::kUnavailable, "server.busy", "the server is busy; try again shortly"));
      asio::post(executor, [resume] { std::move (*resume)(); });
    }
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(initiate, use_task);
  if (shared->thrown) std::rethrow_exception(shared->thrown);
  co_return std::move(*shared->outcome);
}

}  // namespace bailiwick::net
