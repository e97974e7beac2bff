#include "routing/router.h"

#include <fmt/format.h>

#include "base/log.h"

namespace bailiwick::routing {
namespace {

// More tenants that call, in one process, and plans are made anew rather than kept. A plan is some 2 KiB.
constexpr std::size_t kKeptTenants = 262'144;

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
          .retried = calls("retried"),
          .hedged = calls("hedged"),
          .outrun = calls("outrun"),
          .cut = calls("cut"),
          .input_tokens = tokens("input"),
          .output_tokens = tokens("output"),
          .cost_dollars = metrics.counter("bailiwick_model_cost_dollars_total",
                                          "What models cost, in US dollars.", {{"dialect", dialect}})};
}

Counter cache_counter(Metrics& metrics, std::string_view outcome) {
  return metrics.counter("bailiwick_response_cache_total", "Requests that looked for a known answer.",
                         {{"outcome", outcome}});
}

std::vector<CallInstruments> make_instruments(Metrics& metrics) {
  std::vector<CallInstruments> out;
  for (const auto& [name, kind] : enum_table(ProviderKind())) {
    BW_CHECK(out.size() == static_cast<std::size_t>(kind));
    out.push_back(make_instruments(metrics, kind));
  }
  return out;
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

/// What a call of the target comes by.
void note_in(tenancy::Footprint& footprint, const PlannedTarget& target) {
  using Part = tenancy::Footprint::Part;
  footprint.note(Part::kTarget, target);
  footprint.note(Part::kDeclared, *target.declared);
  if (target.is_local()) return;
  footprint.note(Part::kProvider, *target.provider);
  footprint.note(Part::kBreaker, *target.provider->breaker);
  constexpr std::size_t kOfMostCalls = 192;  // what it counts with, and where usual latencies are counted
  footprint.note(Part::kHealth, target.health.get(), kOfMostCalls);
  if (target.provider->key) footprint.note(Part::kKey, *target.provider->key);
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

Router::Router(const Prices& prices, LocalModel& local, Metrics& metrics, const Clock& clock,
               std::int64_t cache_bytes)
    : prices_(prices),
      local_(local),
      clock_(clock),
      instruments_(make_instruments(metrics)),
      budget_alerts_(
          metrics.counter("bailiwick_budget_alerts_total", "Budgets that passed their alert threshold.")),
      cache_hits_(cache_counter(metrics, "hit")),
      cache_misses_(cache_counter(metrics, "miss")),
      cache_space_(cache_bytes) {}

std::shared_ptr<const RoutePlan> Router::plan_of(const snapshot::SnapshotPtr& snapshot,
                                                 const tenancy::TenantScope& scope) {
  auto prices = prices_.load();
  std::string_view program = scope.program() ? scope.program()->view() : std::string_view();
  auto is_for_program = [program](const auto& plan) { return plan->program() == program; };
  {
    ReadLock lock(mutex_);
    if (auto known = routes_.find(snapshot->meter.get()); known != routes_.end()) {
      const auto& plans = known->second.plans;
      auto plan = std::ranges::find_if(plans, is_for_program);
      if (plan != plans.end() && (*plan)->fits(snapshot, prices)) {
        if (tenancy::Footprint* footprint = scope.footprint()) {
          footprint->note(tenancy::Footprint::Part::kRoutes, *known);
          footprint->note(tenancy::Footprint::Part::kPlan, **plan);
        }
        return *plan;
      }
    }
  }
  std::shared_ptr<RouteMemory> memory = memory_of(snapshot);
  auto plan = std::make_shared<const RoutePlan>(snapshot, program, std::move(prices), memory);
  memory->prune();
  WriteLock lock(mutex_);
  auto known = routes_.find(snapshot->meter.get());
  if (known == routes_.end()) return plan;  // swept meanwhile
  auto& plans = known->second.plans;
  if (auto old = std::ranges::find_if(plans, is_for_program); old != plans.end()) plans.erase(old);
  plans.push_back(plan);
  return plan;
}

/// One for each tenant, whoever asks first.
std::shared_ptr<RouteMemory> Router::memory_of(const snapshot::SnapshotPtr& snapshot) {
  WriteLock lock(mutex_);
  const metering::TenantMeter* key = snapshot->meter.get();
  if (routes_.size() >= kKeptTenants && !routes_.contains(key)) routes_.clear();
  TenantRoutes& routes = routes_[key];
  // The snapshot keeps alive what the entry is found by.
  routes.tenant = snapshot;
  if (!routes.memory) routes.memory = std::make_shared<RouteMemory>(cache_space_);
  return routes.memory;
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

Result<Router::CallPtr> Router::reserve(const Origin& origin, const PlanPtr& plan, Payload& payload,
                                        const PlannedTarget& target, Reserve how) {
  const std::shared_ptr<metering::TenantMeter>& meter = origin.snapshot->meter;
  metering::Payer payer = payer_of(origin);
  Quote quote = Quote::of(payload.facts(target), payload.endpoint(target), target, meter->habits(),
                          meter->enforcement(payer));
  quote.demand.requests = origin.counting == Counting::kOwnRequest ? 1 : 0;
  if (how == Reserve::kWhole) quote.demand.least_cost.reset();
  TRY(metering::Admission admission, meter->admit(quote.demand, payer));
  auto call = std::make_unique<MeteredCall>(meter, plan, std::move(admission), origin.record);
  call->begin_with(target, quote);
  return call;
}

/// The door did not know where the call would go; the rules are asked again for each target.
Status Router::may_go_to(const Origin& origin, const PlannedTarget& target) const {
  if (target.is_local()) return {};
  const policy::Facts& facts = target.provider->facts;
  if (facts.region.empty() && facts.in_transit.empty()) return {};  // the door's question, answered already
  return identity::check_facts(origin.permitted, *origin.snapshot, origin.record.resource, facts,
                               clock_.wall());
}

SelectionFacts Router::selection_facts(const Payload& payload, const Candidates& candidates,
                                       const metering::Habits& habits, RouteMemory& memory,
                                       std::string_view session) const {
  PayloadFacts facts = payload.facts(*candidates.targets().front());
  return {.session = session,
          .input_tokens = facts.input_tokens,
          .output_tokens = facts.max_tokens.value_or(std::max<std::int64_t>(habits.output(), 1)),
          .turn = memory.next_turn(),
          .now = clock_.mono()};
}

/// The first or a further target that money and rules allow; null when there is none.
const PlannedTarget* Router::next_usable(const Origin& origin, const Payload& payload,
                                         Candidates& candidates) const {
  const metering::Payer payer = payer_of(origin);
  const PlannedTarget* target = candidates.next();
  while (target != nullptr &&
         !(payable(*target, payload, *origin.snapshot->meter, payer) && may_go_to(origin, *target)))
    target = candidates.next();
  return target;
}

/// The first one. Unlike a fallback, a primary without a price is an error rather than passed over.
Result<const PlannedTarget*> Router::first_target(const Origin& origin, const Payload& payload,
                                                  Candidates& candidates) const {
  const metering::TenantMeter& meter = *origin.snapshot->meter;
  const metering::Payer payer = payer_of(origin);
  const PlannedTarget* target = candidates.next();
  if (Status allowed = may_go_to(origin, *target); !allowed) {
    do target = candidates.next();
    while (target != nullptr && !may_go_to(origin, *target));
    if (target == nullptr) return std::unexpected(std::move(allowed.error()));
  }
  CHECK_OK(check_bounded(payload, meter, payer));
  if (payable(*target, payload, meter, payer)) return target;
  bool has_equals = candidates.split().size() > 1;
  const PlannedTarget* other = has_equals ? next_usable(origin, payload, candidates) : nullptr;
  if (other == nullptr) return price_unknown(*target);
  return other;
}

std::optional<CacheTicket> Router::cache_ticket(const Origin& origin, const PlanPtr& plan,
                                                const CallRequest& request) const {
  if (request.endpoint == Endpoint::kCountTokens) return std::nullopt;
  net::Headers read;
  adapter_for(dialect_of(request.endpoint)).forward(request.headers, read);
  read.remove("idempotency-key");
  const snapshot::TenantSnapshot& tenant = *origin.snapshot;
  const snapshot::ResponseCaching& caching = *plan->config().cache;
  return CacheTicket{.memory = std::shared_ptr<RouteMemory>(plan, &plan->memory()),
                     .key = cache_key({plan->program(), path_of(request.endpoint), tenant.revision,
                                       tenant.rules_revision, read.lines(), request.body}),
                     .revision = tenant.revision,
                     .wishes = CacheWishes::of(request.headers),
                     .ttl = caching.ttl,
                     .most = caching.max_mib << 20};
}

Result<Router::CallPtr> Router::find_answer(const Origin& origin, const PlanPtr& plan,
                                            const Candidates& candidates, const CacheTicket& ticket) {
  ResponseCache::AnswerPtr answer;
  const PlannedTarget* source = nullptr;
  if (ticket.wishes.look) answer = ticket.memory->cache.find(ticket.key, ticket.wishes.oldest, clock_.mono());
  for (const PlannedTarget* target : candidates.targets()) {
    if (answer && target->provider_name() == answer->provider && target->model() == answer->model)
      source = target;
  }
  if (source == nullptr || !may_go_to(origin, *source)) {
    cache_misses_.add();
    if (!ticket.wishes.only) return nullptr;
    return fail(ErrorCode::kGatewayTimeout, "cache.miss",
                "no answer to this request is known, and Cache-Control: only-if-cached allows no other");
  }
  metering::Demand demand;
  demand.requests = origin.counting == Counting::kOwnRequest ? 1 : 0;
  TRY(metering::Admission admission, origin.snapshot->meter->admit(demand, payer_of(origin)));
  cache_hits_.add();
  auto call =
      std::make_unique<MeteredCall>(origin.snapshot->meter, plan, std::move(admission), origin.record);
  call->repeat(*answer, *source, clock_);
  return call;
}

void Router::sweep(const snapshot::TenantTable& tenants) {
  std::vector<const metering::TenantMeter*> gone;
  MonoTime now = clock_.mono();
  {
    ReadLock lock(mutex_);
    for (const auto& [meter, routes] : routes_) {
      snapshot::SnapshotPtr current = tenants.find(routes.tenant->id().view());
      if (!current || !current->active() || current->meter.get() != meter)
        gone.push_back(meter);
      else
        routes.memory->cache.sweep(current->revision, now);
    }
  }
  if (gone.empty()) return;
  WriteLock lock(mutex_);
  for (const metering::TenantMeter* meter : gone) {
    auto routes = routes_.find(meter);
    if (routes == routes_.end()) continue;
    routes->second.memory->cache.clear();
    routes_.erase(routes);
  }
}

net::Task<Result<Router::CallPtr>> Router::begin(const Origin& origin, Payload& payload,
                                                 const CallRequest* request) {
  const tenancy::TenantScope& scope = origin.permitted.scope;
  BW_CHECK(origin.snapshot && origin.snapshot->id() == scope.tenant());
  metering::TenantMeter& meter = *origin.snapshot->meter;
  const metering::Payer payer = payer_of(origin);
  auto plan = plan_of(origin.snapshot, scope);
  CO_TRY(RoutePlan::Start start, where_to_start(*origin.snapshot, *plan, payer));
  CO_TRY(Candidates candidates, plan->resolve(payload.model(), payload.speakers(), start));
  std::optional<CacheTicket> ticket;
  if (request != nullptr && plan->config().cache) {
    ticket = cache_ticket(origin, plan, *request);
    CO_TRY(CallPtr known, find_answer(origin, plan, candidates, *ticket));
    if (known) co_return known;
  }
  if (plan->arranges() && candidates.targets().size() > 1) {
    std::string_view session = request != nullptr ? request->headers.get(kSessionHeader) : std::string_view();
    if (session.empty()) session = origin.permitted.principal.subject;
    arrange(candidates, plan->config(),
            selection_facts(payload, candidates, meter.habits(), plan->memory(), session));
  }
  CO_TRY(const PlannedTarget* target, first_target(origin, payload, candidates));
  if (scope.footprint() != nullptr) note_in(*scope.footprint(), *target);
  CO_TRY(CallPtr call, reserve(origin, plan, payload, *target));
  if (ticket) call->keep_answer(*ticket);
  co_return co_await try_targets(origin, plan, payload, request, candidates, *target, std::move(call));
}

net::Task<Result<Router::CallPtr>> Router::call_from(Origin origin, CallRequest request) {
  CO_TRY(RequestBody body, RequestBody::parse(request.body));
  CallerPayload payload(request.endpoint, std::move(body), request.headers);
  co_return co_await begin(origin, payload, &request);
}

net::Task<Result<Generated>> Router::generate_from(Origin origin, Prompt prompt) {
  PromptPayload payload(std::move(prompt));
  CO_TRY(CallPtr call, co_await begin(origin, payload, nullptr));
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
