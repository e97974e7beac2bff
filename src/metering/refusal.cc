#include "metering/refusal.h"

#include <algorithm>

#include <fmt/format.h>

namespace bailiwick::metering {
namespace {

using std::chrono::nanoseconds;

long seconds_up(nanoseconds wait) {
  return static_cast<long>(std::max<std::int64_t>(1, (wait.count() + 999'999'999) / 1'000'000'000));
}

std::unexpected<Error> refuse(ErrorCode code, std::string_view reason, std::string message,
                              nanoseconds wait) {
  Error error(code, reason, std::move(message));
  error.retry_after_seconds = seconds_up(wait);
  return std::unexpected(std::move(error));
}

std::string per(const Rate& rate) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(rate.period()).count();
  return seconds == 60 ? "minute" : seconds == 3600 ? "hour" : "second";
}

std::string whose_of(Level level, std::string_view name) {
  switch (level) {
    case Level::kInstallation:
    case Level::kTenant:
      return {};
    case Level::kProgram:
      return fmt::format("of the program '{}' ", name);
    case Level::kToken:
      return "of this token ";
  }
  return {};
}

}  // namespace

Refusals::Refusals(Level level, std::string_view name) : level_(level), whose_(whose_of(level, name)) {}

Status Refusals::busy(std::string_view reason, nanoseconds wait) const {
  return refuse(ErrorCode::kRateLimited, reason,
                "the installation as a whole is at its limit; this is not about your own; try again later",
                wait);
}

Status Refusals::slots(std::int64_t held) const {
  if (level_ == Level::kInstallation) return busy("rate.concurrency", std::chrono::seconds(1));
  return refuse(
      ErrorCode::kRateLimited, "rate.concurrency",
      fmt::format("{} requests {}are in progress, as many as allowed; let one finish first", held, whose_),
      std::chrono::seconds(1));
}

Status Refusals::requests(const Rate& rate, nanoseconds wait) const {
  if (level_ == Level::kInstallation) return busy("rate.requests", wait);
  return refuse(ErrorCode::kRateLimited, "rate.requests",
                fmt::format("over the limit {}of {} requests per {}; slow down", whose_,
                            rate.limit().value_or(0), per(rate)),
                wait);
}

Status Refusals::tokens(std::int64_t wanted, const Rate& rate, nanoseconds wait) const {
  if (level_ == Level::kInstallation) return busy("rate.tokens", wait);
  std::int64_t limit = rate.limit().value_or(0);
  if (wanted <= limit) {
    return refuse(ErrorCode::kRateLimited, "rate.tokens",
                  fmt::format("over the limit {}of {} tokens per {}; slow down", whose_, limit, per(rate)),
                  wait);
  }
  return refuse(ErrorCode::kRateLimited, "rate.tokens",
                fmt::format("this request alone may use {} tokens and the limit {}is {} per {}; send less or "
                            "lower max_tokens",
                            wanted, whose_, limit, per(rate)),
                wait);
}

Status Refusals::money(const Budget& budget, const Account& account, WallTime now) const {
  WallTime anew = budget.ends_at(now);
  if (level_ == Level::kInstallation) {
    return refuse(
        ErrorCode::kPaymentRequired, "budget.installation",
        fmt::format("the installation's own budget does not cover this request; its operator can raise "
                    "it, and it begins anew at {}",
                    to_rfc3339(anew)),
        anew - now);
  }
  bool daily = budget.span() == Span::kDay;
  return refuse(
      ErrorCode::kPaymentRequired, daily ? "budget.daily" : "budget.monthly",
      fmt::format("the {} budget {}of {} USD does not cover this request: {} USD are spent and {} USD "
                  "reserved by requests in progress; it begins anew at {}",
                  daily ? "daily" : "monthly", whose_, budget.limit()->to_decimal(),
                  account.spend().to_decimal(), account.reserved().to_decimal(), to_rfc3339(anew)),
      anew - now);
}

}  // namespace bailiwick::metering
