// Published<T>: an immutable value that many threads read while one replaces it, whole.
#pragma once

#include <atomic>
#include <memory>

#include "base/mutex.h"

namespace bailiwick {

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BW_THREAD_SANITIZER 1
#endif
#endif

/// A reader keeps what it got for as long as it likes; the writer never waits for readers.
template <class T>
class Published {
 public:
  using Pointer = std::shared_ptr<const T>;
  explicit Published(Pointer first = nullptr) : current_(std::move(first)) {}

#ifdef BW_THREAD_SANITIZER
  // libstdc++ 12 releases its internal bit with relaxed order on load, which ThreadSanitizer rightly
  // dislikes.
  Pointer load() const {
    MutexLock lock(mutex_);
    return current_;
  }
  void store(Pointer next) {
    MutexLock lock(mutex_);
    current_ = std::move(next);
  }

 private:
  mutable Mutex mutex_;
  Pointer current_ BW_GUARDED_BY(mutex_);
#else
  Pointer load() const { return current_.load(std::memory_order_acquire); }
  void store(Pointer next) { current_.store(std::move(next), std::memory_order_release); }

 private:
  std::atomic<Pointer> current_;
#endif
};

}  // namespace bailiwick
