// Coroutines wait for slots without holding their thread, and slots come back however a call ends.
#include "routing/slot_wait.h"

#include <gtest/gtest.h>

#include "net/pause.h"
#include "support/model_rig.h"

namespace bailiwick::routing {
namespace {

using namespace std::chrono_literals;
using metering::FairQueue;
using testing_support::FakeUpstream;
using testing_support::ModelRig;

class SlotWaitTest : public testing::Test {
 protected:
  net::Task<int> hold(FairQueue::Share share, std::chrono::milliseconds duration) {
    auto slot = co_await wait_for_slot(queue, share, rig.loop, clock);
    if (!slot) co_return slot.error().code == ErrorCode::kRateLimited ? 429 : 503;
    order.push_back(static_cast<const char*>(share.flow)[0]);
    co_await net::pause(rig.loop, duration);
    co_return 200;
  }
  net::Task<void> hold_for_long(FairQueue::Share share, net::Loop& loop) {
    auto slot = co_await wait_for_slot(queue, share, loop, clock);
    co_await net::pause(loop, 60s);
  }
  void start(FairQueue::Share share, std::chrono::milliseconds duration) {
    net::spawn(rig.io, hold(share, duration),
               [this](net::Outcome<int> status) { statuses.push_back(*status); });
  }
  static FairQueue::Share tenant(const char* name) { return {.flow = name}; }

  SystemClock clock;
  ModelRig rig{snapshot::RouterConfig()};
  std::shared_ptr<FairQueue> queue = std::make_shared<FairQueue>(
      FairQueue::Options{.slots = 1, .longest_queue = 2, .target = 200ms, .longest = 200ms});
  std::vector<int> statuses;
  std::string order;
};

TEST_F(SlotWaitTest, TenantsTakeTurns) {
  const char *a = "a", *b = "b";
  start(tenant(a), 5ms);
  start(tenant(a), 5ms);
  start(tenant(a), 5ms);
  start(tenant(b), 5ms);
  rig.io.run();
  EXPECT_EQ(order, "abaa");
  EXPECT_EQ(statuses, (std::vector{200, 200, 200, 200}));
  EXPECT_EQ(queue->view().in_use, 0);
}

TEST_F(SlotWaitTest, AFullQueueRefusesAtOnceAndALongWaitEnds) {
  const char* a = "a";
  start(tenant(a), 600ms);
  start(tenant(a), 1ms);
  start(tenant(a), 1ms);
  start(tenant(a), 1ms);
  rig.io.run();
  EXPECT_EQ(statuses, (std::vector{429, 503, 503, 200}));
  EXPECT_EQ(queue->view().in_use, 0);
  EXPECT_EQ(queue->view().waiting, 0);
}

TEST_F(SlotWaitTest, ALoopThatEndsGivesUpItsWaitsAndItsSlots) {
  const char* a = "a";
  {
    ModelRig other{snapshot::RouterConfig()};
    net::spawn(other.io, hold_for_long(tenant(a), other.loop));
    net::spawn(other.io, hold_for_long(tenant(a), other.loop));
    other.io.run_for(20ms);
    EXPECT_EQ(queue->view().in_use, 1);
    EXPECT_EQ(queue->view().waiting, 1);
  }
  EXPECT_EQ(queue->view().in_use, 0);
  EXPECT_EQ(queue->view().waiting, 0);
}

}  // namespace
}  // namespace bailiwick::routing
