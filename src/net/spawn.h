// spawn: starts a task on a loop. What is spawned runs beside all else of the loop.
#pragma once

#include <expected>

#include "net/executor.h"
#include "net/task.h"

namespace bailiwick::net {

/// The coroutine that waits for a spawned task, and that nobody waits for.
class Spawned {
 public:
  class promise_type : public PromiseBase {  // NOLINT(readability-identifier-naming): the language's name
   public:
    Spawned get_return_object() { return Spawned(*this); }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    /// Throws it out of the loop's `run`.
    void unhandled_exception() noexcept;
  };
  explicit Spawned(promise_type& promise) : promise_(&promise) {}
  /// On the loop's next turn.
  void start(asio::io_context& io);

 private:
  promise_type* promise_;
};

template <class T>
using Outcome = std::expected<T, std::exception_ptr>;

template <class T, class Done>
Spawned run_and_tell(Task<T> task, Done done) {
  Outcome<T> outcome = std::unexpected(std::exception_ptr());
  try {
    Task<T> running = std::move(task);  // gone before `done` is called, or goes
    if constexpr (std::is_void_v<T>) {
      co_await std::move(running);
      outcome.emplace();
    } else {
      outcome.emplace(co_await std::move(running));
    }
  } catch (...) {
    outcome = std::unexpected(std::current_exception());
  }
  done(std::move(outcome));
}

/// Calls `done` with the task's Outcome; what that throws leaves the loop's `run`. A task that waits for
/// something of the loop when that is destroyed is destroyed with it, and `done` is not called. A task does
/// not keep its loop open; what it waits for does.
template <class T, class Done>
void spawn(asio::io_context& io, Task<T> task, Done done) {
  run_and_tell(std::move(task), std::move(done)).start(io);
}

/// For a task whose end concerns nobody. What it throws is logged.
void spawn(asio::io_context& io, Task<void> task);

}  // namespace bailiwick::net
