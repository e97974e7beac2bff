// Task<T>: a coroutine on one event loop. Knows no sockets; net/use_task.h waits on those, net/spawn.h starts
// tasks.
//
// A task runs when it is awaited, on the stack of its caller, which suspends only if the task did. So a task
// that never waits costs a call, and a loop over such tasks no stack.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "net/frame_pool.h"

namespace boost::asio {
class io_context;  // NOLINT(readability-identifier-naming): Asio's name
}

namespace bailiwick::net {

/// What every coroutine of a loop has: who waits for it, and the loop.
class PromiseBase {
 public:
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      std::coroutine_handle<> caller = ended.promise().caller_;
      return caller ? caller : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
  // The address sanitizer sees the use of a frame that is gone only where frames are not used again.
  static void* operator new(std::size_t size) { return FramePool::mine().take(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { FramePool::mine().give(frame, size); }
#endif

  std::suspend_always initial_suspend() const noexcept { return {}; }
  boost::asio::io_context& loop() const { return *loop_; }
  void set_loop(boost::asio::io_context& loop) { loop_ = &loop; }
  /// Whoever waits for this one, in the end for all of them: what `spawn` started. Known while this one is
  /// suspended.
  PromiseBase& outermost() {
    PromiseBase* promise = this;
    while (promise->caller_promise_) promise = promise->caller_promise_;
    return *promise;
  }

 protected:
  template <class T>
  friend class Task;
  std::coroutine_handle<> caller_;
  PromiseBase* caller_promise_ = nullptr;
  boost::asio::io_context* loop_ = nullptr;
};

template <class T>
class TaskPromise : public PromiseBase {
 public:
  template <class U = T>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

template <>
class TaskPromise<void> : public PromiseBase {
 public:
  void return_void() const noexcept {}
  void take() const noexcept {}
};

template <class T = void>
class [[nodiscard]] Task {
 public:
  class promise_type : public TaskPromise<T> {  // NOLINT(readability-identifier-naming): the language's name
   public:
    Task get_return_object() { return Task(Handle::from_promise(*this)); }
    PromiseBase::FinalAwaiter final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept { thrown_ = std::current_exception(); }
    T result() {
      if (thrown_) std::rethrow_exception(std::move(thrown_));
      return this->take();
    }

   private:
    std::exception_ptr thrown_;
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  auto operator co_await() && noexcept { return Awaiter{handle_}; }

 private:
  using Handle = std::coroutine_handle<promise_type>;
  struct Awaiter {
    Handle task;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> caller) {
      promise_type& promise = task.promise();
      promise.loop_ = &caller.promise().loop();
      task.resume();
      if (task.done()) return false;
      promise.caller_ = caller;
      promise.caller_promise_ = &caller.promise();
      return true;
    }
    T await_resume() { return task.promise().result(); }
  };

  explicit Task(Handle handle) : handle_(handle) {}
  Handle handle_;
};

}  // namespace bailiwick::net
