// RouteMemory: what a tenant's routes have learned of their providers, and answers that may be given again.
// It outlives snapshots and price books: a reload neither closes a breaker nor forgets who is slow.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "routing/circuit_breaker.h"
#include "routing/latency.h"
#include "routing/response_cache.h"
#include "routing/retry_budget.h"

namespace bailiwick::routing {

/// Of one model at one provider.
class TargetHealth {
 public:
  static constexpr std::chrono::seconds kFailureCounts{1};

  /// A call under way: from when it is sent until its answer has ended, however it ends.
  class Flight {
   public:
    Flight() = default;
    explicit Flight(TargetHealth* health) : health_(health) {
      health_->in_flight_.fetch_add(1, std::memory_order_relaxed);
    }
    Flight(Flight&& other) noexcept : health_(std::exchange(other.health_, nullptr)) {}
    Flight& operator=(Flight&& other) noexcept {
      std::swap(health_, other.health_);
      return *this;
    }
    ~Flight() {
      if (health_ != nullptr) health_->in_flight_.fetch_sub(1, std::memory_order_relaxed);
    }

   private:
    TargetHealth* health_ = nullptr;
  };

  /// `took`: until the answer was there, or until it was known that none comes. Who fails at once is not
  /// quick.
  void learn(std::chrono::microseconds took, CallOutcome outcome, MonoTime now) {
    errors_.add(outcome, now);
    if (outcome == CallOutcome::kFailed) took = std::max<std::chrono::microseconds>(took, kFailureCounts);
    average_.add(took, now);
    percentile_.add(took, now);
  }

  /// A call was given up after `took`: it would have taken longer.
  void outlasted(std::chrono::microseconds took, MonoTime now) {
    if (static_cast<double>(took.count()) <= average_.value()) return;
    average_.add(took, now);
    percentile_.add(took, now);
  }

  /// The provider asked (Retry-After) not to be called for this model before then.
  void rest(MonoTime until) {
    std::int64_t asked = until.time_since_epoch().count();
    std::int64_t known = rests_until_.load(std::memory_order_relaxed);
    while (known < asked && !rests_until_.compare_exchange_weak(known, asked, std::memory_order_relaxed)) {
    }
  }
  /// Long past when it may be called now.
  MonoTime ready_at() const {
    return MonoTime(MonoTime::duration(rests_until_.load(std::memory_order_relaxed)));
  }

  int in_flight() const { return in_flight_.load(std::memory_order_relaxed); }
  /// How long one more call would take, as far as load tells. Next to nothing before the first answer, so
  /// that it is tried.
  double expected_wait() const {
    return std::max(average_.value(), 1.0) * (in_flight_.load(std::memory_order_relaxed) + 1);
  }
  std::optional<std::chrono::microseconds> p95(MonoTime now) { return percentile_.p95(now); }
  /// Empty when too few calls are known.
  std::optional<double> error_share(MonoTime now) const {
    ErrorWindow::Counts counts = errors_.counts(now);
    if (counts.calls < CircuitBreaker::kEnoughCalls) return std::nullopt;
    return counts.share();
  }

 private:
  std::atomic<int> in_flight_{0};
  std::atomic<std::int64_t> rests_until_{0};
  ErrorWindow errors_;
  LatencyAverage average_;
  LatencyPercentile percentile_;
};

/// Safe from any thread; the lock is taken when plans are made, not when requests are.
class RouteMemory {
 public:
  explicit RouteMemory(CacheSpace& space) : cache(space) {}

  /// By the provider's name and address: what moved is another provider.
  std::shared_ptr<CircuitBreaker> breaker(const std::string& provider, const std::string& address);
  std::shared_ptr<TargetHealth> health(const std::string& provider, const std::string& address,
                                       const std::string& model);
  /// Forgets what no plan refers to any more.
  void prune();

  RetryBudget retries;
  RetryBudget hedges;
  ResponseCache cache;
  /// Numbers the calls, for spreading them.
  std::uint64_t next_turn() { return turn_.fetch_add(1, std::memory_order_relaxed); }

 private:
  using Key = std::tuple<std::string, std::string, std::string>;
  Mutex mutex_;
  std::map<Key, std::shared_ptr<CircuitBreaker>> breakers_ BW_GUARDED_BY(mutex_);
  std::map<Key, std::shared_ptr<TargetHealth>> health_ BW_GUARDED_BY(mutex_);
  std::atomic<std::uint64_t> turn_{0};
};

}  // namespace bailiwick::routing
