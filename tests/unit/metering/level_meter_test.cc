// Levels: a request is admitted by the installation, the tenant, the program and the token, or by none.
#include "metering/level_meter.h"

#include <map>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "metering/meter.h"

namespace bailiwick::metering {
namespace {

using namespace std::chrono_literals;

class Journal final : public SliceJournal {
 public:
  Status grant(std::string_view chain, std::string_view window, PicoDollars granted) override {
    MutexLock lock(mutex);
    grants[std::string(chain) + " " + std::string(window)] = granted;
    return {};
  }
  void alert(const BudgetAlert& alert) override {
    MutexLock lock(mutex);
    alerts.push_back(alert.window + " " + std::to_string(alert.percent));
  }
  Mutex mutex;
  std::map<std::string, PicoDollars> grants;
  std::vector<std::string> alerts;
};

constexpr Payer kIntake{.program = "intake", .token = ""};
constexpr Payer kToken{.program = "intake", .token = "token:tok_1"};

struct Rig {
  Rig() { boot(); }
  void boot() {
    installation = make_installation_meter(journal);
    meter = TenantMeter::create("acme", {}, journal, clock, installation).value();
    limit();
    for (const auto& [name, granted] : journal.grants) {
      std::size_t space = name.find(' ');
      if (name.substr(0, space) == "_platform")
        installation->restore(name.substr(space + 1), granted);
      else
        meter->restore(name.substr(space + 1), granted);
    }
  }
  void limit() {
    EXPECT_TRUE(installation->set_limits(of_installation, clock.mono()));
    EXPECT_TRUE(meter->set_limits(of_tenant));
    EXPECT_TRUE(meter->set_program_limits({{"intake", of_program}}));
    EXPECT_TRUE(meter->set_token_limits("token:tok_1", of_token));
  }

  ManualClock clock{*parse_rfc3339("2026-11-25T12:00:00Z")};
  Journal journal;
  Limits of_installation, of_tenant, of_program, of_token;
  std::shared_ptr<LevelMeter> installation;
  std::shared_ptr<TenantMeter> meter;
};

Demand costing(std::int64_t pico) {
  return {.cost = PicoDollars(pico)};
}

TEST(Levels, TheNarrowestLimitHoldsForItselfAlone) {
  Rig rig;
  rig.of_token.daily_budget = PicoDollars(100);
  rig.of_program.daily_budget = PicoDollars(300);
  rig.of_tenant.daily_budget = PicoDollars(500);
  rig.limit();
  rig.meter->admit(costing(100), kToken)->settle({.cost = PicoDollars(100)});
  auto token = rig.meter->admit(costing(1), kToken);
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().reason, "budget.daily");
  EXPECT_NE(token.error().message.find("of this token"), std::string::npos);
  rig.meter->admit(costing(200), kIntake)->settle({.cost = PicoDollars(200)});
  EXPECT_NE(rig.meter->admit(costing(1), kIntake).error().message.find("program 'intake'"),
            std::string::npos);
  rig.meter->admit(costing(200))->settle({.cost = PicoDollars(200)});
  EXPECT_EQ(rig.meter->admit(costing(1)).error().reason, "budget.daily");
}

TEST(Levels, WhatOneLevelRefusesNoOtherCounts) {
  Rig rig;
  rig.of_tenant = {.requests_per_minute = 10,
                   .tokens_per_minute = 1000,
                   .max_concurrent_requests = 5,
                   .daily_budget = PicoDollars(1000)};
  rig.of_token = {.requests_per_minute = 1};
  rig.limit();
  rig.meter->admit({.tokens = 10, .cost = PicoDollars(10)}, kToken)
      ->settle({.tokens = 10, .cost = PicoDollars(10)});
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(rig.meter->admit({.tokens = 10, .cost = PicoDollars(10)}, kToken).error().reason,
              "rate.requests");
  MeterView view = rig.meter->view();
  EXPECT_EQ(view.requests->remaining, 9);
  EXPECT_EQ(view.tokens->remaining, 990);
  EXPECT_EQ(view.concurrent, 0);
  EXPECT_EQ(view.windows[0].reserved, PicoDollars());
  EXPECT_EQ(view.windows[0].spent, PicoDollars(10));
  EXPECT_EQ(view.rolled_back_total, 20);
}

TEST(Levels, TheInstallationsLimitNamesNoNumbers) {
  Rig rig;
  rig.of_installation = {.requests_per_minute = 3, .daily_budget = PicoDollars(777)};
  rig.limit();
  auto refused = rig.meter->admit(costing(778));
  EXPECT_EQ(refused.error().reason, "budget.installation");
  EXPECT_EQ(refused.error().message.find("777"), std::string::npos);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(rig.meter->admit({}));
  refused = rig.meter->admit({});
  EXPECT_EQ(refused.error().code, ErrorCode::kRateLimited);
  EXPECT_NE(refused.error().message.find("installation"), std::string::npos);
  EXPECT_FALSE(rig.meter->rates().requests) << "how busy others are is not shown";
}

TEST(Levels, TheHeadersShowTheRateWithTheLeastLeft) {
  Rig rig;
  rig.of_tenant.requests_per_minute = 10;
  rig.of_token.requests_per_hour = 100;
  rig.limit();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(rig.meter->admit({}, kToken));
  EXPECT_EQ(rig.meter->rates(kToken).requests->limit, 10);
  rig.clock.advance(1min);
  EXPECT_EQ(rig.meter->rates(kToken).requests->limit, 100);
  EXPECT_EQ(rig.meter->rates().requests->limit, 10);
}

TEST(Levels, EveryLevelsSpendOutlivesTheProcess) {
  Rig rig;
  rig.of_token.daily_budget = rig.of_program.monthly_budget = rig.of_installation.daily_budget =
      PicoDollars(1024);
  rig.limit();
  rig.meter->admit(costing(1000), kToken)->settle({.cost = PicoDollars(1000)});
  rig.boot();
  for (Payer payer : {kToken, kIntake, Payer{}})
    EXPECT_FALSE(rig.meter->admit(costing(500), payer)) << payer.program << payer.token;
  EXPECT_TRUE(rig.journal.grants.contains("acme token:tok_1/day:2026-11-25"));
  EXPECT_TRUE(rig.journal.grants.contains("acme program:intake/month:2026-11"));
  EXPECT_TRUE(rig.journal.grants.contains("_platform day:2026-11-25"));
}

TEST(Levels, SpendOfALevelThatHasNoLimitsAnyMoreIsRestored) {
  Rig rig;
  rig.of_program.requests_per_minute = 10;
  rig.of_token.requests_per_minute = 10;
  rig.limit();
  rig.meter->admit(costing(100), kToken)->settle({.cost = PicoDollars(100)});
  rig.of_program = rig.of_token = {};
  rig.boot();
  EXPECT_TRUE(rig.meter->admit(costing(1), kToken));
  EXPECT_EQ(rig.meter->limited("intake", Span::kDay).error().reason, "budget.unlimited");
}

TEST(Levels, LimitsThatAreTakenAwayKeepTheirCounts) {
  Rig rig;
  rig.of_program.daily_budget = PicoDollars(100);
  rig.limit();
  rig.meter->admit(costing(100), kIntake)->settle({.cost = PicoDollars(100)});
  EXPECT_TRUE(rig.meter->set_program_limits({}));
  EXPECT_TRUE(rig.meter->admit(costing(50), kIntake));
  rig.limit();
  EXPECT_FALSE(rig.meter->admit(costing(1), kIntake));
}

TEST(Levels, AlertsComeOnceEachAndOfTheHighestShareAlone) {
  Rig rig;
  rig.of_tenant.daily_budget = PicoDollars(1000);
  rig.of_program.monthly_budget = PicoDollars(600);
  rig.limit();
  auto spend = [&](std::int64_t pico) {
    rig.meter->admit(costing(pico), kIntake)->settle({.cost = PicoDollars(pico)});
  };
  spend(299);
  EXPECT_TRUE(rig.journal.alerts.empty());
  spend(1);
  spend(1);
  spend(299);
  EXPECT_EQ(rig.journal.alerts,
            (std::vector<std::string>{"program:intake/month:2026-11 50", "day:2026-11-25 50",
                                      "program:intake/month:2026-11 100"}));
  rig.boot();
  rig.meter->admit(costing(250))->settle({.cost = PicoDollars(250)});
  EXPECT_EQ(rig.journal.alerts.back(), "day:2026-11-25 80") << "and after a restart only what is new";
  EXPECT_EQ(rig.journal.alerts.size(), 4U);
}

TEST(Levels, ABudgetThatOnlyWarnsRefusesNothing) {
  Rig rig;
  rig.of_tenant = {.daily_budget = PicoDollars(100), .enforcement = Enforcement::kWarn};
  rig.limit();
  rig.meter->admit(costing(500))->settle({.cost = PicoDollars(500)});
  EXPECT_TRUE(rig.meter->admit(costing(500)));
  EXPECT_EQ(rig.journal.alerts, std::vector<std::string>{"day:2026-11-25 100"});
  EXPECT_GE(rig.meter->budget_used(), 5.0);
}

TEST(Levels, ABudgetThatExpectsLetsWhatIsInFlightEnd) {
  Rig rig;
  rig.of_tenant = {.daily_budget = PicoDollars(100), .enforcement = Enforcement::kExpected};
  rig.limit();
  auto call = rig.meter->admit(costing(80));
  EXPECT_TRUE(call->top_up(PicoDollars(50)));
  call->settle({.cost = PicoDollars(130)});
  EXPECT_EQ(rig.meter->view().windows[0].spent, PicoDollars(130));
  EXPECT_EQ(rig.meter->view().windows[0].reserved, PicoDollars());
  EXPECT_FALSE(rig.meter->admit(costing(1)));
  EXPECT_EQ(rig.meter->enforcement(), Enforcement::kExpected);
}

TEST(Levels, AStrictLevelBesideAnExpectingOneStaysStrict) {
  Rig rig;
  rig.of_tenant = {.daily_budget = PicoDollars(100), .enforcement = Enforcement::kExpected};
  rig.of_token.daily_budget = PicoDollars(120);
  rig.limit();
  EXPECT_EQ(rig.meter->enforcement(kToken), Enforcement::kStrict);
  auto call = rig.meter->admit(costing(80), kToken);
  EXPECT_TRUE(call->top_up(PicoDollars(20)));
  EXPECT_EQ(call->top_up(PicoDollars(1)).error().reason, "budget.exhausted");
  call->settle({.cost = PicoDollars(100)});
  EXPECT_EQ(rig.meter->view().windows[0].spent, PicoDollars(100));
}

TEST(Levels, ARaisedBudgetHoldsForItsWindowAlone) {
  Rig rig;
  rig.of_tenant.daily_budget = PicoDollars(100);
  rig.of_program.monthly_budget = PicoDollars(1000);
  rig.limit();
  rig.meter->admit(costing(100))->settle({.cost = PicoDollars(100)});
  EXPECT_FALSE(rig.meter->admit(costing(1)));
  WindowSpend day = rig.meter->limited("", Span::kDay).value();
  EXPECT_EQ(day.window, "day:2026-11-25");
  rig.meter->raise(day.window, PicoDollars(50));
  EXPECT_FALSE(rig.meter->admit(costing(51)));
  rig.meter->admit(costing(50))->settle({.cost = PicoDollars(50)});
  EXPECT_EQ(rig.meter->budget_left(), PicoDollars());
  rig.clock.advance(24h);
  EXPECT_FALSE(rig.meter->admit(costing(101)));
  EXPECT_TRUE(rig.meter->admit(costing(100)));
  EXPECT_EQ(rig.meter->limited("intake", Span::kMonth)->window, "program:intake/month:2026-11");
  EXPECT_EQ(rig.meter->limited("intake", Span::kDay).error().reason, "budget.unlimited");
  EXPECT_EQ(rig.meter->limited("other", Span::kDay).error().reason, "budget.unlimited");
}

TEST(Levels, ARaiseOutlivesTheProcessAndOpensNoWindowEarly) {
  Rig rig;
  rig.of_tenant.daily_budget = PicoDollars(100);
  rig.limit();
  rig.meter->admit(costing(100))->settle({.cost = PicoDollars(100)});
  rig.boot();
  rig.meter->raise("day:2026-11-25", PicoDollars(30));
  EXPECT_TRUE(rig.meter->admit(costing(30)));
  EXPECT_EQ(rig.meter->levels().size(), 1U);
  EXPECT_EQ(rig.meter->levels()[0].windows[0].raised, PicoDollars(30));
}

/// Any mixture of requests at any levels, against counters kept by hand.
RC_GTEST_PROP(Levels, MoneyIsConservedAtEveryLevel, ()) {
  Rig rig;
  const auto limit = [] { return PicoDollars(*rc::gen::inRange<std::int64_t>(1, 2000)); };
  rig.of_installation.daily_budget = limit();
  rig.of_tenant.daily_budget = limit();
  rig.of_program.daily_budget = limit();
  rig.of_token.daily_budget = limit();
  rig.limit();
  struct Flight {
    Admission admission;
    int depth;
  };
  std::vector<Flight> flights;
  std::array<std::int64_t, 4> spent{}, reserved{};  // of installation, tenant, program, token
  const std::array<std::int64_t, 4> limits{
      rig.of_installation.daily_budget->pico(), rig.of_tenant.daily_budget->pico(),
      rig.of_program.daily_budget->pico(), rig.of_token.daily_budget->pico()};
  const auto payer = [](int depth) { return depth == 2 ? Payer{} : depth == 3 ? kIntake : kToken; };
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
      rc::gen::tuple(rc::gen::inRange(0, 3), rc::gen::inRange(2, 5), rc::gen::inRange(0, 800)));
  for (auto [kind, depth, amount] : steps) {
    auto count = [&](std::array<std::int64_t, 4>& sums, int levels, std::int64_t by) {
      for (int i = 0; i < levels; ++i) sums[static_cast<std::size_t>(i)] += by;
    };
    auto fits = [&](int levels, std::int64_t more) {
      for (int i = 0; i < levels; ++i) {
        auto at = static_cast<std::size_t>(i);
        if (more > 0 && spent[at] + reserved[at] + more > limits[at]) return false;
      }
      return true;
    };
    if (kind == 0) {
      auto admitted = rig.meter->admit(costing(amount), payer(depth));
      RC_ASSERT(admitted.has_value() == fits(depth, amount));
      if (!admitted) continue;
      count(reserved, depth, amount);
      flights.push_back({std::move(*admitted), depth});
    } else if (!flights.empty()) {
      Flight& flight = flights.back();
      if (kind == 1) {
        bool topped = flight.admission.top_up(PicoDollars(amount)).has_value();
        RC_ASSERT(topped == fits(flight.depth, amount));
        if (topped) count(reserved, flight.depth, amount);
        continue;
      }
      std::int64_t held = flight.admission.reserved().pico(), used = held * amount / 800;
      flight.admission.settle({.cost = PicoDollars(used)});
      count(reserved, flight.depth, -held);
      count(spent, flight.depth, used);
      flights.pop_back();
    }
    auto window = rig.meter->view().windows[0];
    RC_ASSERT(window.spent.pico() == spent[1]);
    RC_ASSERT(window.reserved.pico() == reserved[1]);
    RC_ASSERT(rig.installation->windows({rig.clock.mono(), rig.clock.wall()})[0].spent.pico() == spent[0]);
  }
}

TEST(Levels, ManyThreadsAtManyLevelsNeverPassAnyLimitAndUseItUp) {
  constexpr std::int64_t kCost = 7;
  Rig rig;
  rig.of_installation = {.max_concurrent_requests = 3};
  rig.of_tenant = {.daily_budget = PicoDollars(20'000)};
  rig.of_token = {.daily_budget = PicoDollars(5'000)};
  rig.limit();
  std::atomic<std::int64_t> by_token{0}, by_others{0}, inside{0};
  std::atomic<bool> crowded{false};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const Payer payer = t % 2 == 0 ? kToken : kIntake;
      while (true) {
        auto admission = rig.meter->admit(costing(kCost), payer);
        if (!admission && admission.error().code == ErrorCode::kRateLimited) continue;
        if (!admission) return;
        if (++inside > 3) crowded = true;
        --inside;
        (t % 2 == 0 ? by_token : by_others) += kCost;
        admission->settle({.cost = PicoDollars(kCost)});
      }
    });
  }
  threads.clear();
  EXPECT_FALSE(crowded);
  EXPECT_LE(by_token, 5'000);
  EXPECT_LE(by_token + by_others, 20'000);
  EXPECT_GT(by_token + by_others, 20'000 - 4 * kCost) << "the others go on until the tenant's money ends";
  EXPECT_EQ(rig.meter->view().windows[0].spent, PicoDollars(by_token + by_others));
}

/// While some hand slices back and some take them, what is journalled covers what is committed.
TEST(Levels, HandingBackBesideTakersLosesNothing) {
  Rig rig;
  rig.of_tenant.daily_budget = PicoDollars(100'000'000);
  rig.limit();
  std::atomic<bool> stop{false};
  std::vector<std::jthread> threads;
  threads.emplace_back([&] {
    while (!stop) EXPECT_TRUE(rig.meter->hand_back());
  });
  std::atomic<std::int64_t> spent{0};
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) {
        auto call = rig.meter->admit(costing(11));
        ASSERT_TRUE(call);
        call->settle({.cost = PicoDollars(11)});
        spent += 11;
      }
    });
  }
  threads[1].join();
  threads[2].join();
  stop = true;
  threads[0].join();
  EXPECT_EQ(rig.meter->view().windows[0].spent, PicoDollars(spent));
  EXPECT_GE(rig.journal.grants["acme day:2026-11-25"], PicoDollars(spent));
}

}  // namespace
}  // namespace bailiwick::metering
