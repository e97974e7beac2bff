#include "routing/router.h"

#include <fmt/format.h>

#include "base/log.h"

namespace bailiwick::routing {
namespace {

// More tenants than this in one process, and plans are made anew rather than kept.
constexpr std::size_t kKeptTenants = 65'536;

CallInstruments make_instruments(Metrics& metrics, ProviderKind kind) {
  std::string_view dialect = bailiwick::name_of(kind);
  auto calls = [&](std::string_view outcome) {
    return metrics.counter("bailiwick_model_calls_total", "Calls of models, by dialect and how they ended.",
                           {{"dialect", dialect}, {"outcome", outcome}});
  };
  auto tokens = [&](std::string_view direction) {
    return metrics.counter("bailiwick_model_tokens_total", "Tokens that models read and wrote.",
                           {{"dialect", dialect}, {"direction", direction}});
  };
  return {.answered = calls("answered"),
          .failed = calls("failed"),
          .fallbacks = calls("fell_back"),
          .cut = calls("cut"),
          .input_tokens = tokens("input"),
          .output_tokens = tokens("output"),
          .cost_dollars = metrics.counter("bailiwick_model_cost_dollars_total",
                                          "What models cost, in US dollars.", {{"dialect", dialect}})};
}

/// A budget can be kept only where the price is known; `local` is free, and so is counting.
bool payable(const PlannedTarget& target, const Payload& payload, const metering::TenantMeter& meter,
             const metering::Payer& payer) {
  return target.price != nullptr || target.is_local() || payload.speakers() == Speakers::kAnthropicCount ||
         !meter.has_budget(payer);
}

/// A strict budget is kept by knowing the most that a call can cost.
Status check_bounded(const Payload& payload, const metering::TenantMeter& meter,
                     const metering::Payer& payer) {
  if (payload.unbounded().empty() || !meter.has_budget(payer) ||
      meter.enforcement(payer) != metering::Enforcement::kStrict)
    return {};
  return fail(
      ErrorCode::kInvalid, "price.unbounded",
      fmt::format("'{}' may cost more than can be told before the call, so the tenant's strict budget could "
                  "not be kept; leave it out, or set budget.enforcement to expected in router.yaml",
                  payload.unbounded()));
}

std::unexpected<Error> price_unknown(const PlannedTarget& target) {
  return fail(
      ErrorCode::kInvalid, "price.unknown",
      fmt::format(
          "there is no price for '{}' of provider '{}', so the tenant's budget could not be kept; load "
          "one with `bailiwick prices update FILE`, or give budget.unknown_price in router.yaml",
          target.model(), target.provider_name()));
}

}  // namespace

Router::Router(const Prices& prices, LocalModel& local, Metrics& metrics, const Clock& clock)
    : prices_(prices),
      local_(local),
      clock_(clock),
      instruments_{make_instruments(metrics, ProviderKind::kOpenAi),
                   make_instruments(metrics, ProviderKind::kAnthropic),
                   make_instruments(metrics, ProviderKind::kLocal)},
      budget_alerts_(
          metrics.counter("bailiwick_budget_alerts_total", "Budgets that passed their alert threshold.")) {}

std::shared_ptr<const RoutePlan> Router::plan_of(const snapshot::SnapshotPtr& snapshot,
                                                 const tenancy::TenantScope& scope) {
  auto prices = prices_.load();
  std::string_view program = scope.program() ? scope.program()->view() : std::string_view();
  auto is_for_program = [program](const auto& plan) { return plan->program() == program; };
  const metering::TenantMeter* key = snapshot->meter.get();
  {
    ReadLock lock(mutex_);
    if (auto known = plans_.find(key); known != plans_.end()) {
      auto plan = std::ranges::find_if(known->second, is_for_program);
      if (plan != known->second.end() && (*plan)->fits(snapshot, prices)) return *plan;
    }
  }
  auto plan = std::make_shared<const RoutePlan>(snapshot, program, std::move(prices));
  WriteLock lock(mutex_);
  if (plans_.size() >= kKeptTenants) plans_.clear();
  Plans& plans = plans_[key];
  std::erase_if(plans, is_for_program);
  plans.push_back(plan);
  return plan;
}

Result<RoutePlan::Start> Router::where_to_start(const snapshot::TenantSnapshot& snapshot,
                                                const RoutePlan& plan, const metering::Payer& payer) const {
  const auto& breaker = plan.config().budget.circuit_breaker;
  if (!breaker) return RoutePlan::Start::kPrimary;
  double used = snapshot.meter->budget_used(payer);
  if (plan.just_passed(used, breaker->threshold)) {
    budget_alerts_.add();
    log_warn("budget.threshold", {{"tenant", snapshot.id().view()},
                                  {"used", used},
                                  {"threshold", breaker->threshold},
                                  {"action", bailiwick::name_of(breaker->action)}});
  }
  if (used < breaker->threshold) return RoutePlan::Start::kPrimary;
  switch (breaker->action) {
    case snapshot::BudgetAction::kAlert:
      return RoutePlan::Start::kPrimary;
    case snapshot::BudgetAction::kDowngradeToFallback:
      return RoutePlan::Start::kFallback;
    case snapshot::BudgetAction::kBlock:
      break;
  }
  return fail(ErrorCode::kPaymentRequired, "budget.circuit_breaker",
              fmt::format("{:.0f} % of the budget is used and router.yaml blocks calls from {:.0f} % on",
                          used * 100, breaker->threshold * 100));
}

Result<Router::CallPtr> Router::reserve(const Origin& origin, const std::shared_ptr<const RoutePlan>& plan,
                                        Payload& payload, const PlannedTarget& target) {
  const std::shared_ptr<metering::TenantMeter>& meter = origin.snapshot->meter;
  metering::Payer payer = payer_of(origin);
  Quote quote = Quote::of(payload.facts(target), payload.endpoint(target), target, meter->habits(),
                          meter->enforcement(payer));
  quote.demand.requests = origin.counting == Counting::kOwnRequest ? 1 : 0;
  TRY(metering::Admission admission, meter->admit(quote.demand, payer));
  return std::make_unique<MeteredCall>(meter, plan, std::move(admission), origin.record);
}

/// The door did not know where the call would go; the rules are asked again for each target.
Status Router::may_go_to(const Origin& origin, const PlannedTarget& target) const {
  if (target.is_local()) return {};
  const policy::Facts& facts = target.provider->facts;
  if (facts.region.empty() && facts.in_transit.empty()) return {};  // the door's question, answered already
  return identity::check_facts(origin.permitted, *origin.snapshot, origin.record.resource, facts,
                               clock_.wall());
}

net::Task<Result<Router::CallPtr>> Router::begin(const Origin& origin, Payload& payload) {
  const tenancy::TenantScope& scope = origin.permitted.scope;
  BW_CHECK(origin.snapshot && origin.snapshot->id() == scope.tenant());
  const metering::TenantMeter& meter = *origin.snapshot->meter;
  const metering::Payer payer = payer_of(origin);
  auto plan = plan_of(origin.snapshot, scope);
  CO_TRY(RoutePlan::Start start, where_to_start(*origin.snapshot, *plan, payer));
  CO_TRY(Candidates candidates, plan->resolve(payload.model(), payload.speakers(), start));
  const PlannedTarget* target = candidates.next();
  if (Status allowed = may_go_to(origin, *target); !allowed) {
    do target = candidates.next();
    while (target != nullptr && !may_go_to(origin, *target));
    if (target == nullptr) co_return std::unexpected(std::move(allowed.error()));
  }
  if (!payable(*target, payload, meter, payer)) co_return price_unknown(*target);
  CO_CHECK_OK(check_bounded(payload, meter, payer));
  CO_TRY(CallPtr call, reserve(origin, plan, payload, *target));
  while (true) {
    const PlannedTarget* after = candidates.next();
    while (after != nullptr && !(payable(*after, payload, meter, payer) && may_go_to(origin, *after)))
      after = candidates.next();
    using Otherwise = MeteredCall::Attempt::Otherwise;
    MeteredCall::Attempt attempt{.target = *target,
                                 .payload = payload,
                                 .loop = origin.loop,
                                 .scope = scope,
                                 .snapshot = *origin.snapshot,
                                 .local = origin.local,
                                 .clock = clock_,
                                 .instruments = instruments(target->kind()),
                                 .enforcement = meter.enforcement(payer),
                                 .otherwise = after != nullptr ? Otherwise::kTryNext : Otherwise::kNothing};
    CO_TRY(MeteredCall::Verdict verdict, co_await call->attempt(attempt));
    if (verdict == MeteredCall::Verdict::kAnswered) co_return call;
    attempt.instruments.fallbacks.add();
    target = after;
  }
}

net::Task<Result<Router::CallPtr>> Router::call_from(Origin origin, CallRequest request) {
  CO_TRY(RequestBody body, RequestBody::parse(request.body));
  CallerPayload payload(request.endpoint, std::move(body), request.headers);
  co_return co_await begin(origin, payload);
}

net::Task<Result<Generated>> Router::generate_from(Origin origin, Prompt prompt) {
  PromptPayload payload(std::move(prompt));
  CO_TRY(CallPtr call, co_await begin(origin, payload));
  const PlannedTarget& target = call->target();
  Generated out{.text = call->local_text(),
                .provider = std::string(target.provider_name()),
                .model = target.model(),
                .usage = call->usage(),
                .cost = call->cost()};
  if (target.is_local()) co_return out;
  if (call->status() < 200 || call->status() >= 300) {
    co_return fail(ErrorCode::kBadGateway, "upstream.status",
                   fmt::format("the model's provider answered {}", call->status()));
  }
  CO_TRY(out.text, adapter_for(target.kind()).answer_text(call->body()));
  co_return out;
}

}  // namespace bailiwick::routing
