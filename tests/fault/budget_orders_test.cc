// Three calls against one budget, in every order that their steps can have, with the process dying after
// every step or not at all: 40,320 histories, none left out. What providers may have billed never passes the
// limit, and nothing stays reserved.
#include <gtest/gtest.h>

#include "metering/meter.h"
#include "support/model_rig.h"

namespace bailiwick::metering {
namespace {

constexpr std::int64_t kLimit = 10;
constexpr std::array<std::int64_t, 3> kReserves{3, 5, 4};
constexpr std::int64_t kTopUp = 2;
constexpr std::array<int, 3> kSteps{3, 3, 2};  ///< admit, top up, end; the last call is not topped up
constexpr int kCalls = 3, kAllSteps = 8;

/// How a call ends: its provider bills all that was reserved, or nothing.
enum class End { kBilled, kDropped };

class History {
 public:
  History() { boot(); }

  void step(int call, End end) {
    int step = steps_[call]++;
    switch (step == kSteps[call] - 1 ? 2 : step) {
      case 0:
        if (auto admitted = meter_->admit(costing(kReserves[call])))
          calls_[call].emplace(std::move(*admitted));
        break;
      case 1:
        if (calls_[call]) (void)calls_[call]->top_up(PicoDollars(kTopUp));
        break;
      default:
        finish(call, end);
    }
    EXPECT_LE(billed_, kLimit);
  }
  /// Whatever was in flight may be billed in full.
  void crash() {
    for (auto& call : calls_) {
      if (call) billed_ += call->reserved().pico();
    }
    calls_ = {};
    boot();
    EXPECT_LE(billed_, kLimit);
  }
  /// Uses up what is left, one by one.
  void drain() {
    for (int i = 0; i <= kLimit; ++i) {
      auto admitted = meter_->admit(costing(1));
      if (!admitted) break;
      admitted->settle({.cost = PicoDollars(1)});
      ++billed_;
    }
    EXPECT_LE(billed_, kLimit);
    EXPECT_EQ(meter_->view().windows.at(0).reserved, PicoDollars());
  }
  std::int64_t billed() const { return billed_; }

 private:
  static Demand costing(std::int64_t cost) {
    Demand demand;
    demand.cost = PicoDollars(cost);
    return demand;
  }
  void finish(int call, End end) {
    if (!calls_[call]) return;
    std::int64_t used = end == End::kBilled ? calls_[call]->reserved().pico() : 0;
    calls_[call]->settle({.cost = PicoDollars(used)});
    calls_[call].reset();
    billed_ += used;
  }
  void boot() {
    Limits limits;
    limits.daily_budget = PicoDollars(kLimit);
    meter_ = TenantMeter::create("acme-corp", limits, journal_, clock_).value();
    for (const auto& [window, granted] : journal_.grants) meter_->restore(window, granted);
  }

  ManualClock clock_{*parse_rfc3339("2026-11-25T12:00:00Z")};
  testing_support::GrantLog journal_;
  std::shared_ptr<TenantMeter> meter_;
  std::array<std::optional<Admission>, kCalls> calls_;
  std::array<int, kCalls> steps_{};
  std::int64_t billed_ = 0;
};

TEST(BudgetOrders, NoOrderAndNoCrashPassesTheLimit) {
  std::vector<int> order;
  for (int call = 0; call < kCalls; ++call) order.insert(order.end(), kSteps[call], call);
  int histories = 0;
  std::int64_t most_without_crash = 0;
  do {
    for (int ends = 0; ends < 1 << kCalls; ++ends) {
      for (int crash_after = 0; crash_after <= kAllSteps; ++crash_after) {
        History history;
        for (int at = 0; at < kAllSteps; ++at) {
          int call = order[static_cast<std::size_t>(at)];
          history.step(call, ends >> call & 1 ? End::kBilled : End::kDropped);
          if (at + 1 == crash_after) history.crash();
        }
        history.drain();
        if (crash_after == 0) most_without_crash = std::max(most_without_crash, history.billed());
        ++histories;
        ASSERT_FALSE(testing::Test::HasFailure())
            << testing::PrintToString(order) << " ends " << ends << " crash " << crash_after;
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
  EXPECT_EQ(histories, 560 * 8 * 9);
  EXPECT_EQ(most_without_crash, kLimit) << "without a crash all of it can be used";
}

}  // namespace
}  // namespace bailiwick::metering
