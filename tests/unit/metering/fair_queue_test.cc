// Slots go round by weight and by the time that calls hold them; nobody passes the slots; queues stay
// bounded.
#include "metering/fair_queue.h"

#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::metering {
namespace {

using namespace std::chrono_literals;
using Options = FairQueue::Options;
using Share = FairQueue::Share;
using Slot = FairQueue::Slot;

const MonoTime kStart{std::chrono::hours(1)};
const std::array<char, 64> kTenants{};

Share tenant(std::size_t number, std::int64_t weight = 1, std::size_t tier = 0) {
  return {.flow = &kTenants[number], .tier = tier, .weight = weight};
}

struct Call final : FairQueue::Waiter {
  void told() override { ++times_told; }
  std::atomic<int> times_told{0};
};

/// Closed loops: every tenant has so many calls waiting at all times, each holding a slot for `takes`.
class Backlog {
 public:
  struct Tenant {
    Share share;
    std::chrono::milliseconds takes;
    std::size_t waiting = 8;
    std::vector<std::shared_ptr<Call>> calls{};
    std::chrono::milliseconds held{0};
    std::int64_t served = 0;
  };
  Backlog(const Options& options, std::vector<Tenant> tenants)
      : queue(options), tenants_(std::move(tenants)) {}

  void run(std::chrono::milliseconds duration) {
    for (MonoTime end = now + duration; now < end; now += 1ms) {
      finish();
      for (Tenant& tenant : tenants_) {
        while (tenant.calls.size() < tenant.waiting) {
          tenant.calls.push_back(std::make_shared<Call>());
          ASSERT_TRUE(queue.enter(tenant.calls.back(), tenant.share, now));
        }
      }
      collect();
    }
  }
  double share_of(std::size_t i) const {
    std::chrono::milliseconds all{0};
    for (const Tenant& tenant : tenants_) all += tenant.held;
    return static_cast<double>(tenants_[i].held.count()) / static_cast<double>(all.count());
  }
  std::int64_t served(std::size_t i) const { return tenants_[i].served; }

  FairQueue queue;
  MonoTime now = kStart;

 private:
  struct Running {
    Slot slot;
    MonoTime end;
  };
  void finish() {
    auto done = std::ranges::partition(running_, [&](const Running& call) { return call.end > now; });
    std::vector<Running> leaving(done.begin(), done.end());
    running_.erase(done.begin(), done.end());
    for (const Running& call : leaving) queue.leave(call.slot, now);
  }
  void collect() {
    for (Tenant& tenant : tenants_) {
      for (auto& call : tenant.calls) {
        if (call->times_told == 0) continue;
        auto slot = queue.end_wait(call);
        ASSERT_TRUE(slot);
        running_.push_back({*slot, now + tenant.takes});
        tenant.held += tenant.takes;
        ++tenant.served;
        call = nullptr;
      }
      std::erase(tenant.calls, nullptr);
    }
    ASSERT_LE(running_.size(), static_cast<std::size_t>(queue.view().slots));
  }
  std::vector<Tenant> tenants_;
  std::vector<Running> running_;
};

TEST(FairQueue, AFreeSlotIsTakenAtOnce) {
  FairQueue queue({.slots = 2});
  auto one = queue.try_enter(tenant(0), kStart), two = queue.try_enter(tenant(0), kStart);
  EXPECT_TRUE(one && two);
  EXPECT_FALSE(queue.try_enter(tenant(1), kStart));
  queue.leave(*one, kStart + 1ms);
  EXPECT_TRUE(queue.try_enter(tenant(1), kStart + 1ms));
  EXPECT_EQ(queue.view().in_use, 2);
}

TEST(FairQueue, NobodyOvertakesWhoWaits) {
  FairQueue queue({.slots = 1});
  auto slot = queue.try_enter(tenant(0), kStart);
  auto call = std::make_shared<Call>();
  ASSERT_TRUE(queue.enter(call, tenant(0), kStart));
  EXPECT_EQ(call->times_told, 0);
  queue.leave(*slot, kStart + 1ms);
  EXPECT_EQ(call->times_told, 1);
  EXPECT_FALSE(queue.try_enter(tenant(1), kStart + 1ms));
  EXPECT_TRUE(queue.end_wait(call));
}

TEST(FairQueue, OnesOwnQueueIsBoundedAndOthersDoNotFillIt) {
  FairQueue queue({.slots = 1, .longest_queue = 3});
  ASSERT_TRUE(queue.try_enter(tenant(0), kStart));
  std::vector<std::shared_ptr<Call>> calls(5);
  for (auto& call : calls) call = std::make_shared<Call>();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.enter(calls[i], tenant(0), kStart));
  EXPECT_FALSE(queue.enter(calls[3], tenant(0), kStart));
  EXPECT_TRUE(queue.enter(calls[4], tenant(1), kStart));
  EXPECT_EQ(queue.view().waiting, 4);
}

TEST(FairQueue, EqualTenantsGetEqualTimeWhateverTheirCallsTake) {
  Backlog backlog({.slots = 8, .target = 60'000ms, .longest = 60'000ms},
                  {{tenant(0), 20ms}, {tenant(1), 20ms, 64}, {tenant(2), 100ms}, {tenant(3), 5ms}});
  backlog.run(20s);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(backlog.share_of(i), 0.25, 0.02) << i;
}

TEST(FairQueue, WeightsDivideTheTime) {
  Backlog backlog({.slots = 15, .target = 60'000ms, .longest = 60'000ms}, {{tenant(0, 1), 20ms, 32},
                                                                           {tenant(1, 2), 20ms, 32},
                                                                           {tenant(2, 4), 20ms, 32},
                                                                           {tenant(3, 8), 20ms, 32}});
  backlog.run(20s);
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NEAR(backlog.share_of(i), static_cast<double>(1 << i) / 15, 0.02) << i;
}

TEST(FairQueue, WhoIsWithinItsShareIsServedNext) {
  FairQueue queue({.slots = 4});
  std::vector<Slot> slots;
  for (int i = 0; i < 4; ++i) slots.push_back(*queue.try_enter(tenant(0), kStart));
  std::vector<std::shared_ptr<Call>> greedy(20);
  for (auto& call : greedy) queue.enter(call = std::make_shared<Call>(), tenant(0), kStart);
  auto modest = std::make_shared<Call>();
  queue.enter(modest, tenant(1), kStart + 1ms);
  queue.leave(slots[0], kStart + 50ms);
  EXPECT_EQ(modest->times_told, 1);
}

TEST(FairQueue, SlotsOfATierAreKeptForIt) {
  FairQueue queue({.slots = 4, .reserved = {0, 0, 0, 2}});
  EXPECT_TRUE(queue.try_enter(tenant(0), kStart));
  auto second = queue.try_enter(tenant(1), kStart);
  EXPECT_TRUE(second);
  EXPECT_FALSE(queue.try_enter(tenant(2), kStart)) << "two are kept";
  auto waits = std::make_shared<Call>(), reserved = std::make_shared<Call>();
  queue.enter(waits, tenant(2), kStart);
  queue.enter(reserved, tenant(3, 1, 3), kStart);
  EXPECT_EQ(reserved->times_told, 1) << "whoever else waits";
  EXPECT_EQ(waits->times_told, 0);
  queue.leave(*second, kStart + 1ms);
  EXPECT_EQ(waits->times_told, 1);
}

TEST(FairQueue, WhoIsBeyondItsShareLeavesSpareSlotsWhileSomebodyIsAbout) {
  FairQueue queue({.slots = 8, .spare = 2});
  MonoTime now = kStart;
  auto modest = queue.try_enter(tenant(1), now);
  queue.leave(*modest, now);
  std::vector<Slot> slots;
  while (auto slot = queue.try_enter(tenant(0), now)) slots.push_back(*slot);
  EXPECT_EQ(slots.size(), 6u) << "half is its share; two are spare";
  modest = queue.try_enter(tenant(1), now);
  EXPECT_TRUE(modest) << "for whom they were left";
  queue.leave(*modest, now);
  now += 2s;
  while (auto slot = queue.try_enter(tenant(0), now)) slots.push_back(*slot);
  EXPECT_EQ(slots.size(), 8u) << "the other is forgotten";
}

TEST(FairQueue, WhoNeverComesAgainKeepsNothingFree) {
  FairQueue queue({.slots = 8, .spare = 2});
  MonoTime now = kStart;
  queue.leave(*queue.try_enter(tenant(1), now), now);
  std::vector<Slot> slots;
  while (auto slot = queue.try_enter(tenant(0), now)) slots.push_back(*slot);
  ASSERT_EQ(slots.size(), 6u);
  auto first = std::make_shared<Call>(), second = std::make_shared<Call>(), third = std::make_shared<Call>();
  for (const auto& call : {first, second, third}) ASSERT_TRUE(queue.enter(call, tenant(0), now));
  queue.leave(slots[0], now + 5s);
  EXPECT_EQ(first->times_told + second->times_told + third->times_told, 3);
}

TEST(FairQueue, NothingIsSpareWhenEverybodyWaits) {
  FairQueue queue({.slots = 8, .spare = 2});
  std::vector<std::shared_ptr<Call>> calls(40);
  for (std::size_t i = 0; i < calls.size(); ++i)
    ASSERT_TRUE(queue.enter(calls[i] = std::make_shared<Call>(), tenant(i % 2), kStart));
  EXPECT_EQ(queue.view().in_use, 8);
}

TEST(FairQueue, AFloodThatBeginsTogetherIsHardlyFelt) {
  FairQueue queue({.slots = 32, .spare = 4, .longest_queue = 64});
  MonoTime now = kStart;
  std::deque<std::pair<MonoTime, Slot>> running;  // each takes 50 ms, so they end in this order
  std::vector<std::shared_ptr<Call>> flood;
  std::shared_ptr<Call> modest;
  MonoTime asked = now;
  std::chrono::milliseconds longest{0};
  for (int ms = 0; ms < 5'000; ++ms, now += 1ms) {
    for (; !running.empty() && running.front().first <= now; running.pop_front())
      queue.leave(running.front().second, now);
    if (ms % 16 == 0) queue.enter(modest = std::make_shared<Call>(), tenant(1), asked = now);
    while (flood.size() < 64) {
      flood.push_back(std::make_shared<Call>());
      if (!queue.enter(flood.back(), tenant(0), now)) break;
    }
    if (modest && modest->times_told > 0) {
      longest = std::max(longest, std::chrono::duration_cast<std::chrono::milliseconds>(now - asked));
      running.emplace_back(now + 50ms, *queue.end_wait(modest));
      modest = nullptr;
    }
    std::erase_if(flood, [&](auto& call) {
      if (call->times_told == 0) return false;
      if (auto slot = queue.end_wait(call)) running.emplace_back(now + 50ms, *slot);
      return true;
    });
  }
  EXPECT_LE(longest, 5ms);
}

TEST(FairQueue, AQueueThatNeverEmptiesIsCutShort) {
  Options options{.slots = 1, .longest_queue = 64, .target = 100ms, .longest = 1'000ms};
  FairQueue queue(options);
  MonoTime now = kStart;
  Slot slot = *queue.try_enter(tenant(0), now);
  std::vector<std::shared_ptr<Call>> calls;
  std::chrono::milliseconds longest_late{0};
  std::map<Call*, MonoTime> came;
  int shed = 0;
  for (int step = 0; step < 400; ++step) {  // a call each 10 ms, of which every fifth can be served
    now += 10ms;
    calls.push_back(std::make_shared<Call>());
    came[calls.back().get()] = now;
    if (!queue.enter(calls.back(), tenant(0), now)) calls.pop_back();
    if (step % 5 != 0) continue;
    queue.leave(slot, now);
    bool served = false;
    std::erase_if(calls, [&](auto& call) {
      if (call->times_told == 0) return false;
      auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(now - came[call.get()]);
      if (auto granted = queue.end_wait(call)) {
        slot = *granted;
        served = true;
        if (step > 200) longest_late = std::max(longest_late, waited);
      } else {
        ++shed;
      }
      return true;
    });
    ASSERT_TRUE(served);
  }
  EXPECT_GT(shed, 100);
  EXPECT_LE(longest_late, 100ms) << "who is served at last came not long ago";
}

TEST(FairQueue, WhoGivesUpLeavesNothingBehind) {
  FairQueue queue({.slots = 1});
  auto slot = queue.try_enter(tenant(0), kStart);
  auto gone = std::make_shared<Call>(), next = std::make_shared<Call>();
  queue.enter(gone, tenant(1), kStart);
  queue.enter(next, tenant(2), kStart);
  EXPECT_FALSE(queue.end_wait(gone));
  EXPECT_FALSE(queue.end_wait(gone)) << "twice does no harm";
  queue.leave(*slot, kStart + 1ms);
  EXPECT_EQ(gone->times_told, 0);
  EXPECT_EQ(next->times_told, 1);
}

TEST(FairQueue, MoreSlotsAreGivenOutAtOnceAndFewerAreWaitedFor) {
  FairQueue queue({.slots = 1});
  auto slot = queue.try_enter(tenant(0), kStart);
  auto call = std::make_shared<Call>();
  queue.enter(call, tenant(0), kStart);
  queue.set({.slots = 2}, kStart);
  EXPECT_EQ(call->times_told, 1);
  queue.set({.slots = 1}, kStart);
  queue.leave(*slot, kStart + 1ms);
  EXPECT_FALSE(queue.try_enter(tenant(1), kStart + 1ms)) << "one is still out";
}

TEST(FairQueue, ExpectedWaitGrowsWithTheQueueAndShrinksWithWeight) {
  FairQueue queue({.slots = 1, .longest_queue = 100});
  ASSERT_TRUE(queue.try_enter(tenant(0), kStart));
  std::vector<std::shared_ptr<Call>> calls(40);
  for (auto& call : calls) queue.enter(call = std::make_shared<Call>(), tenant(0), kStart);
  EXPECT_GT(queue.expected_wait(tenant(0)), 10 * queue.expected_wait(tenant(1)));
  EXPECT_GT(queue.expected_wait(tenant(1)), queue.expected_wait(tenant(1, 8)));
}

/// Any order of arrivals, departures and withdrawals: never more than the slots, nobody told twice, and once
/// all have left, nothing is in use or waits.
RC_GTEST_PROP(FairQueue, ConservesItsSlots, ()) {
  Options options{.slots = *rc::gen::inRange<std::int64_t>(1, 6),
                  .longest_queue = *rc::gen::inRange<std::size_t>(1, 6),
                  .target = 20ms,
                  .longest = 100ms};
  options.spare = *rc::gen::inRange<std::int64_t>(0, options.slots);
  options.reserved[3] = *rc::gen::inRange<std::int64_t>(0, options.slots + 1);
  FairQueue queue(options);
  MonoTime now = kStart;
  std::vector<Slot> held;
  std::vector<std::shared_ptr<Call>> waiting;
  auto settle = [&] {
    std::erase_if(waiting, [&](auto& call) {
      RC_ASSERT(call->times_told <= 1);
      if (call->times_told == 0) return false;
      if (auto slot = queue.end_wait(call)) held.push_back(*slot);
      return true;
    });
    RC_ASSERT(static_cast<std::int64_t>(held.size()) <= options.slots);
    RC_ASSERT(queue.view().in_use == static_cast<std::int64_t>(held.size()));
    RC_ASSERT(queue.view().waiting == static_cast<std::int64_t>(waiting.size()));
  };
  for (int step : *rc::gen::container<std::vector<int>>(200, rc::gen::inRange(0, 5))) {
    now += std::chrono::milliseconds(*rc::gen::inRange(0, 30));
    std::size_t who = *rc::gen::inRange<std::size_t>(0, 4);
    Share share = tenant(who, static_cast<std::int64_t>(who) + 1, who);
    if (step <= 1) {
      auto call = std::make_shared<Call>();
      if (queue.enter(call, share, now)) waiting.push_back(call);
    } else if (step == 2) {
      if (auto slot = queue.try_enter(share, now)) held.push_back(*slot);
    } else if (step == 3 && !held.empty()) {
      std::size_t which = *rc::gen::inRange<std::size_t>(0, held.size());
      Slot slot = held[which];
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(which));
      queue.leave(slot, now);
    } else if (step == 4 && !waiting.empty()) {
      RC_ASSERT(!queue.end_wait(waiting.back()));
      waiting.pop_back();
    }
    settle();
  }
  while (!held.empty() || !waiting.empty()) {
    if (held.empty()) {
      RC_ASSERT(!queue.end_wait(waiting.back()));
      waiting.pop_back();
      continue;
    }
    Slot slot = held.back();
    held.pop_back();
    queue.leave(slot, now);
    settle();
  }
  RC_ASSERT(queue.view().in_use == 0);
  RC_ASSERT(queue.view().waiting == 0);
}

TEST(FairQueue, ManyThreadsNeverPassTheSlots) {
  FairQueue queue({.slots = 3, .longest_queue = 8});
  std::atomic<int> in_use{0}, most{0}, served{0};
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      SystemClock clock;
      for (int i = 0; i < 500; ++i) {
        auto call = std::make_shared<Call>();
        if (!queue.enter(call, tenant(t % 3), clock.mono())) continue;
        while (call->times_told == 0) std::this_thread::yield();
        auto slot = queue.end_wait(call);
        if (!slot) continue;
        int now = ++in_use;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        ++served;
        --in_use;
        queue.leave(*slot, clock.mono());
      }
    });
  threads.clear();
  EXPECT_LE(most, 3);
  EXPECT_EQ(served, 3000);
  EXPECT_EQ(queue.view().in_use, 0);
}

}  // namespace
}  // namespace bailiwick::metering
