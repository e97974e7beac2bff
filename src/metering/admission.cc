#include "metering/meter_state.h"

namespace bailiwick::metering {

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
