// BlockingPool: a few threads for calls that wait (SQLite, files), so that event loops never do.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "base/result.h"
#include "net/task.h"
#include "net/wakeup.h"

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
  std::optional<Outcome> outcome;
  std::exception_ptr thrown;
  co_await sleep_until_woken([&](Wakeup wake) {
    auto shared = std::make_shared<Wakeup>(std::move(wake));
    bool accepted = submit([&, shared] {
      try {
        outcome.emplace(work());
      } catch (...) {
        thrown = std::current_exception();
      }
      (*shared)();
    });
    if (accepted) return;
    outcome.emplace(fail(ErrorCode::kUnavailable, "server.busy", "the server is busy; try again shortly"));
    (*shared)();
  });
  if (thrown) std::rethrow_exception(thrown);
  co_return std::move(*outcome);
}

}  // namespace bailiwick::net
