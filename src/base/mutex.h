// Mutex with Clang's thread-safety annotations: shared members name their lock and the compiler checks it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <shared_mutex>

#if defined(__clang__)
#define BW_ATTRIBUTE(x) __attribute__((x))
#else
#define BW_ATTRIBUTE(x)
#endif
#define BW_GUARDED_BY(lock) BW_ATTRIBUTE(guarded_by(lock))
#define BW_REQUIRES(...) BW_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define BW_REQUIRES_SHARED(...) BW_ATTRIBUTE(requires_shared_capability(__VA_ARGS__))

namespace bailiwick {

class BW_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  void lock() BW_ATTRIBUTE(acquire_capability()) { inner_.lock(); }
  void unlock() BW_ATTRIBUTE(release_capability()) { inner_.unlock(); }
  std::mutex& native() { return inner_; }

 private:
  std::mutex inner_;
};

class BW_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) BW_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() BW_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

/// Many readers or one writer.
class BW_ATTRIBUTE(capability("shared_mutex")) SharedMutex {
 public:
  void lock() BW_ATTRIBUTE(acquire_capability()) { inner_.lock(); }
  void unlock() BW_ATTRIBUTE(release_capability()) { inner_.unlock(); }
  void lock_shared() BW_ATTRIBUTE(acquire_shared_capability()) { inner_.lock_shared(); }
  void unlock_shared() BW_ATTRIBUTE(release_shared_capability()) { inner_.unlock_shared(); }

 private:
  std::shared_mutex inner_;
};

class BW_ATTRIBUTE(scoped_lockable) WriteLock {
 public:
  explicit WriteLock(SharedMutex& mutex) BW_ATTRIBUTE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~WriteLock() BW_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;

 private:
  SharedMutex& mutex_;
};

class BW_ATTRIBUTE(scoped_lockable) ReadLock {
 public:
  explicit ReadLock(SharedMutex& mutex) BW_ATTRIBUTE(acquire_shared_capability(mutex)) : mutex_(mutex) {
    mutex_.lock_shared();
  }
  ~ReadLock() BW_ATTRIBUTE(release_capability()) { mutex_.unlock_shared(); }
  ReadLock(const ReadLock&) = delete;
  ReadLock& operator=(const ReadLock&) = delete;

 private:
  SharedMutex& mutex_;
};

}  // namespace bailiwick
