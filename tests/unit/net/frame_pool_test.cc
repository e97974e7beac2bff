// Blocks come back to the next of their size, and never two at once.
#include "net/frame_pool.h"

#include <cstring>
#include <map>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::net {
namespace {

/// One of a test, which is closed at its end.
struct OwnPool : FramePool {
  ~OwnPool() { close(); }
};

TEST(FramePool, GivesABlockBackToTheNextOfItsSize) {
  OwnPool pool;
  void* first = pool.take(100);
  pool.give(first, 100);
  EXPECT_EQ(pool.kept_bytes(), 128u) << "a multiple of 64";
  EXPECT_EQ(pool.take(65), first) << "the same shelf";
  EXPECT_EQ(pool.kept_bytes(), 0u);
  void* other = pool.take(129);
  EXPECT_NE(other, first);
  pool.give(first, 65);
  pool.give(other, 129);
}

TEST(FramePool, KeepsNoLargeBlocksAndNotMoreThanItMay) {
  OwnPool pool;
  void* large = pool.take(FramePool::kLargest + 1);
  pool.give(large, FramePool::kLargest + 1);
  EXPECT_EQ(pool.kept_bytes(), 0u);
  std::vector<void*> blocks;
  for (int i = 0; i < 200; ++i) blocks.push_back(pool.take(8000));
  for (void* block : blocks) pool.give(block, 8000);
  EXPECT_EQ(pool.kept_bytes(), 131u * 8000) << "one more would pass 1 MiB";
}

TEST(FramePool, TakesBlocksOfAnotherThread) {
  OwnPool pool;
  void* block = nullptr;
  std::thread([&] { block = FramePool::mine().take(256); }).join();
  pool.give(block, 256);
  EXPECT_EQ(pool.kept_bytes(), 256u);
}

TEST(FramePool, KeepsNothingOnceClosed) {
  OwnPool pool;
  pool.give(pool.take(100), 100);
  pool.close();
  EXPECT_EQ(pool.kept_bytes(), 0u);
  pool.give(pool.take(100), 100);
  EXPECT_EQ(pool.kept_bytes(), 0u);
}

RC_GTEST_PROP(FramePoolProperty, BlocksInUseNeverOverlap, (std::vector<std::uint16_t> sizes)) {
  OwnPool pool;
  struct Taken {
    char* block;
    std::size_t size;
  };
  std::vector<Taken> taken;
  for (std::uint16_t raw : sizes) {
    std::size_t size = raw % (2 * FramePool::kLargest) + 1;
    if (raw % 3 == 0 && !taken.empty()) {
      Taken back = taken[raw % taken.size()];
      std::erase_if(taken, [&](const Taken& t) { return t.block == back.block; });
      pool.give(back.block, back.size);
    }
    taken.push_back({static_cast<char*>(pool.take(size)), size});
    std::memset(taken.back().block, raw & 0xff, size);
  }
  std::map<char*, std::size_t> by_address;
  for (const Taken& t : taken) RC_ASSERT(by_address.emplace(t.block, t.size).second);
  char* end = nullptr;
  for (auto [block, size] : by_address) {
    RC_ASSERT(block >= end);
    end = block + size;
  }
  for (const Taken& t : taken) pool.give(t.block, t.size);
}

}  // namespace
}  // namespace bailiwick::net
