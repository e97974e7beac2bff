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

  void learn(std::int64_t estimated_input, std::int64_t input, std::int64_t output) {
    follow(output_, output);
    follow(unforeseen_input_, std::max<std::int64_t>(input - estimated_input, 0));
  }

 private:
  static void follow(std::atomic<std::int64_t>& habit, std::int64_t seen) {
    std::int64_t known = habit.load(std::memory_order_relaxed);
    habit.store(seen >= known ? seen : known - (known - seen + 15) / 16, std::memory_order_relaxed);
  }

  std::atomic<std::int64_t> output_{0};
  std::atomic<std::int64_t> unforeseen_input_{0};
};

}  // namespace bailiwick::metering
