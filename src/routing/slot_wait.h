// Slots of a shared upstream, for coroutines: waiting for one on a loop, and holding it.
#pragma once

#include "metering/fair_queue.h"
#include "net/loop.h"

namespace bailiwick::routing {

/// Gives its slot back when dropped, from any thread. Empty: the upstream has no limit.
class HeldSlot {
 public:
  HeldSlot() = default;
  HeldSlot(std::shared_ptr<metering::FairQueue> queue, metering::FairQueue::Slot slot, const Clock& clock)
      : queue_(std::move(queue)), slot_(slot), clock_(&clock) {}
  HeldSlot(HeldSlot&& other) noexcept = default;
  HeldSlot& operator=(HeldSlot&& other) noexcept;
  ~HeldSlot() { release(); }
  void release();
  explicit operator bool() const { return queue_ != nullptr; }

 private:
  std::shared_ptr<metering::FairQueue> queue_;
  metering::FairQueue::Slot slot_;
  const Clock* clock_ = nullptr;
};

/// Errors, both with the wait that is to be expected: kRateLimited `upstream.queue_full`, when as many of the
/// tenant's calls wait as may; kUnavailable `upstream.shed`, when it waited for as long as makes sense.
net::Task<Result<HeldSlot>> wait_for_slot(std::shared_ptr<metering::FairQueue> queue,
                                          metering::FairQueue::Share share, net::Loop& loop,
                                          const Clock& clock);

}  // namespace bailiwick::routing
