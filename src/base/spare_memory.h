// Memory that was freed and is still held against the next need.
#pragma once

namespace bailiwick {

/// While one of these lives, what is freed goes back to the kernel at once. For work that is rarely done and
/// makes much that it does not keep: held back for later, that would stay with us for ever. Does nothing
/// where the program has another allocator than its own.
class SpareNoMemory {
 public:
  SpareNoMemory();
  ~SpareNoMemory();
  SpareNoMemory(const SpareNoMemory&) = delete;
  SpareNoMemory& operator=(const SpareNoMemory&) = delete;
};

}  // namespace bailiwick
