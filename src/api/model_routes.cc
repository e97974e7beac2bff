#include "api/model_routes.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::NoBody;
using edge::Reply;
using tenancy::Action;

struct TargetView {
  std::string provider;
  std::string model;
  std::string state;
  std::int64_t ready_in_ms = 0;
  std::int64_t in_flight = 0;
  std::optional<double> p95_ms;
  std::optional<double> error_share;
  std::optional<std::int64_t> waiting;
};
template <class Visitor>
void describe(Visitor& v, TargetView& view) {
  v.required("provider", view.provider, "A key of router.yaml's providers, or local.");
  v.required("model", view.model, "The provider's name of it.");
  v.required("state", view.state, "ready, or resting: it keeps failing, or asked for time.");
  v.required("ready_in_ms", view.ready_in_ms, "When it may be called again.");
  v.required("in_flight", view.in_flight, "Calls under way.");
  v.required("p95_ms", view.p95_ms, "95 of 100 calls of the last half minute were quicker; null = too few.");
  v.required("error_share", view.error_share, "Of the calls of the last half minute; null = too few.");
  v.required("waiting", view.waiting,
             "Calls of the tenant that wait for one of the provider's slots; null = they are not scarce.");
}

struct CacheView {
  std::int64_t answers = 0;
  std::int64_t bytes = 0;
  std::int64_t hits = 0;
  std::int64_t misses = 0;
};
template <class Visitor>
void describe(Visitor& v, CacheView& view) {
  v.required("answers", view.answers, "That are kept.");
  v.required("bytes", view.bytes, "Memory that they take.");
  v.required("hits", view.hits, "Requests that were answered by one, since the start.");
  v.required("misses", view.misses, "Requests that looked for one and found none.");
}

struct RoutesView {
  std::string tenant;
  std::vector<TargetView> targets;
  CacheView cache;
};
template <class Visitor>
void describe(Visitor& v, RoutesView& view) {
  v.required("tenant", view.tenant, "Whose.");
  v.required("targets", view.targets, "Every target, in the order of the route.");
  v.required("cache", view.cache, "Answers that may be given again.");
}

struct ClearedView {
  std::int64_t forgotten = 0;
};
template <class Visitor>
void describe(Visitor& v, ClearedView& view) {
  v.required("forgotten", view.forgotten, "Answers that were kept.");
}

TargetView view_of(const routing::PlannedTarget& target, const metering::FairQueue::Share& share,
                   MonoTime now) {
  TargetView view{.provider = std::string(target.provider_name()), .model = target.model(), .state = "ready"};
  if (target.is_local()) return view;
  auto rest = std::chrono::ceil<std::chrono::milliseconds>(target.ready_at() - now);
  if (rest.count() > 0) {
    view.state = "resting";
    view.ready_in_ms = rest.count();
  }
  view.in_flight = target.health->in_flight();
  if (auto p95 = target.health->p95(now)) view.p95_ms = static_cast<double>(p95->count()) / 1000;
  view.error_share = target.health->error_share(now);
  if (target.provider->queue) view.waiting = target.provider->queue->waiting(share);
  return view;
}

struct ModelRoutes {
  routing::Router& router;

  static net::Task<Result<Reply>> get(ModelRoutes self, Call<Action::kUsageRead>& call, NoBody) {
    auto plan = self.router.plan_of(call.snapshot, call.permit.scope());
    RoutesView view{.tenant = call.permit.tenant().str()};
    MonoTime now = self.router.clock().mono();
    for (const routing::PlannedTarget* target : plan->targets())
      view.targets.push_back(view_of(*target, plan->share(), now));
    auto cache = plan->memory().cache.view();
    view.cache = {.answers = cache.answers, .bytes = cache.bytes, .hits = cache.hits, .misses = cache.misses};
    co_return Reply::json(200, to_json_value(view));
  }

  static net::Task<Result<Reply>> clear(ModelRoutes self, Call<Action::kCacheClear>& call, NoBody) {
    auto plan = self.router.plan_of(call.snapshot, call.permit.scope());
    co_return Reply::json(200, to_json_value(ClearedView{.forgotten = plan->memory().cache.clear()}));
  }
};

}  // namespace

std::vector<edge::Route> model_routes(routing::Router& router) {
  ModelRoutes self{router};
  return {
      edge::route<Action::kUsageRead, NoBody>("GET", "/v1/tenants/{tenant}/routes",
                                              {.summary = "How the models of the tenant's routes are doing",
                                               .tag = "tenants",
                                               .answer = edge::schema_of<RoutesView>},
                                              std::bind_front(ModelRoutes::get, self)),
      edge::route<Action::kCacheClear, NoBody>(
          "DELETE", "/v1/tenants/{tenant}/cache",
          {.summary = "Forget the model answers that are kept to be given again",
           .tag = "tenants",
           .answer = edge::schema_of<ClearedView>},
          std::bind_front(ModelRoutes::clear, self)),
  };
}

}  // namespace bailiwick::api
