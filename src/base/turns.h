// Turns: so many at a time, and nobody waits in line: work that takes long is refused when there is no turn,
// or after a while.
#pragma once

#include <chrono>
#include <semaphore>
#include <utility>

namespace bailiwick {

class Turns {
 public:
  explicit Turns(std::ptrdiff_t at_once) : free_(at_once) {}

  /// Gives its turn back when it goes. False: there was none.
  class Turn {
   public:
    Turn() = default;
    explicit Turn(Turns& turns) : turns_(&turns) {}
    ~Turn() {
      if (turns_ != nullptr) turns_->free_.release();
    }
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    Turn& operator=(Turn&&) = delete;
    explicit operator bool() const { return turns_ != nullptr; }

   private:
    Turns* turns_ = nullptr;
  };

  /// One, if it is free within this time.
  [[nodiscard]] Turn take(std::chrono::milliseconds within = {}) {
    return free_.try_acquire_for(within) ? Turn(*this) : Turn();
  }

 private:
  static constexpr std::ptrdiff_t kMost = 1 << 16;
  std::counting_semaphore<kMost> free_;
};

}  // namespace bailiwick
