#include "policy/cedar/arena.h"

#include <algorithm>

namespace bailiwick::cedar {
namespace {

constexpr std::size_t kFirstBlock = 1024;
constexpr std::size_t kLargestBlock = 256 * 1024;

}  // namespace

void* Arena::take_from_next_block(std::size_t size) {
  std::size_t next = blocks_.empty() ? 0 : block_ + 1;
  while (next < blocks_.size() && blocks_[next].size < size) ++next;
  if (next == blocks_.size()) {
    std::size_t doubled = blocks_.empty() ? kFirstBlock : std::min(blocks_.back().size * 2, kLargestBlock);
    std::size_t room = std::max(doubled, size);
    blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(room), room});
  }
  block_ = next;
  used_ = size;
  return blocks_[block_].bytes.get();
}

std::size_t Arena::footprint() const {
  std::size_t bytes = 0;
  for (const Block& block : blocks_) bytes += block.size;
  return bytes;
}

}  // namespace bailiwick::cedar
