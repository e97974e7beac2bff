#include "snapshot/effective_limits.h"

#include <algorithm>

namespace bailiwick::snapshot {
namespace {

std::optional<PicoDollars> stricter(std::optional<PicoDollars> a, std::optional<PicoDollars> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

metering::Limits limits_of(const TenantDeclaration& tenant, const RouterConfig& router) {
  const Quotas& quotas = tenant.quotas;
  return {
      .requests_per_second = quotas.max_requests_per_second,
      .requests_per_minute = quotas.max_requests_per_minute,
      .requests_per_hour = quotas.max_requests_per_hour,
      .tokens_per_minute = quotas.max_tokens_per_minute,
      .max_concurrent_requests = quotas.max_concurrent_requests,
      .daily_budget = stricter(quotas.max_cost_per_day, router.budget.daily_limit_usd),
      .monthly_budget = stricter(quotas.max_cost_per_month, router.budget.monthly_limit_usd),
      .time_zone = tenant.time_zone,
  };
}

}  // namespace bailiwick::snapshot
