#include "net/blocking.h"

#include <deque>
#include <thread>
#include <vector>

#include "base/log.h"
#include "base/mutex.h"

namespace bailiwick::net {

struct BlockingPool::Impl {
  Mutex mutex;
  std::condition_variable_any wake;
  std::deque<std::move_only_function<void()>> line BW_GUARDED_BY(mutex);
  bool stopping BW_GUARDED_BY(mutex) = false;
  std::size_t limit = 0;
  std::vector<std::thread> threads;

  /// Waits for a job; empty once the pool stops and the line is done.
  std::move_only_function<void()> next() {
    MutexLock lock(mutex);
    while (line.empty() && !stopping) wake.wait(mutex);
    if (line.empty()) return nullptr;
    auto job = std::move(line.front());
    line.pop_front();
    return job;
  }

  void work() {
    while (auto job = next()) {
      try {
        job();
      } catch (const std::exception& error) {
        log_error("net.blocking_job_threw", {{"what", error.what()}});
      } catch (...) {
        log_error("net.blocking_job_threw");
      }
    }
  }
};

BlockingPool::BlockingPool(std::size_t threads, std::size_t limit) : impl_(std::make_unique<Impl>()) {
  impl_->limit = limit;
  for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i) {
    impl_->threads.emplace_back([impl = impl_.get()] { impl->work(); });
  }
}

BlockingPool::~BlockingPool() {
  stop();
}

bool BlockingPool::submit(std::move_only_function<void()> job) {
  {
    MutexLock lock(impl_->mutex);
    if (impl_->stopping || impl_->line.size() >= impl_->limit) return false;
    impl_->line.push_back(std::move(job));
  }
  impl_->wake.notify_one();
  return true;
}

void BlockingPool::stop() {
  {
    MutexLock lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->threads.clear();
}

}  // namespace bailiwick::net
