#include "net/frame_pool.h"

#include <new>

namespace bailiwick::net {
namespace {

// Outlives every destructor of its thread, for frames may go in any of them.
constinit thread_local FramePool thread_pool;

struct Closer {
  ~Closer() { thread_pool.close(); }
};

}  // namespace

FramePool& FramePool::mine() {
  return thread_pool;
}

void FramePool::open() noexcept {
  state_ = State::kOpen;
  if (this != &thread_pool) return;
  thread_local Closer closes_at_the_end;
}

void FramePool::close() noexcept {
  state_ = State::kClosed;
  kept_ = 0;
  for (Block*& shelf : shelves_) {
    while (shelf) {
      Block* next = shelf->next;
      ::operator delete(shelf);
      shelf = next;
    }
  }
}

void* FramePool::take(std::size_t size) {
  if (size == 0 || size > kLargest) return ::operator new(size);
  std::size_t shelf = shelf_of(size);
  Block* block = shelves_[shelf];
  if (!block) return ::operator new(size_of(shelf));
  shelves_[shelf] = block->next;
  kept_ -= size_of(shelf);
  return block;
}

void FramePool::give(void* block, std::size_t size) noexcept {
  if (size == 0 || size > kLargest) return ::operator delete(block);
  std::size_t shelf = shelf_of(size);
  if (state_ == State::kFresh) open();
  if (state_ == State::kClosed || kept_ + size_of(shelf) > kMostKept) return ::operator delete(block);
  shelves_[shelf] = new (block) Block{shelves_[shelf]};
  kept_ += size_of(shelf);
}

}  // namespace bailiwick::net
