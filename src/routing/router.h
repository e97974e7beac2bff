// Router: finds the model that a tenant's routes name, reserves, calls, and falls back.
//
//   auto call = co_await router.call(permit, snapshot, loop, request, record);      // a caller's own request
//   auto text = co_await router.generate(permit, snapshot, loop, prompt, record);   // a prompt of ours
//
// Tried in order until a target answers: those of the route that speak the caller's dialect, as `selection.h`
// arranges them. A target is passed over when it cannot be reached, is too slow, answers 408, 429 or 5xx, or
// breaks off before any byte was delivered, when its breaker is open, when a rule denies that data goes
// there, and, as a fallback, when it has no price while a budget is set. When all failed without having used
// anything, the route's `retries` may go through it again. Safe from any thread.
//
// A target of another dialect than the caller's speaks it through a translation (`translation/`), and is
// passed over when it cannot be told all of the request.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include "base/published.h"
#include "identity/late_question.h"
#include "metering/payer.h"
#include "routing/metered_call.h"
#include "routing/selection.h"
#include "snapshot/tenant_table.h"

namespace bailiwick::routing {

struct CallRequest {
  Endpoint endpoint = Endpoint::kChatCompletions;
  std::string_view body;        ///< the caller's bytes; outlive the call
  const net::Headers& headers;  ///< the caller's; only what means something to the upstream is passed on
  const net::Exchange* caller = nullptr;  ///< asked whether it is still there; null: nobody knows
};

/// Calls that name the same session here stay together in a sticky split.
inline constexpr std::string_view kSessionHeader = "x-bailiwick-session";

/// Does the call count as a request of its own, or was its request admitted already?
enum class Counting { kOwnRequest, kWithinRequest };

struct Generated {
  std::string text;
  std::string provider;
  std::string model;
  metering::TokenUsage usage;
  PicoDollars cost;
};

class Race;

class Router {
 public:
  using Prices = Published<metering::PriceBook>;

  /// All outlive the router.
  Router(const Prices& prices, LocalModel& local, Metrics& metrics, const Clock& clock,
         std::int64_t cache_bytes = std::int64_t{256} << 20);

  /// Errors: kForbidden when rules deny every target (`sovereignty.region`); kInvalid (the body, `no_route`,
  /// `price.unknown`, `price.unbounded`), kNotFound `model_not_found`, kRateLimited and kPaymentRequired from
  /// the meter, kPaymentRequired `budget.circuit_breaker`, kBadGateway, kGatewayTimeout and kUnavailable when
  /// no target answered. An upstream's own error is an answer, passed on as it is.
  template <tenancy::Action A>
    requires tenancy::PermitFor<tenancy::Permit<A>, tenancy::Action::kModelsChat,
                                tenancy::Action::kModelsEmbed>
  net::Task<Result<std::unique_ptr<MeteredCall>>> call(const tenancy::Permit<A>& permit,
                                                       const snapshot::SnapshotPtr& snapshot, net::Loop& loop,
                                                       CallRequest request, ledger::Record& record) {
    return call_from(
        Origin{identity::Permitted::by(permit), snapshot, loop, record, Counting::kOwnRequest, local_},
        request);
  }

  /// Asks the tenant's route (`auto`) a prompt and waits for the whole answer. With `local` given, a route
  /// that comes to the provider `local` is answered by it rather than by the router's own. The record gets
  /// provider, model, tokens and cost. Errors as above; also kBadGateway `upstream.status` when no target
  /// answered well.
  template <tenancy::Action A>
    requires tenancy::PermitFor<tenancy::Permit<A>, tenancy::Action::kAsk, tenancy::Action::kModelsChat>
  net::Task<Result<Generated>> generate(const tenancy::Permit<A>& permit,
                                        const snapshot::SnapshotPtr& snapshot, net::Loop& loop, Prompt prompt,
                                        ledger::Record& record, Counting counting = Counting::kWithinRequest,
                                        LocalModel* local = nullptr) {
    return generate_from(Origin{identity::Permitted::by(permit), snapshot, loop, record, counting,
                                local != nullptr ? *local : local_},
                         std::move(prompt));
  }

  /// The routes of a tenant, as far as `scope` narrows them to a program.
  std::shared_ptr<const RoutePlan> plan_of(const snapshot::SnapshotPtr& snapshot,
                                           const tenancy::TenantScope& scope);
  const Clock& clock() const { return clock_; }
  /// Forgets the tenants that are not active in `tenants`: their answers, above all.
  void sweep(const snapshot::TenantTable& tenants);

 private:
  /// Where a call comes from.
  struct Origin {
    identity::Permitted permitted;
    const snapshot::SnapshotPtr& snapshot;
    net::Loop& loop;
    ledger::Record& record;
    Counting counting;
    LocalModel& local;
  };
  using CallPtr = std::unique_ptr<MeteredCall>;
  using PlanPtr = std::shared_ptr<const RoutePlan>;

  net::Task<Result<CallPtr>> call_from(Origin origin, CallRequest request);
  net::Task<Result<Generated>> generate_from(Origin origin, Prompt prompt);
  /// `request` is null for a prompt of ours.
  net::Task<Result<CallPtr>> begin(const Origin& origin, Payload& payload, const CallRequest* request);
  /// `call` asks `target`, and then what follows among the candidates, until one answers.
  net::Task<Result<CallPtr>> try_targets(const Origin& origin, const PlanPtr& plan, Payload& payload,
                                         const CallRequest* request, Candidates& candidates,
                                         const PlannedTarget& first, CallPtr call);
  MeteredCall::Attempt attempt_at(const PlannedTarget& target, const Origin& origin, Payload& payload,
                                  const CallRequest* request) const;
  struct Raced {
    MeteredCall::Verdict verdict{};
    bool asked_second = false;
  };
  /// As `call->attempt(attempt)`; when that is slow, `second` is asked too, with `otherwise` behind it.
  /// `call` is then the one that answered.
  net::Task<Result<Raced>> race(const Origin& origin, const PlanPtr& plan, CallPtr& call,
                                MeteredCall::Attempt attempt, const PlannedTarget& second,
                                MeteredCall::Attempt::Otherwise otherwise);
  struct SecondCall;
  std::unique_ptr<SecondCall> ask_second(const Origin& origin, const PlanPtr& plan, const MeteredCall& first,
                                         const MeteredCall::Attempt& attempt, const PlannedTarget& second,
                                         Race& race);
  static void settle_race(const Race& race, MeteredCall& call, MeteredCall& other);
  std::shared_ptr<RouteMemory> memory_of(const snapshot::SnapshotPtr& snapshot);
  std::optional<CacheTicket> cache_ticket(const Origin& origin, const PlanPtr& plan,
                                          const CallRequest& request) const;
  /// An answer that is known. Null: none is, or not from a provider that may be called now.
  Result<CallPtr> find_answer(const Origin& origin, const PlanPtr& plan, const Candidates& candidates,
                              const CacheTicket& ticket);
  SelectionFacts selection_facts(const Payload& payload, const Candidates& candidates,
                                 const metering::Habits& habits, RouteMemory& memory,
                                 std::string_view session) const;
  Result<const PlannedTarget*> first_target(const Origin& origin, const Payload& payload,
                                            Candidates& candidates) const;
  const PlannedTarget* next_usable(const Origin& origin, const Payload& payload,
                                   Candidates& candidates) const;
  /// Errors: kForbidden when a rule denies that the tenant's data goes there, such as `sovereignty.region`.
  Status may_go_to(const Origin& origin, const PlannedTarget& target) const;
  /// Of a budget that does not hold all that a call may cost: what it holds, or nothing.
  enum class Reserve { kAsFarAsItGoes, kWhole };
  Result<CallPtr> reserve(const Origin& origin, const PlanPtr& plan, Payload& payload,
                          const PlannedTarget& target, Reserve how = Reserve::kAsFarAsItGoes);
  Result<RoutePlan::Start> where_to_start(const snapshot::TenantSnapshot& snapshot, const RoutePlan& plan,
                                          const metering::Payer& payer) const;
  static metering::Payer payer_of(const Origin& origin) {
    return metering::payer_of(origin.permitted.scope, origin.permitted.principal);
  }
  const CallInstruments& instruments(ProviderKind kind) const {
    return instruments_[static_cast<std::size_t>(kind)];
  }

  const Prices& prices_;
  LocalModel& local_;
  const Clock& clock_;
  std::vector<CallInstruments> instruments_;  ///< by kind
  Counter budget_alerts_;
  Counter cache_hits_;
  Counter cache_misses_;
  CacheSpace cache_space_;

  SharedMutex mutex_;
  struct TenantRoutes {
    snapshot::SnapshotPtr tenant;  ///< as it was when a plan was made last
    std::shared_ptr<RouteMemory> memory;
    boost::container::small_vector<std::shared_ptr<const RoutePlan>, 1>
        plans;  ///< one per program that calls
  };
  /// By what a tenant keeps through all its snapshots.
  boost::unordered_flat_map<const metering::TenantMeter*, TenantRoutes> routes_ BW_GUARDED_BY(mutex_);
};

}  // namespace bailiwick::routing
