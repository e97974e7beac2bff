#include "metering/meter_state.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"

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

PicoDollars not_negative(PicoDollars amount) {
  return std::max(amount, PicoDollars());
}

}  // namespace

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

}  // namespace bailiwick::metering
