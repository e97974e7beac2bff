#include "metering/meter.h"

#include <algorithm>
#include <array>
#include <atomic>

#include <fmt/format.h>

#include "base/log.h"
#include "base/mutex.h"
#include "metering/budget.h"
#include "metering/rate.h"

namespace bailiwick::metering {
namespace {

using std::chrono::nanoseconds;

long seconds_up(nanoseconds wait) {
  return static_cast<long>(std::max<std::int64_t>(1, (wait.count() + 999'999'999) / 1'000'000'000));
}

std::unexpected<Error> refuse(ErrorCode code, std::string_view reason, std::string message,
                              long retry_after) {
  Error error(code, reason, std::move(message));
  error.retry_after_seconds = retry_after;
  return std::unexpected(std::move(error));
}

std::optional<RateState> state_of(const std::optional<RateLimit>& rate, MonoTime now) {
  if (!rate) return std::nullopt;
  return RateState{rate->limit(), rate->remaining(now),
                   std::chrono::ceil<std::chrono::milliseconds>(rate->reset(now))};
}

WindowSpend spend_of(const Budget& budget, const Account& account) {
  return {window_name(budget.span(), account.ordinal), account.granted, account.spent, account.reserved,
          budget.limit()};
}

PicoDollars not_negative(PicoDollars amount) {
  return std::max(amount, PicoDollars());
}

}  // namespace

struct alignas(64) TenantMeter::Impl {
  Impl(std::string name, SliceJournal& slices, const Clock& time)
      : tenant(std::move(name)), journal(slices), clock(time) {}

  Status configure(Limits next) BW_REQUIRES(mutex);
  void set_rate(std::optional<RateLimit>& rate, std::optional<std::int64_t> limit, nanoseconds period)
      BW_REQUIRES(mutex);
  Status check_rates(const Demand& demand, MonoTime now) const BW_REQUIRES(mutex);
  /// How much of the demand's money the budgets can hold, or why not enough.
  Result<PicoDollars> affordable(const Demand& demand, WallTime now) BW_REQUIRES(mutex);
  Status refuse_budget(const Budget& budget, const Account& account, WallTime now) const BW_REQUIRES(mutex);
  /// Journals the slices that `extra` needs, then reserves it.
  Status reserve(Account& of_day, Account& of_month, PicoDollars extra) BW_REQUIRES(mutex);
  Status secure(const Budget& budget, Account& account, PicoDollars committed) BW_REQUIRES(mutex);
  void book(const Budget& budget, Account& account, PicoDollars reserved, PicoDollars spent)
      BW_REQUIRES(mutex);
  void release(const Admission& admission, const Usage& used) BW_REQUIRES(mutex);

  const std::string tenant;
  SliceJournal& journal;
  const Clock& clock;
  Habits habits;
  std::atomic<bool> has_budget{false};

  mutable Mutex mutex;
  Limits limits BW_GUARDED_BY(mutex);
  std::optional<RateLimit> per_second BW_GUARDED_BY(mutex);
  std::optional<RateLimit> per_minute BW_GUARDED_BY(mutex);
  std::optional<RateLimit> per_hour BW_GUARDED_BY(mutex);
  std::optional<RateLimit> token_rate BW_GUARDED_BY(mutex);
  Budget day BW_GUARDED_BY(mutex){Span::kDay};
  Budget month BW_GUARDED_BY(mutex){Span::kMonth};
  std::int64_t concurrent BW_GUARDED_BY(mutex) = 0;
  std::int64_t requests_total BW_GUARDED_BY(mutex) = 0;
  std::int64_t tokens_total BW_GUARDED_BY(mutex) = 0;
};

Status TenantMeter::Impl::configure(Limits next) {
  TRY(Calendar calendar, Calendar::in(next.time_zone));
  set_rate(per_second, next.requests_per_second, std::chrono::seconds(1));
  set_rate(per_minute, next.requests_per_minute, std::chrono::minutes(1));
  set_rate(per_hour, next.requests_per_hour, std::chrono::hours(1));
  set_rate(token_rate, next.tokens_per_minute, std::chrono::minutes(1));
  day.set_limit(next.daily_budget, calendar);
  month.set_limit(next.monthly_budget, calendar);
  has_budget = next.daily_budget.has_value() || next.monthly_budget.has_value();
  limits = std::move(next);
  return {};
}

void TenantMeter::Impl::set_rate(std::optional<RateLimit>& rate, std::optional<std::int64_t> limit,
                                 nanoseconds period) {
  if (!limit)
    rate.reset();
  else if (rate)
    rate = rate->with_limit(*limit, clock.mono());
  else
    rate.emplace(*limit, period);
}

Status TenantMeter::Impl::check_rates(const Demand& demand, MonoTime now) const {
  if (demand.requests > 0 && limits.max_concurrent_requests &&
      concurrent >= *limits.max_concurrent_requests) {
    return refuse(
        ErrorCode::kRateLimited, "rate.concurrency",
        fmt::format("{} requests are in progress, as many as allowed; let one finish first", concurrent), 1);
  }
  for (const auto* rate : {&per_second, &per_minute, &per_hour}) {
    if (!*rate) continue;
    nanoseconds wait = (*rate)->wait(demand.requests, now);
    if (wait == nanoseconds(0)) continue;
    auto period = std::chrono::duration_cast<std::chrono::seconds>((*rate)->period()).count();
    return refuse(ErrorCode::kRateLimited, "rate.requests",
                  fmt::format("over {} requests per {} s; slow down", (*rate)->limit(), period),
                  seconds_up(wait));
  }
  if (!token_rate) return {};
  nanoseconds wait = token_rate->wait(demand.tokens, now);
  if (wait == nanoseconds(0)) return {};
  if (demand.tokens > token_rate->limit()) {
    return refuse(
        ErrorCode::kRateLimited, "rate.tokens",
        fmt::format("this request alone may use {} tokens and {} per minute are allowed; send less or lower "
                    "max_tokens",
                    demand.tokens, token_rate->limit()),
        seconds_up(wait));
  }
  return refuse(ErrorCode::kRateLimited, "rate.tokens",
                fmt::format("over {} tokens per minute; slow down", token_rate->limit()), seconds_up(wait));
}

Result<PicoDollars> TenantMeter::Impl::affordable(const Demand& demand, WallTime now) {
  PicoDollars wanted = not_negative(demand.cost);
  PicoDollars least = std::min(not_negative(demand.least_cost.value_or(wanted)), wanted);
  for (Budget* budget : {&day, &month}) {
    Account& account = budget->at(now);
    PicoDollars left = budget->available(account);
    // What costs nothing needs no budget, not even one that a debt has passed.
    if (wanted > PicoDollars() && left < std::max(least, PicoDollars(1))) {
      return std::unexpected(refuse_budget(*budget, account, now).error());
    }
    wanted = std::min(wanted, not_negative(left));
  }
  return wanted;
}

Status TenantMeter::Impl::refuse_budget(const Budget& budget, const Account& account, WallTime now) const {
  bool daily = budget.span() == Span::kDay;
  WallTime anew = budget.ends_at(now);
  return refuse(
      ErrorCode::kPaymentRequired, daily ? "budget.daily" : "budget.monthly",
      fmt::format("the {} budget of {} USD does not cover this request: {} USD are spent and {} USD reserved "
                  "by requests in progress; it begins anew at {}",
                  daily ? "daily" : "monthly", budget.limit()->to_decimal(), account.spent.to_decimal(),
                  account.reserved.to_decimal(), to_rfc3339(anew)),
      seconds_up(anew - now));
}

Status TenantMeter::Impl::reserve(Account& of_day, Account& of_month, PicoDollars extra) {
  CHECK_OK(secure(day, of_day, of_day.committed() + extra));
  CHECK_OK(secure(month, of_month, of_month.committed() + extra));
  of_day.reserved += extra;
  of_month.reserved += extra;
  return {};
}

Status TenantMeter::Impl::secure(const Budget& budget, Account& account, PicoDollars committed) {
  if (committed <= account.granted) return {};
  PicoDollars granted = budget.next_grant(account, committed);
  CHECK_OK(journal.grant(tenant, window_name(budget.span(), account.ordinal), granted));
  account.granted = granted;
  return {};
}

void TenantMeter::Impl::book(const Budget& budget, Account& account, PicoDollars reserved,
                             PicoDollars spent) {
  account.reserved = account.reserved - reserved;
  account.spent += spent;
  // Owed is owed: when the journal is full the account still knows, and the next reservation asks again.
  if (auto secured = secure(budget, account, account.committed()); !secured) {
    log_error("budget.journal", {{"tenant", tenant}, {"error", secured.error().message}});
  }
}

void TenantMeter::Impl::release(const Admission& admission, const Usage& used) {
  book(day, day.of(admission.day_), admission.cost_, used.cost);
  book(month, month.of(admission.month_), admission.cost_, used.cost);
  if (admission.holds_slot_) --concurrent;
  if (token_rate) {
    token_rate->give_back(admission.tokens_ - used.tokens);
    token_rate->take(used.tokens - admission.tokens_, clock.mono());
  }
  tokens_total += used.tokens;
}

TenantMeter::TenantMeter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TenantMeter::~TenantMeter() = default;

Result<std::shared_ptr<TenantMeter>> TenantMeter::create(std::string tenant, Limits limits,
                                                         SliceJournal& journal, const Clock& clock) {
  std::shared_ptr<TenantMeter> meter(
      new TenantMeter(std::make_unique<Impl>(std::move(tenant), journal, clock)));
  CHECK_OK(meter->set_limits(std::move(limits)));
  return meter;
}

Status TenantMeter::set_limits(Limits limits) {
  MutexLock lock(impl_->mutex);
  return impl_->configure(std::move(limits));
}

Result<Admission> TenantMeter::admit(const Demand& demand) {
  Impl& state = *impl_;
  MonoTime now = state.clock.mono();
  WallTime calendar_now = state.clock.wall();
  MutexLock lock(state.mutex);
  CHECK_OK(state.check_rates(demand, now));
  TRY(PicoDollars cost, state.affordable(demand, calendar_now));
  Account& of_day = state.day.at(calendar_now);
  Account& of_month = state.month.at(calendar_now);
  CHECK_OK(state.reserve(of_day, of_month, cost));
  for (auto* rate : {&state.per_second, &state.per_minute, &state.per_hour}) {
    if (*rate) (*rate)->take(demand.requests, now);
  }
  if (state.token_rate) state.token_rate->take(demand.tokens, now);
  state.requests_total += demand.requests;
  Admission admission;
  admission.meter_ = shared_from_this();
  admission.tokens_ = demand.tokens;
  admission.cost_ = cost;
  admission.day_ = of_day.ordinal;
  admission.month_ = of_month.ordinal;
  admission.holds_slot_ = demand.requests > 0;
  if (admission.holds_slot_) ++state.concurrent;
  return admission;
}

void TenantMeter::restore(std::string_view window, PicoDollars granted) {
  MutexLock lock(impl_->mutex);
  for (Budget* budget : {&impl_->day, &impl_->month}) {
    auto ordinal = parse_window(budget->span(), window);
    if (ordinal) budget->restore(*ordinal, granted);
  }
}

Status TenantMeter::hand_back() {
  MutexLock lock(impl_->mutex);
  for (Budget* budget : {&impl_->day, &impl_->month}) {
    for (Account& account : budget->accounts()) {
      if (account.granted == account.committed()) continue;
      CHECK_OK(impl_->journal.grant(impl_->tenant, window_name(budget->span(), account.ordinal),
                                    account.committed()));
      account.granted = account.committed();
    }
  }
  return {};
}

RateView TenantMeter::rates() const {
  MonoTime now = impl_->clock.mono();
  const Impl& state = *impl_;
  MutexLock lock(state.mutex);
  const auto& requests = state.per_minute   ? state.per_minute
                         : state.per_second ? state.per_second
                                            : state.per_hour;
  return {state_of(requests, now), state_of(state.token_rate, now)};
}

MeterView TenantMeter::view() const {
  RateView now_rates = rates();
  WallTime now = impl_->clock.wall();
  MutexLock lock(impl_->mutex);
  return {.requests = now_rates.requests,
          .tokens = now_rates.tokens,
          .concurrent = impl_->concurrent,
          .windows = {spend_of(impl_->day, impl_->day.at(now)), spend_of(impl_->month, impl_->month.at(now))},
          .requests_total = impl_->requests_total,
          .tokens_total = impl_->tokens_total};
}

bool TenantMeter::has_budget() const {
  return impl_->has_budget;
}

double TenantMeter::budget_used() const {
  WallTime now = impl_->clock.wall();
  MutexLock lock(impl_->mutex);
  double used = 0;
  for (Budget* budget : {&impl_->day, &impl_->month}) {
    if (!budget->limit()) continue;
    auto limit = static_cast<double>(budget->limit()->pico());
    auto committed = static_cast<double>(budget->at(now).committed().pico());
    used = std::max(used, limit > 0 ? committed / limit : 1.0);
  }
  return used;
}

Habits& TenantMeter::habits() {
  return impl_->habits;
}

Admission::Admission(Admission&& other) noexcept
    : meter_(std::move(other.meter_)),
      tokens_(other.tokens_),
      cost_(other.cost_),
      day_(other.day_),
      month_(other.month_),
      holds_slot_(other.holds_slot_) {}

Admission& Admission::operator=(Admission&& other) noexcept {
  if (this == &other) return *this;
  if (meter_) settle({});
  meter_ = std::move(other.meter_);
  tokens_ = other.tokens_;
  cost_ = other.cost_;
  day_ = other.day_;
  month_ = other.month_;
  holds_slot_ = other.holds_slot_;
  return *this;
}

Admission::~Admission() {
  if (meter_) settle({});
}

Status Admission::top_up(PicoDollars extra) {
  if (!meter_ || extra <= PicoDollars()) return {};
  TenantMeter::Impl& state = *meter_->impl_;
  MutexLock lock(state.mutex);
  Account& of_day = state.day.of(day_);
  Account& of_month = state.month.of(month_);
  if (state.day.available(of_day) < extra || state.month.available(of_month) < extra) {
    return fail(
        ErrorCode::kPaymentRequired, "budget.exhausted",
        "the budget ran out while this answer was being written; raise it or wait for its next window");
  }
  CHECK_OK(state.reserve(of_day, of_month, extra));
  cost_ += extra;
  return {};
}

void Admission::settle(const Usage& used) {
  if (!meter_) return;
  TenantMeter::Impl& state = *meter_->impl_;
  {
    MutexLock lock(state.mutex);
    state.release(*this, used);
  }
  meter_.reset();
}

}  // namespace bailiwick::metering
