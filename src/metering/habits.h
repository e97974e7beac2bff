// Habits: how a tenant's recent calls turned out, so that the next reservation is about right.
//
// Estimates rise at once and fall slowly: guessing low lets a call run out of money, guessing high only holds
// some back for a moment. Safe from any thread; a lost update between threads costs nothing but a little of
// the drift.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace bailiwick::metering {

class Habits {
 public:
  /// Output tokens of a long answer of late; 0 before the first one.
  std::int64_t output() const { return output_.load(std::memory_order_relaxed); }
  /// Input tokens that upstreams counted beyond our estimate of late.
  std::int64_t unforeseen_input() const { return unforeseen_input_.load(std::memory_order_relaxed); }

  /// What an upstream counts of so much input that we estimated, when it does not say: on the high side of
  /// what it said of others.
  std::int64_t likely_input(std::int64_t estimated) const {
    std::int64_t share = input_share_.load(std::memory_order_relaxed);
    return share == 0 ? estimated : (estimated * share + kOne - 1) / kOne;
  }
  /// Likewise of so many bytes of streamed text.
  std::int64_t likely_output(std::int64_t text_bytes) const {
    std::int64_t density = density_.load(std::memory_order_relaxed);
    return density == 0 ? text_bytes / kBytesPerToken : (text_bytes * density + kOne - 1) / kOne;
  }

  void learn(std::int64_t estimated_input, std::int64_t input, std::int64_t output) {
    follow(output_, output);
    follow(unforeseen_input_, std::max<std::int64_t>(input - estimated_input, 0));
    if (estimated_input > 0 && input > 0)
      stay_above(input_share_, (input * kOne + estimated_input - 1) / estimated_input);
  }
  /// A stream that ended by itself: the text that was seen, and the tokens that it was counted as. More
  /// tokens than bytes are thoughts that were not shown: of how dense text is they tell nothing.
  void learn_stream(std::int64_t text_bytes, std::int64_t output) {
    if (output > 0 && output <= text_bytes)
      stay_above(density_, (output * kOne + text_bytes - 1) / text_bytes);
  }

 private:
  static constexpr std::int64_t kOne = 1 << 16;  ///< of a share
  static constexpr std::int64_t kBytesPerToken = 3;

  /// Money is booked by it, so it falls far more slowly than it rises.
  static void stay_above(std::atomic<std::int64_t>& share, std::int64_t seen) {
    std::int64_t known = share.load(std::memory_order_relaxed);
    share.store(seen >= known ? seen : known - (known - seen) / 256, std::memory_order_relaxed);
  }

  static void follow(std::atomic<std::int64_t>& habit, std::int64_t seen) {
    std::int64_t known = habit.load(std::memory_order_relaxed);
    habit.store(seen >= known ? seen : known - (known - seen + 15) / 16, std::memory_order_relaxed);
  }

  std::atomic<std::int64_t> output_{0};
  std::atomic<std::int64_t> unforeseen_input_{0};
  std::atomic<std::int64_t> input_share_{0};
  std::atomic<std::int64_t> density_{0};  ///< output tokens of a byte
};

}  // namespace bailiwick::metering
