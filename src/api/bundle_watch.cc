#include "api/bundle_watch.h"

#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using bundles::WatchReport;
using edge::Call;
using edge::NoBody;
using edge::Reply;
using tenancy::Action;

struct UnfreezeBody {
  std::string reason;
};
template <class Visitor>
void describe(Visitor& v, UnfreezeBody& body) {
  v.required("reason", body.reason, "What was found and done, for the record.",
             {.max_length = 1000, .min_length = 1});
}

struct Watch {
  bundles::TenantRegistry& registry;
  bundles::OnTampering action;

  static net::Task<Result<Reply>> last(Watch self, Call<Action::kBundlesInspect>& call, NoBody) {
    auto work = [&]() -> Result<WatchReport> { return self.registry.last_inspection(call.permit); };
    CO_TRY(WatchReport report, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(report));
  }

  static net::Task<Result<Reply>> now(Watch self, Call<Action::kBundlesInspect>& call, NoBody) {
    auto work = [&] { return self.registry.inspect(call.permit, self.action); };
    CO_TRY(WatchReport report, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(report));
  }

  static net::Task<Result<Reply>> unfreeze(Watch self, Call<Action::kBundlesUnfreeze>& call,
                                           UnfreezeBody body) {
    auto work = [&] { return self.registry.unfreeze(call.permit, body.reason); };
    CO_TRY(WatchReport report, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(report));
  }
};

}  // namespace

std::vector<edge::Route> bundle_watch_routes(bundles::TenantRegistry& registry, bundles::OnTampering action) {
  Watch self{registry, action};
  return {
      edge::route<Action::kBundlesInspect, NoBody>("GET", "/v1/bundles/watch",
                                                   {.summary = "What the watchdog found last",
                                                    .tag = "bundles",
                                                    .answer = edge::schema_of<WatchReport>},
                                                   std::bind_front(Watch::last, self)),
      edge::route<Action::kBundlesInspect, NoBody>(
          "POST", "/v1/bundles/watch",
          {.summary = "Compare what holds with what is stored, signed and declared, now",
           .tag = "bundles",
           .answer = edge::schema_of<WatchReport>},
          std::bind_front(Watch::now, self)),
      edge::route<Action::kBundlesUnfreeze, UnfreezeBody>(
          "POST", "/v1/bundles/unfreeze",
          {.summary = "Take changes again after tampering was looked into",
           .tag = "bundles",
           .answer = edge::schema_of<WatchReport>},
          std::bind_front(Watch::unfreeze, self)),
  };
}

}  // namespace bailiwick::api
