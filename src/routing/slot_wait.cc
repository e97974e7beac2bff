#include "routing/slot_wait.h"

#include <boost/asio/post.hpp>

#include "net/timer.h"
#include "net/use_task.h"

namespace bailiwick::routing {
namespace {

using metering::FairQueue;

/// Sleeps on its loop until the queue tells, from whatever thread.
class LoopWaiter final : public FairQueue::Waiter, public std::enable_shared_from_this<LoopWaiter> {
 public:
  explicit LoopWaiter(net::Loop& loop) : timer_(loop.io.get_executor()) {}

  void told() override {
    net::asio::post(timer_.get_executor(), [self = shared_from_this()] { self->wake(); });
  }
  net::Task<void> sleep(std::chrono::milliseconds longest) {
    timer_.expires_after(longest);
    if (!woken_) co_await timer_.async_wait(net::use_task);
  }

 private:
  void wake() {
    woken_ = true;
    timer_.cancel();
  }
  net::Timer timer_;
  bool woken_ = false;  ///< touched on the loop alone
};

Error with_wait(Error error, const FairQueue& queue, const FairQueue::Share& share) {
  auto wait = std::chrono::ceil<std::chrono::seconds>(queue.expected_wait(share));
  error.retry_after_seconds = std::max<long>(wait.count(), 1);
  return error;
}

}  // namespace

HeldSlot& HeldSlot::operator=(HeldSlot&& other) noexcept {
  release();
  queue_ = std::move(other.queue_);
  slot_ = other.slot_;
  clock_ = other.clock_;
  return *this;
}

void HeldSlot::release() {
  if (queue_) std::exchange(queue_, nullptr)->leave(slot_, clock_->mono());
}

/// Ends the wait also when the loop ends first.
class Wait {
 public:
  Wait(std::shared_ptr<FairQueue> queue, std::shared_ptr<LoopWaiter> waiter, const Clock& clock)
      : queue_(std::move(queue)), waiter_(std::move(waiter)), clock_(clock) {}
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  ~Wait() { HeldSlot unwanted = end(); }

  HeldSlot end() {
    if (!waiter_) return {};
    auto slot = queue_->end_wait(std::exchange(waiter_, nullptr));
    return slot ? HeldSlot(queue_, *slot, clock_) : HeldSlot();
  }

 private:
  const std::shared_ptr<FairQueue> queue_;
  std::shared_ptr<LoopWaiter> waiter_;
  const Clock& clock_;
};

net::Task<Result<HeldSlot>> wait_for_slot(std::shared_ptr<FairQueue> queue, FairQueue::Share share,
                                          net::Loop& loop, const Clock& clock) {
  if (auto slot = queue->try_enter(share, clock.mono())) co_return HeldSlot(std::move(queue), *slot, clock);
  auto waiter = std::make_shared<LoopWaiter>(loop);
  if (!queue->enter(waiter, share, clock.mono())) {
    Error full(ErrorCode::kRateLimited, "upstream.queue_full",
               "the model's provider is busy, and as many of this tenant's calls wait for it as may");
    co_return std::unexpected(with_wait(std::move(full), *queue, share));
  }
  Wait wait(queue, waiter, clock);
  co_await waiter->sleep(queue->longest_wait());
  if (HeldSlot slot = wait.end()) co_return slot;
  Error shed(ErrorCode::kUnavailable, "upstream.shed",
             "the model's provider is busy, and this call waited for as long as makes sense");
  co_return std::unexpected(with_wait(std::move(shed), *queue, share));
}

}  // namespace bailiwick::routing
