// FramePool: memory of coroutine frames, kept for the next one of its size. One per thread, no locks.
#pragma once

#include <cstddef>

namespace bailiwick::net {

/// A request runs through some twenty coroutines, and the next request through the same: each takes the block
/// that the last one gave back. A block may be given back to another thread's pool than it was taken from.
class FramePool {
 public:
  static constexpr std::size_t kGrain = 64;
  static constexpr std::size_t kLargest = 8 * 1024;  ///< larger frames come from the heap each time
  static constexpr std::size_t kMostKept = 1 << 20;  ///< bytes; what is given back beyond them is freed

  /// The pool of the calling thread, closed when the thread ends.
  static FramePool& mine();

  constexpr FramePool() = default;
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;
  ~FramePool() = default;

  /// Aligned for any ordinary type. Throws std::bad_alloc.
  void* take(std::size_t size);
  /// `size` is what was asked for.
  void give(void* block, std::size_t size) noexcept;
  /// Frees what is kept, and keeps nothing from now on. Nothing else frees it.
  void close() noexcept;
  std::size_t kept_bytes() const { return kept_; }

 private:
  enum class State { kFresh, kOpen, kClosed };
  struct Block {
    Block* next;
  };
  static std::size_t shelf_of(std::size_t size) { return (size - 1) / kGrain; }
  static std::size_t size_of(std::size_t shelf) { return (shelf + 1) * kGrain; }
  void open() noexcept;

  Block* shelves_[kLargest / kGrain] = {};
  std::size_t kept_ = 0;
  State state_ = State::kFresh;
};

}  // namespace bailiwick::net
