// What counting a request costs: `meter_bench CASE THREADS SECONDS` prints nanoseconds, one a line and
// thread.
//
// Cases: `gauge`, `rate` and `budget` are one counter, taken and given back; `open` a tenant without limits;
// `levels` a request that four levels count, each with a gauge, six rates and two budgets.
#include <chrono>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "metering/level_meter.h"
#include "metering/meter.h"

namespace {

using namespace bailiwick;            // NOLINT(google-build-using-namespace)
using namespace bailiwick::metering;  // NOLINT(google-build-using-namespace)
using SteadyClock = std::chrono::steady_clock;

class NoJournal final : public SliceJournal {
 public:
  Status grant(std::string_view, std::string_view, PicoDollars) override { return {}; }
  void alert(const BudgetAlert&) override {}
};

constexpr std::int64_t kPlenty = 1'000'000'000'000;
Limits plenty() {
  return {.requests_per_second = kPlenty,
          .requests_per_minute = kPlenty,
          .requests_per_hour = kPlenty,
          .tokens_per_second = kPlenty,
          .tokens_per_minute = kPlenty,
          .tokens_per_hour = kPlenty,
          .max_concurrent_requests = kPlenty,
          .daily_budget = PicoDollars::dollars(1'000'000),
          .monthly_budget = PicoDollars::dollars(1'000'000)};
}

struct Everything {
  explicit Everything(const Limits& limits)
      : installation(make_installation_meter(journal)),
        tenant(TenantMeter::create("acme", limits, journal, clock, installation).value()) {
    (void)installation->set_limits(limits, clock.mono());
    if (limits.unlimited()) return;
    (void)tenant->set_program_limits({{"intake", limits}});
    (void)tenant->set_token_limits("token:tok_1", limits);
  }
  void request() {
    auto admission = tenant->admit({.tokens = 700, .cost = PicoDollars(2'000'000)}, payer);
    if (!admission) std::abort();
    admission->settle({.tokens = 500, .cost = PicoDollars(1'000'000)});
  }

  NoJournal journal;
  SystemClock clock;
  std::shared_ptr<LevelMeter> installation;
  std::shared_ptr<TenantMeter> tenant;
  Payer payer{.program = "intake", .token = "token:tok_1"};
};

/// Until `seconds` are over; prints what one call took.
void measure(const std::function<void()>& once, int threads, double seconds) {
  const auto end = SteadyClock::now() + std::chrono::duration<double>(seconds);
  auto work = [&] {
    constexpr int kBatch = 1000;
    std::int64_t calls = 0;
    const auto start = SteadyClock::now();
    auto now = start;
    for (; now < end; now = SteadyClock::now(), calls += kBatch) {
      for (int i = 0; i < kBatch; ++i) once();
    }
    fmt::print("{:.2f}\n",
               std::chrono::duration<double, std::nano>(now - start).count() / static_cast<double>(calls));
  };
  std::vector<std::jthread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back(work);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: meter_bench gauge|rate|budget|open|levels THREADS SECONDS\n");
    return 2;
  }
  Gauge gauge;
  gauge.set_limit(kPlenty);
  SystemClock clock;
  const MonoTime now = clock.mono();
  Rate rate(std::chrono::seconds(1));
  rate.set_limit(kPlenty, now);
  Budget budget(Span::kDay, [](std::string_view, PicoDollars) { return Status(); });
  budget.set_limit(PicoDollars::dollars(1'000'000), Budget::Limit::kHolds, Calendar::in("UTC").value());
  const Moment moment{now, clock.wall()};
  Everything open{Limits{}}, limited(plenty());
  const std::map<std::string, std::function<void()>> cases{
      {"gauge", [&] { gauge.take(), gauge.give_back(); }},
      {"rate", [&] { (void)rate.take(1, now), rate.give_back(1, {1, now}, now); }},
      {"budget",
       [&] {
         Account& account = budget.at(moment);
         (void)budget.reserve(account, PicoDollars(1000));
         (void)budget.settle(account, PicoDollars(1000), PicoDollars(1));
       }},
      {"open", [&] { open.request(); }},
      {"levels", [&] { limited.request(); }}};
  auto found = cases.find(argv[1]);
  if (found == cases.end()) return 2;
  measure(found->second, std::atoi(argv[2]), std::atof(argv[3]));
}
