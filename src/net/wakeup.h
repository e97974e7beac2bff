// Wakeup: lets another thread end the wait of a task.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "net/executor.h"
#include "net/suspension.h"

namespace bailiwick::net {

/// Base of a wait that a Wakeup ends.
class Sleep : public Suspension {
 public:
  /// A wait that could not be arranged ends with what was thrown.
  void drop() {
    if (thrown_)
      resume();
    else
      Suspension::drop();
  }

 protected:
  ~Sleep() = default;
  std::exception_ptr thrown_;
};

/// Resumes its task on the task's own loop, once, called from any thread. The loop stays open meanwhile and
/// must not be destroyed before the call has returned. One that is destroyed uncalled drops the task, also on
/// its loop. Out of memory, either ends the process: the task cannot be told.
class Wakeup {
 public:
  Wakeup(asio::io_context& io, Sleep& sleep) : completion_(sleep), stays_open_(io.get_executor()) {}
  Wakeup(Wakeup&&) noexcept = default;
  Wakeup& operator=(Wakeup&&) = delete;
  ~Wakeup() {
    if (completion_) hand_over([](Completion<Sleep>&) {});
  }
  void operator()() {
    hand_over([](Completion<Sleep>& completion) { completion(); });
  }

 private:
  /// Whoever calls holds nothing of the loop any more: all of it moves there.
  template <class Last>
  void hand_over(Last last) noexcept {
    Executor loop = stays_open_.get_executor();
    asio::post(loop, [last, completion = std::move(completion_),
                      stays_open = std::move(stays_open_)]() mutable { last(completion); });
  }

  Completion<Sleep> completion_;
  asio::executor_work_guard<Executor> stays_open_;
};

/// A wait that `start` arranges the end of: it is given a Wakeup to keep.
template <class Start>
class [[nodiscard]] Asleep : public Sleep {
 public:
  explicit Asleep(Start start) : start_(std::move(start)) {}
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) {
    suspend(caller, [&] {
      try {
        start_(Wakeup(caller.promise().loop(), *this));
      } catch (...) {
        thrown_ = std::current_exception();  // the Wakeup comes back through the loop, from wherever it is
      }
    });
  }
  void await_resume() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }

 private:
  Start start_;
};

/// `co_await sleep_until_woken([&](Wakeup wake) { … });`
template <class Start>
Asleep<Start> sleep_until_woken(Start start) {
  return Asleep<Start>(std::move(start));
}

}  // namespace bailiwick::net
