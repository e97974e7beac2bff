// A tenant's meter: exact limits, reservations that settle, windows that roll, and nothing given back by
// crashes or clocks.
#include "metering/meter.h"

#include <map>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::metering {
namespace {

using namespace std::chrono_literals;

/// What a journal on disk would know after a crash.
class RecordingJournal final : public SliceJournal {
 public:
  Status grant(std::string_view, std::string_view window, PicoDollars granted) override {
    if (full) return fail(ErrorCode::kUnavailable, "ledger.full", "the disk is full");
    grants[std::string(window)] = granted;
    ++calls;
    return {};
  }
  void alert(const BudgetAlert& alert) override {
    alerts.push_back(alert.window + " " + std::to_string(alert.percent));
  }
  std::map<std::string, PicoDollars> grants;
  std::vector<std::string> alerts;
  int calls = 0;
  bool full = false;
};

struct Rig {
  explicit Rig(Limits start = {}) : limits(std::move(start)) { boot(); }
  /// A fresh process that knows only what was journalled.
  void boot() {
    meter = TenantMeter::create("acme", limits, journal, clock).value();
    for (const auto& [window, granted] : journal.grants) meter->restore(window, granted);
  }
  PicoDollars spent(std::size_t window) const { return meter->view().windows.at(window).spent; }

  ManualClock clock{*parse_rfc3339("2026-11-25T12:00:00Z")};
  RecordingJournal journal;
  Limits limits;
  std::shared_ptr<TenantMeter> meter;
};

Limits daily(std::int64_t pico) {
  return {.daily_budget = PicoDollars(pico)};
}
Demand costing(std::int64_t pico) {
  return {.cost = PicoDollars(pico)};
}

TEST(TenantMeter, ExactlyAtTheBudgetIsAllowedAndOneMoreIsNot) {
  Rig rig(daily(1000));
  rig.meter->admit(costing(1000))->settle({.cost = PicoDollars(1000)});
  auto refused = rig.meter->admit(costing(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPaymentRequired);
  EXPECT_EQ(refused.error().reason, "budget.daily");
  EXPECT_EQ(refused.error().retry_after_seconds, 12 * 3600);
  EXPECT_NE(refused.error().message.find("2026-11-26T00:00:00"), std::string::npos);
}

TEST(TenantMeter, WhatIsFreePassesAnEmptyBudget) {
  Rig rig(daily(0));
  EXPECT_TRUE(rig.meter->admit({}));
  EXPECT_FALSE(rig.meter->admit(costing(1)));
}

TEST(TenantMeter, SettlingReturnsWhatWasNotUsed) {
  Rig rig(daily(1000));
  auto held = rig.meter->admit(costing(900));
  EXPECT_FALSE(rig.meter->admit(costing(200)));
  held->settle({.cost = PicoDollars(100)});
  EXPECT_TRUE(rig.meter->admit(costing(900)));
}

TEST(TenantMeter, DroppingAnAdmissionReturnsItWhole) {
  Rig rig({.tokens_per_minute = 100, .max_concurrent_requests = 1, .daily_budget = PicoDollars(1000)});
  {
    auto held = rig.meter->admit({.tokens = 100, .cost = PicoDollars(1000)});
  }
  EXPECT_TRUE(rig.meter->admit({.tokens = 100, .cost = PicoDollars(1000)}));
  EXPECT_EQ(rig.spent(0), PicoDollars());
}

TEST(TenantMeter, AMovedAdmissionSettlesOnce) {
  Rig rig(daily(1000));
  Admission first = std::move(*rig.meter->admit(costing(400)));
  Admission second = std::move(*rig.meter->admit(costing(600)));
  first = std::move(second);
  first.settle({.cost = PicoDollars(600)});
  first.settle({.cost = PicoDollars(600)});
  EXPECT_EQ(rig.spent(0), PicoDollars(600));
  EXPECT_TRUE(rig.meter->admit(costing(400)));
}

TEST(TenantMeter, ADemandMayTakeWhatIsLeft) {
  Rig rig(daily(1000));
  auto most = rig.meter->admit({.cost = PicoDollars(5000), .least_cost = PicoDollars(100)});
  ASSERT_TRUE(most);
  EXPECT_EQ(most->reserved(), PicoDollars(1000));
  EXPECT_FALSE(rig.meter->admit({.cost = PicoDollars(5000), .least_cost = PicoDollars(100)}));
}

TEST(TenantMeter, ToppingUpStopsAtTheLimitAndKeepsWhatIsHeld) {
  Rig rig(daily(1000));
  auto held = rig.meter->admit(costing(600));
  EXPECT_TRUE(held->top_up(PicoDollars(400)));
  auto over = held->top_up(PicoDollars(1));
  ASSERT_FALSE(over);
  EXPECT_EQ(over.error().reason, "budget.exhausted");
  EXPECT_EQ(held->reserved(), PicoDollars(1000));
}

TEST(TenantMeter, ADebtPastTheReservationIsBooked) {
  Rig rig(daily(1000));
  rig.meter->admit(costing(500))->settle({.cost = PicoDollars(1500)});
  EXPECT_EQ(rig.spent(0), PicoDollars(1500));
  EXPECT_EQ(rig.journal.grants["day:2026-11-25"], PicoDollars(1500));
  EXPECT_FALSE(rig.meter->admit(costing(1)));
}

TEST(TenantMeter, TheMonthHoldsWhenTheDayIsNew) {
  Rig rig({.daily_budget = PicoDollars(1000), .monthly_budget = PicoDollars(1500)});
  rig.meter->admit(costing(1000))->settle({.cost = PicoDollars(1000)});
  rig.clock.advance(12h);
  EXPECT_EQ(rig.meter->admit(costing(501)).error().reason, "budget.monthly");
  EXPECT_TRUE(rig.meter->admit(costing(500)));
}

TEST(TenantMeter, ACallAcrossMidnightCountsWhereItBegan) {
  Rig rig(daily(1000));
  auto held = rig.meter->admit(costing(800));
  rig.clock.advance(12h);
  auto today = rig.meter->admit(costing(1000));
  ASSERT_TRUE(today);
  held->settle({.cost = PicoDollars(700)});
  today->settle({.cost = PicoDollars(300)});
  EXPECT_EQ(rig.spent(0), PicoDollars(300));
  EXPECT_EQ(rig.spent(1), PicoDollars(1000));
}

TEST(TenantMeter, AClockThatIsSetBackRefundsNothing) {
  Rig rig(daily(1000));
  rig.meter->admit(costing(1000))->settle({.cost = PicoDollars(1000)});
  rig.clock.jump_wall(-72h);
  EXPECT_FALSE(rig.meter->admit(costing(1)));
  rig.boot();
  EXPECT_FALSE(rig.meter->admit(costing(1))) << "not after a restart either";
}

TEST(TenantMeter, ARestartOnTheNextDayStillKnowsTheDayBefore) {
  Rig rig(daily(1000));
  rig.meter->admit(costing(1000))->settle({.cost = PicoDollars(1000)});
  rig.clock.advance(24h);
  rig.boot();
  rig.clock.jump_wall(-24h);
  EXPECT_FALSE(rig.meter->admit(costing(1)));
}

TEST(TenantMeter, AClockThatJumpsAheadAndBackFindsTheAccountItLeft) {
  Rig rig(daily(1000));
  rig.meter->admit(costing(700))->settle({.cost = PicoDollars(700)});
  rig.clock.jump_wall(24h * 900);
  rig.meter->admit(costing(1000))->settle({.cost = PicoDollars(1000)});
  rig.clock.jump_wall(-24h * 900);
  EXPECT_FALSE(rig.meter->admit(costing(301)));
  EXPECT_TRUE(rig.meter->admit(costing(300)));
}

TEST(TenantMeter, AYearAheadAndBackRefundsNeitherDayNorMonth) {
  Rig rig({.daily_budget = PicoDollars(1000), .monthly_budget = PicoDollars(1000)});
  rig.meter->admit(costing(1000))->settle({.cost = PicoDollars(1000)});
  rig.clock.jump_wall(24h * 365);
  EXPECT_TRUE(rig.meter->admit(costing(1))) << "it is another day and another month";
  rig.boot();
  rig.clock.jump_wall(-24h * 365);
  EXPECT_EQ(rig.meter->admit(costing(1)).error().code, ErrorCode::kPaymentRequired);
  rig.boot();
  EXPECT_EQ(rig.meter->admit(costing(1)).error().code, ErrorCode::kPaymentRequired);
}

TEST(TenantMeter, ACallThatSeesTheClockJumpSettlesWhereItBegan) {
  Rig rig(daily(1000));
  auto held = rig.meter->admit(costing(800));
  rig.clock.jump_wall(-24h);
  EXPECT_FALSE(rig.meter->admit(costing(300))) << "what is reserved stays reserved";
  EXPECT_TRUE(held->top_up(PicoDollars(200)));
  held->settle({.cost = PicoDollars(900)});
  EXPECT_EQ(rig.spent(0), PicoDollars(900));
  EXPECT_EQ(rig.journal.grants.at("day:2026-11-25"), PicoDollars(1000));
}

// Rates and slots are counted on the clock that never goes back.
TEST(TenantMeter, RatesDoNotSeeTheCalendar) {
  Rig rig({.requests_per_minute = 2});
  EXPECT_TRUE(rig.meter->admit({}) && rig.meter->admit({}));
  for (auto jump : {24h * 365, -24h * 366}) {
    rig.clock.jump_wall(jump);
    auto refused = rig.meter->admit({});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().retry_after_seconds, 30);
  }
  rig.clock.advance(30s);
  EXPECT_TRUE(rig.meter->admit({}));
}

TEST(TenantMeter, DaysBeginAtTheTenantsMidnight) {
  Limits tokyo = daily(1000);
  tokyo.time_zone = "Asia/Tokyo";
  Rig rig(tokyo);
  rig.meter->admit(costing(1000))->settle({.cost = PicoDollars(1000)});
  rig.clock.advance(3h - 1us);
  EXPECT_FALSE(rig.meter->admit(costing(1)));
  rig.clock.advance(1us);
  EXPECT_TRUE(rig.meter->admit(costing(1000)));
}

TEST(TenantMeter, SlicesAreJournalledBeforeTheyAreUsedAndRarely) {
  Rig rig(daily(1'024'000));
  for (int i = 0; i < 1000; ++i) rig.meter->admit(costing(100))->settle({.cost = PicoDollars(100)});
  EXPECT_GE(rig.journal.grants["day:2026-11-25"], PicoDollars(100'000));
  EXPECT_LE(rig.journal.grants["day:2026-11-25"], PicoDollars(101'000));
  EXPECT_LE(rig.journal.calls, 101);
}

TEST(TenantMeter, AFullJournalAdmitsNothingThatNeedsIt) {
  Rig rig(daily(1000));
  rig.journal.full = true;
  auto refused = rig.meter->admit(costing(10));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  rig.journal.full = false;
  EXPECT_TRUE(rig.meter->admit(costing(1000))) << "the refused request held nothing";
}

TEST(TenantMeter, ACleanStopHandsBackWhatWasNotSpent) {
  Rig rig(daily(1'024'000));
  rig.meter->admit(costing(100))->settle({.cost = PicoDollars(100)});
  EXPECT_EQ(rig.journal.grants["day:2026-11-25"], PicoDollars(1000));
  ASSERT_TRUE(rig.meter->hand_back());
  EXPECT_EQ(rig.journal.grants["day:2026-11-25"], PicoDollars(100));
}

TEST(TenantMeter, ALimitSetLaterKnowsWhatWasSpentBefore) {
  Rig rig;
  rig.meter->admit(costing(700))->settle({.cost = PicoDollars(700)});
  ASSERT_TRUE(rig.meter->set_limits(daily(1000)));
  EXPECT_FALSE(rig.meter->admit(costing(301)));
  EXPECT_TRUE(rig.meter->admit(costing(300)));
}

TEST(TenantMeter, RatesRefuseWithTheTimeToWait) {
  Rig rig({.requests_per_minute = 2});
  EXPECT_TRUE(rig.meter->admit({}));
  EXPECT_TRUE(rig.meter->admit({}));
  auto refused = rig.meter->admit({});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "rate.requests");
  EXPECT_EQ(refused.error().retry_after_seconds, 30);
  rig.clock.advance(30s);
  EXPECT_TRUE(rig.meter->admit({}));
}

TEST(TenantMeter, ARefusedRequestCountsNowhere) {
  Rig rig({.requests_per_minute = 2, .daily_budget = PicoDollars(10)});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(rig.meter->admit(costing(11)).error().reason, "budget.daily");
  EXPECT_EQ(rig.meter->rates().requests->remaining, 2);
}

TEST(TenantMeter, TokensAreReservedByEstimateAndSettledByFact) {
  Rig rig({.tokens_per_minute = 1000});
  rig.meter->admit({.tokens = 1000})->settle({.tokens = 200});
  EXPECT_EQ(rig.meter->rates().tokens->remaining, 800);
  rig.meter->admit({.tokens = 100})->settle({.tokens = 500});
  EXPECT_EQ(rig.meter->rates().tokens->remaining, 300);
  EXPECT_EQ(rig.meter->admit({.tokens = 1001}).error().reason, "rate.tokens");
}

TEST(TenantMeter, ConcurrencyIsASlotPerRequestAndNestedCallsTakeNone) {
  Rig rig({.requests_per_minute = 10, .max_concurrent_requests = 1});
  auto outer = rig.meter->admit({});
  EXPECT_EQ(rig.meter->admit({}).error().reason, "rate.concurrency");
  auto nested = rig.meter->admit({.requests = 0});
  EXPECT_TRUE(nested);
  EXPECT_EQ(rig.meter->rates().requests->remaining, 9);
  EXPECT_EQ(rig.meter->view().concurrent, 1);
}

TEST(TenantMeter, OfTwoCallsForOneRequestTheOneThatGoesOnKeepsTheSlot) {
  Rig rig({.max_concurrent_requests = 1});
  Admission first = rig.meter->admit({}).value();
  Admission second = rig.meter->admit({.requests = 0}).value();
  second.take_request_of(first);
  first.settle({});
  EXPECT_EQ(rig.meter->view().concurrent, 1);
  EXPECT_FALSE(rig.meter->admit({}));
  second.take_request_of(first);  // settled: nothing happens
  second.settle({});
  EXPECT_EQ(rig.meter->view().concurrent, 0);
}

TEST(TenantMeter, BudgetUsedIsTheFullerOfDayAndMonth) {
  Rig rig({.daily_budget = PicoDollars(1000), .monthly_budget = PicoDollars(10'000)});
  EXPECT_EQ(rig.meter->budget_used(), 0);
  auto held = rig.meter->admit(costing(800));
  EXPECT_DOUBLE_EQ(rig.meter->budget_used(), 0.8);
}

/// A random life: requests that overlap, settle, drop and top up, restarts that forget, clocks that jump.
RC_GTEST_PROP(TenantMeter, NeverOverTheBudgetThroughCrashesAndClocks, ()) {
  const auto limit = *rc::gen::inRange<std::int64_t>(1, 100'000);
  Rig rig(daily(limit));
  std::map<std::string, std::int64_t> truth;  // what upstreams really charged, by the day it was reserved in
  struct InFlight {
    Admission admission;
    std::string window;
  };
  std::vector<InFlight> flights;
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
      rc::gen::tuple(rc::gen::inRange(0, 100), rc::gen::inRange(0, 1000), rc::gen::inRange(0, 1000)));
  for (auto [kind, a, b] : steps) {
    if (kind < 45) {
      auto admitted = rig.meter->admit(costing(limit * a / 2000));
      if (admitted) flights.push_back({std::move(*admitted), rig.meter->view().windows[0].window});
    } else if (kind < 80 && !flights.empty()) {
      std::swap(flights[static_cast<std::size_t>(a) % flights.size()], flights.back());
      std::int64_t used = flights.back().admission.reserved().pico() * b / 1000;
      flights.back().admission.settle({.cost = PicoDollars(used)});
      truth[flights.back().window] += used;
      flights.pop_back();
    } else if (kind < 88 && !flights.empty()) {
      (void)flights.back().admission.top_up(PicoDollars(limit * b / 3000));
    } else if (kind < 94) {
      rig.clock.jump_wall(1h * (a % 61 - 30));
    } else {
      // The process dies: every upstream call in flight may have been charged in full.
      for (InFlight& flight : flights) truth[flight.window] += flight.admission.reserved().pico();
      flights.clear();
      rig.boot();
    }
    for (const auto& [window, spent] : truth) RC_ASSERT(spent <= limit);
  }
}

TEST(TenantMeter, ManyThreadsNeverPassTheBudgetAndUseItUp) {
  constexpr std::int64_t kLimit = 20'000, kCost = 7;
  Rig rig({.max_concurrent_requests = 3, .daily_budget = PicoDollars(kLimit)});
  std::atomic<std::int64_t> charged{0}, inside{0}, most_inside{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      while (true) {
        auto admission = rig.meter->admit(costing(kCost));
        if (!admission && admission.error().code == ErrorCode::kRateLimited) continue;
        if (!admission) return;
        std::int64_t now_inside = ++inside, most = most_inside;
        while (now_inside > most && !most_inside.compare_exchange_weak(most, now_inside)) {
        }
        --inside;
        charged += kCost;
        admission->settle({.cost = PicoDollars(kCost)});
      }
    });
  }
  threads.clear();
  EXPECT_LE(charged, kLimit);
  EXPECT_GT(charged, kLimit - 4 * kCost);
  EXPECT_EQ(rig.spent(0), PicoDollars(charged));
  EXPECT_LE(most_inside, 3);
}

}  // namespace
}  // namespace bailiwick::metering
