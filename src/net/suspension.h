// Suspension: a task that waits for something outside of tasks, and the right to end that wait.
#pragma once

#include "base/result.h"
#include "net/task.h"

namespace bailiwick::net {

/// Destroys `innermost` and all that wait for it: nothing will ever resume them.
void abandon(PromiseBase& innermost);

/// Base of what a task awaits that is not a task.
class Suspension {
 public:
  Suspension() = default;
  Suspension(const Suspension&) = delete;
  Suspension& operator=(const Suspension&) = delete;

  bool await_ready() const noexcept { return false; }
  /// Not before the wait has begun.
  void resume() {
    BW_CHECK(!starting_);
    coroutine_.resume();
  }
  /// Takes what the operation tells; a class that is told something has its own.
  void accept() {}
  /// The wait will not end, for its loop has.
  void drop() {
    if (starting_)
      dropped_ = true;
    else
      abandon(*promise_);
  }

 protected:
  ~Suspension() = default;
  /// Runs `start`, which sees to it that the wait ends later, on this thread.
  template <class Promise, class Start>
  void suspend(std::coroutine_handle<Promise> caller, Start start) {
    coroutine_ = caller;
    promise_ = &caller.promise();
    start();
    starting_ = false;
    if (dropped_) throw_dropped();
  }

 private:
  [[noreturn]] static void throw_dropped();

  std::coroutine_handle<> coroutine_;
  PromiseBase* promise_ = nullptr;
  bool starting_ = true;
  bool dropped_ = false;
};

/// Ends one suspension: on its loop's thread, once. One that is destroyed before drops it.
template <class S>
class Completion {
 public:
  explicit Completion(S& suspension) : suspension_(&suspension) {}
  Completion(Completion&& other) noexcept : suspension_(std::exchange(other.suspension_, nullptr)) {}
  Completion& operator=(Completion&&) = delete;
  ~Completion() {
    if (suspension_) suspension_->drop();
  }
  explicit operator bool() const { return suspension_ != nullptr; }
  template <class... Results>
  void operator()(Results&&... results) {
    suspension_->accept(std::forward<Results>(results)...);
    std::exchange(suspension_, nullptr)->resume();
  }

 private:
  S* suspension_;
};

}  // namespace bailiwick::net
