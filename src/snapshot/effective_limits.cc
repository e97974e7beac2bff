#include "snapshot/effective_limits.h"

#include <algorithm>

namespace bailiwick::snapshot {
namespace {

std::optional<PicoDollars> stricter(std::optional<PicoDollars> a, std::optional<PicoDollars> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

metering::Limits limits_under(const RequestQuotas& quotas, const RouterBudget& budget,
                              std::string_view time_zone) {
  metering::Limits limits = to_limits(quotas, time_zone);
  limits.daily_budget = stricter(limits.daily_budget, budget.daily_limit_usd);
  limits.monthly_budget = stricter(limits.monthly_budget, budget.monthly_limit_usd);
  limits.enforcement = budget.enforcement;
  return limits;
}

}  // namespace

metering::Limits to_limits(const RequestQuotas& quotas, std::string_view time_zone) {
  return {
      .requests_per_second = quotas.max_requests_per_second,
      .requests_per_minute = quotas.max_requests_per_minute,
      .requests_per_hour = quotas.max_requests_per_hour,
      .tokens_per_second = quotas.max_tokens_per_second,
      .tokens_per_minute = quotas.max_tokens_per_minute,
      .tokens_per_hour = quotas.max_tokens_per_hour,
      .max_concurrent_requests = quotas.max_concurrent_requests,
      .daily_budget = quotas.max_cost_per_day,
      .monthly_budget = quotas.max_cost_per_month,
      .enforcement = metering::Enforcement::kStrict,
      .time_zone = std::string(time_zone),
  };
}

EffectiveLimits limits_of(const TenantDeclaration& tenant, const BundleFiles& files) {
  const RouterBudget& own = files.settings.router.budget;
  EffectiveLimits limits{.tenant = limits_under(tenant.quotas, own, tenant.time_zone), .programs = {}};
  // Quotas of cost are the platform's word, and router.yaml the tenant's: it loosens its own budget alone.
  if (tenant.quotas.max_cost_per_day || tenant.quotas.max_cost_per_month)
    limits.tenant.enforcement = metering::Enforcement::kStrict;
  for (const tenancy::ProgramId& program : tenant.programs) {
    auto quotas = tenant.program_quotas.find(program.str());
    // A program that says nothing of money has the tenant's file, whose budget is counted already.
    const RouterBudget& budget = files.settings_of(program.view()).router.budget;
    metering::Limits below =
        limits_under(quotas == tenant.program_quotas.end() ? RequestQuotas() : quotas->second,
                     budget == own ? RouterBudget() : budget, tenant.time_zone);
    below.enforcement = metering::Enforcement::kStrict;
    if (!below.unlimited()) limits.programs.emplace(program.str(), std::move(below));
  }
  return limits;
}

Status EffectiveLimits::apply_to(metering::TenantMeter& meter) const {
  CHECK_OK(meter.set_limits(tenant));
  return meter.set_program_limits(programs);
}

}  // namespace bailiwick::snapshot
