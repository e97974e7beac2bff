#include "net/spawn.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include "base/log.h"

namespace bailiwick::net {
namespace {

using Handle = std::coroutine_handle<Spawned::promise_type>;

/// A coroutine that was not started goes with the loop that was to start it.
class Unstarted {
 public:
  explicit Unstarted(Handle handle) : handle_(handle) {}
  Unstarted(Unstarted&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Unstarted& operator=(Unstarted&&) = delete;
  ~Unstarted() {
    if (handle_) handle_.destroy();
  }
  void operator()() { std::exchange(handle_, nullptr).resume(); }

 private:
  Handle handle_;
};

void log_failure(const Outcome<void>& outcome) {
  if (outcome) return;
  try {
    std::rethrow_exception(outcome.error());
  } catch (const std::exception& thrown) {
    log_error("net.task_threw", {{"what", thrown.what()}});
  } catch (...) {
    log_error("net.task_threw", {{"what", "an exception of an unknown type"}});
  }
}

}  // namespace

void Spawned::promise_type::unhandled_exception() noexcept {
  // Here and now, so that it gets out even if the loop has been told to stop.
  asio::dispatch(loop(), [thrown = std::current_exception()] { std::rethrow_exception(thrown); });
}

void Spawned::start(asio::io_context& io) {
  promise_->set_loop(io);
  asio::post(io, Unstarted(Handle::from_promise(*promise_)));
}

void spawn(asio::io_context& io, Task<void> task) {
  spawn(io, std::move(task), log_failure);
}

}  // namespace bailiwick::net
