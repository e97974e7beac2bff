// Budgets that are raised for a day or a month, and what is handed back when the server stops.
#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "bundles/registry.h"
#include "bundles/tenant_names.h"
#include "metering/level_meter.h"

namespace bailiwick::bundles {
namespace {

using snapshot::SnapshotPtr;
using tenancy::Action;

constexpr std::size_t kLongestReason = 1000;

Status check_raise(const TenantRegistry::RaiseRequest& request) {
  if (request.by <= PicoDollars())
    return fail(ErrorCode::kInvalid, "budget.amount",
                "say by how many USD the budget is raised: more than 0");
  if (fold_name(request.reason).empty() || request.reason.size() > kLongestReason) {
    return fail(ErrorCode::kInvalid, "budget.reason_missing",
                fmt::format("say in 1 to {} bytes why the budget is raised; it stands in the ledger",
                            kLongestReason));
  }
  return {};
}

/// What the platform gives: the quota, or the ceiling of all tenants where that is less. A tenant moves its
/// own budget, that of router.yaml, below it.
std::optional<PicoDollars> most_for(const TenantRegistry::RaiseRequest& request,
                                    const snapshot::TenantDeclaration& tenant,
                                    const snapshot::Quotas& ceilings) {
  auto of_span = [&](const snapshot::RequestQuotas& quotas) {
    return request.span == metering::Span::kDay ? quotas.max_cost_per_day : quotas.max_cost_per_month;
  };
  std::optional<PicoDollars> given = of_span(tenant.quotas), most = of_span(ceilings);
  if (!request.program.empty()) {
    auto of_program = tenant.program_quotas.find(request.program);
    if (of_program != tenant.program_quotas.end()) given = of_span(of_program->second);
  }
  if (!given || !most) return given ? given : most;
  return std::min(*given, *most);
}

ledger::Record record_of(const TenantRegistry::RaiseRequest& request, const metering::WindowSpend& budget) {
  ledger::Record record;
  record.kind = ledger::RecordKind::kLifecycle;
  record.program = request.program;
  record.decision = "allow";
  record.extra = {{"approved_reason", json::string(request.reason)},
                  {"limit_usd", budget.limit.value_or(PicoDollars()).to_decimal()},
                  {"raised_by_usd", request.by.to_decimal()},
                  {"raised_to_usd", (*budget.limit + budget.raised + request.by).to_decimal()},
                  {"window", json::string(budget.window)}};
  return record;
}

}  // namespace

Result<metering::WindowSpend> TenantRegistry::raise_budget(
    const tenancy::Permit<Action::kBudgetsRaise>& permit, const RaiseRequest& request) {
  CHECK_OK(check_raise(request));
  MutexLock lock(changing_);
  SnapshotPtr tenant = ports_.table.find(permit.tenant().view());
  if (!tenant) return no_such_tenant();
  TRY(metering::WindowSpend budget, tenant->meter->limited(request.program, request.span));
  auto most = most_for(request, tenant->tenant, platform_.quotas.ceilings);
  PicoDollars raised_to = *budget.limit + budget.raised + request.by;
  if (most && !permit.principal().is_platform_admin() && raised_to > *most) {
    return fail(
        ErrorCode::kForbidden, "budget.ceiling",
        fmt::format("a {} of {} USD is what the platform gives at most; its operator can raise it further",
                    name_of(request.span), most->to_decimal()));
  }
  ledger::Record record = record_of(request, budget);
  record.time = ports_.clock.wall();
  record.principal = permit.principal().subject;
  record.action = tenancy::name_of(Action::kBudgetsRaise);
  record.resource = fmt::format("tenant:{}", tenant->id().view());
  auto work = [&]() -> Status {
    CHECK_OK(store::insert_raise(ports_.store, tenant->id().view(), {budget.window, request.by},
                                 record.principal, record.time));
    return ports_.ledger.append_durable(permit, {&record, 1});
  };
  CHECK_OK(ports_.store.transaction(work));
  tenant->meter->raise(budget.window, request.by);
  log_warn("budget.raised", {{"tenant", tenant->id().view()},
                             {"window", budget.window},
                             {"by_usd", request.by.to_decimal()},
                             {"principal", record.principal}});
  return tenant->meter->limited(request.program, request.span);
}

/// Windows that may not be over: a month has 31 days, and clocks and zones differ by less than two.
Status TenantRegistry::bring_back_raises(const std::string& tenant, metering::TenantMeter& meter) {
  constexpr auto kLongestWindow = std::chrono::hours(24 * 33);
  TRY(auto raises, store::raises_of(ports_.store, tenant, ports_.clock.wall() - kLongestWindow));
  for (const store::BudgetRaise& raise : raises) meter.raise(raise.window, raise.by);
  return {};
}

Status TenantRegistry::hand_back_budgets() const {
  Status handed = installation_->hand_back();
  for (const SnapshotPtr& tenant : ports_.table.all()) {
    if (Status own = tenant->meter->hand_back(); !own) handed = std::move(own);
  }
  return handed;
}

}  // namespace bailiwick::bundles
