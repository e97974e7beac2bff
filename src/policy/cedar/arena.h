// Arena: memory that is taken piece by piece and given back at once.
//
// What lives in it has no destructor. A decision's arena keeps its blocks when it is cleared, so that a
// thread's decisions stop allocating once it has met the largest.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bailiwick::cedar {

class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  /// Uninitialised room for `count` of T.
  template <class T>
  std::span<T> make_array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return {static_cast<T*>(take(count * sizeof(T), alignof(T))), count};
  }
  template <class T>
  T* make(const T& value) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (take(sizeof(T), alignof(T))) T(value);
  }
  /// A copy that lives as long as the arena.
  std::string_view copy(std::string_view text) {
    if (text.empty()) return {};
    std::span<char> room = make_array<char>(text.size());
    std::memcpy(room.data(), text.data(), text.size());
    return {room.data(), room.size()};
  }
  /// Forgets everything and keeps the memory.
  void clear() {
    block_ = 0;
    used_ = 0;
  }
  /// Bytes held, used or not.
  std::size_t footprint() const;

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };

  void* take(std::size_t size, std::size_t alignment) {
    std::size_t start = (used_ + alignment - 1) & ~(alignment - 1);
    if (block_ < blocks_.size() && start + size <= blocks_[block_].size) {
      used_ = start + size;
      return blocks_[block_].bytes.get() + start;
    }
    return take_from_next_block(size);
  }
  void* take_from_next_block(std::size_t size);

  std::vector<Block> blocks_;
  std::size_t block_ = 0;
  std::size_t used_ = 0;
};

}  // namespace bailiwick::cedar
