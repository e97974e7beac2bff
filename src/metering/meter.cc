#include "metering/meter.h"

#include <algorithm>

#include "metering/meter_state.h"

namespace bailiwick::metering {
namespace {

std::optional<RateState> state_of(const std::optional<RateLimit>& rate, MonoTime now) {
  if (!rate) return std::nullopt;
  return RateState{rate->limit(), rate->remaining(now),
                   std::chrono::ceil<std::chrono::milliseconds>(rate->reset(now))};
}

WindowSpend spend_of(const Budget& budget, const Account& account) {
  return {window_name(budget.span(), account.ordinal), account.granted, account.spent, account.reserved,
          budget.limit()};
}

}  // namespace

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

}  // namespace bailiwick::metering
