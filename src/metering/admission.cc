// How a request is let in by all levels or by none, and how it ends.
#include <algorithm>

#include "metering/meter_state.h"

namespace bailiwick::metering {
namespace {

// Whoever finds a budget emptied between looking and reserving looks again, and this often at most.
constexpr int kLooks = 8;

PicoDollars not_negative(PicoDollars amount) {
  return std::max(amount, PicoDollars());
}

}  // namespace

Admission::Admission(Admission&& other) noexcept
    : meter_(std::move(other.meter_)),
      demand_(other.demand_),
      admitted_(other.admitted_),
      held_(std::move(other.held_)),
      levels_(std::exchange(other.levels_, 0)) {}

Admission& Admission::operator=(Admission&& other) noexcept {
  if (this == &other) return *this;
  if (meter_) settle({});
  meter_ = std::move(other.meter_);
  demand_ = other.demand_;
  admitted_ = other.admitted_;
  held_ = std::move(other.held_);
  levels_ = std::exchange(other.levels_, 0);
  return *this;
}

Admission::~Admission() {
  if (meter_) settle({});
}

/// Takes slots and rates of every level, then money of every level; an attempt that fails puts all back.
class TenantMeter::Attempt {
 public:
  Attempt(TenantMeter& meter, const Demand& demand, const Payer& payer)
      : state_(*meter.impl_), demand_(demand) {
    admission_.demand_ = demand;
    if (payer.footprint != nullptr) state_.note_in(*payer.footprint);
    state_.each_level(payer, [&](const std::shared_ptr<LevelMeter>& level) {
      admission_.held_[admission_.levels_++].level = level;
      return true;
    });
  }

  Status run() {
    Moment now = state_.now();
    admission_.admitted_ = now.mono;
    CHECK_OK(take(now));
    Status paid = pay(now);
    if (!paid) put_back(admission_.levels_);
    return paid;
  }
  Admission&& take_admission() { return std::move(admission_); }

 private:
  Status take(const Moment& now) {
    for (std::size_t i = 0; i < admission_.levels_; ++i) {
      Status taken = admission_.held_[i].level->take(demand_, now.mono);
      if (taken) continue;
      put_back(i);
      return taken;
    }
    return {};
  }
  void put_back(std::size_t levels) {
    if (levels > 0) state_.rolled_back.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < levels; ++i)
      admission_.held_[i].level->put_back(demand_, admission_.admitted_);
  }

  Status pay(const Moment& now) {
    PicoDollars wanted = not_negative(demand_.cost);
    PicoDollars least = std::min(not_negative(demand_.least_cost.value_or(wanted)), wanted);
    TRY(bool all, reserve(wanted, now));
    if (all) return {};
    for (int look = 0; look < kLooks; ++look) {
      PicoDollars cost = wanted;
      for (std::size_t i = 0; i < admission_.levels_; ++i) {
        TRY(cost, admission_.held_[i].level->affordable(cost, least, now));
      }
      TRY(bool reserved, reserve(cost, now));
      if (reserved) return {};
    }
    Error busy(ErrorCode::kRateLimited, "rate.contended",
               "too many requests reach for the same money; try again");
    busy.retry_after_seconds = 1;
    return std::unexpected(std::move(busy));
  }

  /// False: somebody was quicker; nothing is held.
  Result<bool> reserve(PicoDollars cost, const Moment& now) {
    for (std::size_t i = 0; i < admission_.levels_; ++i) {
      Admission::Held& held = admission_.held_[i];
      auto reserved = held.level->reserve(cost, now, held.hold);
      if (reserved && *reserved) continue;
      for (std::size_t done = 0; done < i; ++done)
        admission_.held_[done].level->release(admission_.held_[done].hold);
      return reserved;
    }
    admission_.demand_.cost = cost;
    return true;
  }

  Impl& state_;
  const Demand& demand_;
  Admission admission_;
};

Result<Admission> TenantMeter::admit(const Demand& demand, const Payer& payer) {
  Attempt attempt(*this, demand, payer);
  CHECK_OK(attempt.run());
  impl_->requests_total.fetch_add(demand.requests, std::memory_order_relaxed);
  Admission admission = attempt.take_admission();
  admission.meter_ = shared_from_this();
  return admission;
}

Status Admission::top_up(PicoDollars extra) {
  if (!meter_ || extra <= PicoDollars()) return {};
  std::array<bool, 4> more{};
  auto has_budget = [](const Held& held) { return held.level->has_budget(); };
  bool alone =
      std::count_if(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(levels_), has_budget) == 1;
  auto undo = [&] {
    for (std::size_t i = 0; i < levels_; ++i) {
      if (more[i]) held_[i].level->give_back(extra, held_[i].hold);
    }
  };
  for (std::size_t i = 0; i < levels_; ++i) {
    LevelMeter& level = *held_[i].level;
    auto reserved = level.top_up(extra, held_[i].hold);
    more[i] = reserved && *reserved;
    // What is in flight may end, where no other budget is touched: such a one books it when it does.
    if (more[i] || (reserved && alone && level.enforcement() == Enforcement::kExpected)) continue;
    undo();
    if (!reserved) return std::unexpected(std::move(reserved.error()));
    return fail(
        ErrorCode::kPaymentRequired, "budget.exhausted",
        "the budget ran out while this answer was being written; raise it or wait for its next window");
  }
  demand_.cost += extra;
  return {};
}

void Admission::take_request_of(Admission& other) {
  if (!meter_ || meter_ != other.meter_ || levels_ != other.levels_) return;
  for (std::size_t i = 0; i < levels_; ++i)
    if (held_[i].level != other.held_[i].level) return;
  std::swap(demand_.requests, other.demand_.requests);
}

void Admission::settle(const Usage& used) {
  if (!meter_) return;
  // Only what was reserved wrongly needs the time.
  MonoTime now = used.tokens != demand_.tokens ? meter_->impl_->clock.mono() : admitted_;
  for (std::size_t i = 0; i < levels_; ++i) {
    held_[i].level->settle(demand_, used, held_[i].hold, {admitted_, now});
    held_[i].level.reset();
  }
  meter_->impl_->tokens_total.fetch_add(used.tokens, std::memory_order_relaxed);
  levels_ = 0;
  meter_.reset();
}

}  // namespace bailiwick::metering
