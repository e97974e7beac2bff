#include "api/budgets.h"

#include "api/meter_view.h"
#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::NoBody;
using edge::Reply;
using tenancy::Action;

struct RateView {
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  std::int64_t seconds = 0;
};
template <class Visitor>
void describe(Visitor& v, RateView& view) {
  v.required("limit", view.limit, "In so many seconds.");
  v.required("remaining", view.remaining, "That would be admitted now.");
  v.required("seconds", view.seconds, "1, 60 or 3600.");
}

struct LevelView {
  metering::Level level = metering::Level::kTenant;
  std::string name;
  std::int64_t concurrent = 0;
  std::optional<RateView> requests;
  std::optional<RateView> tokens;
  std::vector<WindowView> budgets;
};
template <class Visitor>
void describe(Visitor& v, LevelView& view) {
  v.required("level", view.level, "tenant, program or token.");
  v.required("name", view.name, "Of the program, or token:tok_…; empty for the tenant.");
  v.required("concurrent", view.concurrent, "Requests in progress.");
  v.required("requests", view.requests, "The rate with the smallest share left; null = unlimited.");
  v.required("tokens", view.tokens, "Likewise.");
  v.required("budgets", view.budgets, "The day's and the month's.");
}

struct BudgetsView {
  std::string tenant;
  std::vector<LevelView> levels;
};
template <class Visitor>
void describe(Visitor& v, BudgetsView& view) {
  v.required("tenant", view.tenant, "Whose.");
  v.required("levels", view.levels, "The tenant, then programs and tokens that have limits of their own.");
}

struct RaiseBody {
  metering::Span window = metering::Span::kDay;
  PicoDollars by;
  std::string program;
  std::string reason;
};
template <class Visitor>
void describe(Visitor& v, RaiseBody& body) {
  v.required("window", body.window, "Until this day or month ends.");
  v.required("by_usd", body.by, "How much more, in USD.");
  v.field("program", body.program, "Of this program; absent = of the tenant.", {.max_length = 63});
  v.required("reason", body.reason, "Why; stands in the ledger with who approved it.", {.max_length = 1000});
}

std::optional<RateView> view_of(const std::optional<metering::RateState>& rate) {
  if (!rate) return std::nullopt;
  return RateView{.limit = rate->limit, .remaining = rate->remaining, .seconds = rate->period.count()};
}

LevelView view_of(const metering::LevelView& level) {
  LevelView view{.level = level.level,
                 .name = level.name,
                 .concurrent = level.concurrent,
                 .requests = view_of(level.requests),
                 .tokens = view_of(level.tokens),
                 .budgets = {}};
  for (const metering::WindowSpend& spend : level.windows) view.budgets.push_back(api::view_of(spend));
  return view;
}

struct Budgets {
  bundles::TenantRegistry& registry;

  static net::Task<Result<Reply>> get(Budgets, Call<Action::kUsageRead>& call, NoBody) {
    BudgetsView view{.tenant = call.permit.tenant().str(), .levels = {}};
    for (const metering::LevelView& level : call.snapshot->meter->levels())
      view.levels.push_back(view_of(level));
    co_return Reply::json(200, to_json_value(view));
  }

  static net::Task<Result<Reply>> raise(Budgets self, Call<Action::kBudgetsRaise>& call, RaiseBody body) {
    bundles::TenantRegistry::RaiseRequest request{.span = body.window,
                                                  .by = body.by,
                                                  .program = std::move(body.program),
                                                  .reason = std::move(body.reason)};
    auto work = [&] { return self.registry.raise_budget(call.permit, request); };
    CO_TRY(metering::WindowSpend raised, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(api::view_of(raised)));
  }
};

}  // namespace

std::vector<edge::Route> budget_routes(bundles::TenantRegistry& registry) {
  Budgets self{registry};
  return {
      edge::route<Action::kUsageRead, NoBody>("GET", "/v1/tenants/{tenant}/budgets",
                                              {.summary = "What may still be used and spent, by level",
                                               .tag = "tenants",
                                               .answer = edge::schema_of<BudgetsView>},
                                              std::bind_front(Budgets::get, self)),
      edge::route<Action::kBudgetsRaise, RaiseBody>("POST", "/v1/tenants/{tenant}/budgets/raise",
                                                    {.summary = "More money until the day or month ends",
                                                     .tag = "tenants",
                                                     .answer = edge::schema_of<WindowView>},
                                                    std::bind_front(Budgets::raise, self)),
  };
}

}  // namespace bailiwick::api
