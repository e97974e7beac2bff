#include "metering/level_meter.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"

namespace bailiwick::metering {
namespace {

using std::chrono::nanoseconds;

WindowSpend spend_of(const Budget& budget, const Account& account) {
  return {window_name(budget.span(), account.ordinal),
          PicoDollars(account.granted.load()),
          account.spend(),
          account.reserved(),
          budget.limit(),
          PicoDollars(account.raised.load())};
}

std::optional<RateState> state_of(const Rate& rate, MonoTime now) {
  auto limit = rate.limit();
  if (!limit) return std::nullopt;
  return RateState{*limit, rate.remaining(now), std::chrono::ceil<std::chrono::milliseconds>(rate.reset(now)),
                   std::chrono::duration_cast<std::chrono::seconds>(rate.period())};
}

/// Of those with a limit, the one with the smallest share left.
template <class Rates>
std::optional<RateState> tightest(const Rates& rates, MonoTime now) {
  std::optional<RateState> found;
  for (const Rate& rate : rates) {
    found = tighter(found, state_of(rate, now));
  }
  return found;
}

}  // namespace

LevelMeter::LevelMeter(Level level, std::string chain, std::string_view name, SliceJournal& slices)
    : day_(Span::kDay,
           [this](std::string_view window, PicoDollars granted) { return journal(window, granted); }),
      month_(Span::kMonth,
             [this](std::string_view window, PicoDollars granted) { return journal(window, granted); }),
      level_(level),
      chain_(std::move(chain)),
      name_(name),
      prefix_(window_prefix(level, name)),
      refusals_(level, name),
      journal_(slices) {}

void LevelMeter::note_in(tenancy::Footprint& footprint) const {
  using Part = tenancy::Footprint::Part;
  const char* begin = reinterpret_cast<const char*>(this);
  const char* end = reinterpret_cast<const char*>(&month_) + Budget::kUsualBytes;
  footprint.note(Part::kLevel, begin, static_cast<std::size_t>(end - begin));
  if (const Account* day = day_.present()) footprint.note(Part::kDay, *day);
  if (const Account* month = month_.present()) footprint.note(Part::kMonth, *month);
}

std::string LevelMeter::window_prefix(Level level, std::string_view name) {
  if (level == Level::kProgram) return fmt::format("program:{}/", name);
  if (level == Level::kToken) return fmt::format("{}/", name);
  return {};
}

Status LevelMeter::journal(std::string_view window, PicoDollars granted) {
  return journal_.grant(chain_, prefix_ + std::string(window), granted);
}

Status LevelMeter::set_limits(const Limits& limits, MonoTime now) {
  TRY(Calendar calendar, Calendar::in(limits.time_zone));
  slots_.set_limit(limits.max_concurrent_requests);
  requests_[0].set_limit(limits.requests_per_second, now);
  requests_[1].set_limit(limits.requests_per_minute, now);
  requests_[2].set_limit(limits.requests_per_hour, now);
  tokens_[0].set_limit(limits.tokens_per_second, now);
  tokens_[1].set_limit(limits.tokens_per_minute, now);
  tokens_[2].set_limit(limits.tokens_per_hour, now);
  auto kind = limits.enforcement == Enforcement::kWarn ? Budget::Limit::kWarnsOnly : Budget::Limit::kHolds;
  day_.set_limit(limits.daily_budget, kind, calendar);
  month_.set_limit(limits.monthly_budget, kind, calendar);
  has_budget_ = limits.daily_budget.has_value() || limits.monthly_budget.has_value();
  enforcement_ = limits.enforcement;
  return {};
}

void LevelMeter::restore(std::string_view window, PicoDollars granted) {
  for (Budget* budget : {&day_, &month_}) {
    if (auto ordinal = parse_window(budget->span(), window)) budget->restore(*ordinal, granted);
  }
}

void LevelMeter::raise(std::string_view window, PicoDollars by) {
  for (Budget* budget : {&day_, &month_}) {
    if (auto ordinal = parse_window(budget->span(), window)) budget->raise(*ordinal, by);
  }
}

Status LevelMeter::hand_back() {
  CHECK_OK(day_.hand_back());
  return month_.hand_back();
}

LevelMeter::Refusal LevelMeter::take_all(Rates& rates, std::int64_t units, MonoTime now) {
  for (std::size_t i = 0; i < rates.size(); ++i) {
    nanoseconds wait = rates[i].take(units, now);
    if (wait == nanoseconds(0)) continue;
    for (std::size_t taken = 0; taken < i; ++taken) rates[taken].give_back(units, {units, now}, now);
    return {&rates[i], wait};
  }
  return {};
}

Status LevelMeter::take(const Demand& demand, MonoTime now) {
  if (demand.requests > 0 && !slots_.take()) return refusals_.slots(slots_.held());
  if (Refusal refusal = take_all(requests_, demand.requests, now); refusal.rate) {
    if (demand.requests > 0) slots_.give_back();
    return refusals_.requests(*refusal.rate, refusal.wait);
  }
  if (Refusal refusal = take_all(tokens_, demand.tokens, now); refusal.rate) {
    for (Rate& rate : requests_) rate.give_back(demand.requests, {demand.requests, now}, now);
    if (demand.requests > 0) slots_.give_back();
    return refusals_.tokens(demand.tokens, *refusal.rate, refusal.wait);
  }
  return {};
}

void LevelMeter::put_back(const Demand& demand, MonoTime now) {
  if (demand.requests > 0) slots_.give_back();
  for (Rate& rate : requests_) rate.give_back(demand.requests, {demand.requests, now}, now);
  for (Rate& rate : tokens_) rate.give_back(demand.tokens, {demand.tokens, now}, now);
}

Result<PicoDollars> LevelMeter::affordable(PicoDollars wanted, PicoDollars least, const Moment& now) {
  for (Budget* budget : {&day_, &month_}) {
    Account& account = budget->at(now);
    PicoDollars left = budget->available(account);
    // What costs nothing needs no budget, not even one that a debt has passed.
    if (wanted > PicoDollars() && left < std::max(least, PicoDollars(1)))
      return std::unexpected(refusals_.money(*budget, account, now.wall).error());
    wanted = std::min(wanted, std::max(left, PicoDollars()));
  }
  return wanted;
}

Result<bool> LevelMeter::reserve_both(PicoDollars amount, Account& of_day, Account& of_month) {
  TRY(Budget::Reserved day, day_.reserve(of_day, amount));
  if (day == Budget::Reserved::kOutOfMoney) return false;
  auto month = month_.reserve(of_month, amount);
  if (month && *month == Budget::Reserved::kYes) return true;
  day_.give_back(of_day, amount);
  if (!month) return std::unexpected(std::move(month.error()));
  return false;
}

Result<bool> LevelMeter::reserve(PicoDollars amount, const Moment& now, Hold& hold) {
  Account &of_day = day_.at(now), &of_month = month_.at(now);
  TRY(bool reserved, reserve_both(amount, of_day, of_month));
  if (!reserved) return false;
  day_.hold(of_day);
  month_.hold(of_month);
  hold = {&of_day, &of_month, amount};
  return true;
}

Result<bool> LevelMeter::top_up(PicoDollars amount, Hold& hold) {
  TRY(bool reserved, reserve_both(amount, *hold.day, *hold.month));
  if (reserved) hold.cost += amount;
  return reserved;
}

void LevelMeter::give_back(PicoDollars amount, Hold& hold) {
  day_.give_back(*hold.day, amount);
  month_.give_back(*hold.month, amount);
  hold.cost = hold.cost - amount;
}

void LevelMeter::settle_money(PicoDollars spent, const Hold& hold) {
  for (auto [budget, account] : {std::pair(&day_, hold.day), std::pair(&month_, hold.month)}) {
    if (Status booked = budget->settle(*account, hold.cost, spent); !booked)
      log_error("budget.journal", {{"tenant", chain_}, {"error", booked.error().message}});
    if (spent > PicoDollars()) tell(*budget, *account);
    budget->let_go(*account);
  }
}

void LevelMeter::settle(const Demand& reserved, const Usage& used, const Hold& hold, const Elapsed& time) {
  settle_money(used.cost, hold);
  if (reserved.requests > 0) slots_.give_back();
  std::int64_t more = used.tokens - reserved.tokens;
  for (Rate& rate : tokens_) {
    if (more > 0)
      rate.charge(more, time.now);
    else
      rate.give_back(-more, {reserved.tokens, time.admitted}, time.now);
  }
}

void LevelMeter::release(const Hold& hold) {
  settle_money({}, hold);
}

void LevelMeter::tell(Budget& budget, Account& account) {
  std::optional<int> percent = budget.newly_reached(account);
  if (!percent) return;
  journal_.alert({.chain = chain_,
                  .window = prefix_ + window_name(budget.span(), account.ordinal),
                  .percent = *percent,
                  .spent = account.spend(),
                  .limit = budget.limit().value_or(PicoDollars())});
}

std::optional<RateState> LevelMeter::requests(MonoTime now) const {
  return tightest(requests_, now);
}
std::optional<RateState> LevelMeter::tokens(MonoTime now) const {
  return tightest(tokens_, now);
}

std::vector<WindowSpend> LevelMeter::windows(const Moment& now) {
  return {spend_of(day_, day_.at(now)), spend_of(month_, month_.at(now))};
}

std::optional<PicoDollars> LevelMeter::budget_left(const Moment& now) {
  std::optional<PicoDollars> left;
  for (Budget* budget : {&day_, &month_}) {
    if (!budget->limit()) continue;
    const Account& account = budget->at(now);
    PicoDollars all = *budget->limit() + PicoDollars(account.raised.load());
    PicoDollars of_this = std::max(all - PicoDollars(account.committed.load()), PicoDollars());
    left = left ? std::min(*left, of_this) : of_this;
  }
  return left;
}

LevelView LevelMeter::view(const Moment& now) {
  return {.level = level_,
          .name = name_,
          .requests = requests(now.mono),
          .tokens = tokens(now.mono),
          .concurrent = concurrent(),
          .windows = windows(now)};
}

double LevelMeter::budget_used(const Moment& now) {
  return std::max(day_.used(day_.at(now)), month_.used(month_.at(now)));
}

}  // namespace bailiwick::metering
