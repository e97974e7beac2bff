#include "api/rollouts.h"

#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::NoBody;
using edge::Reply;
using tenancy::Action;

enum class Reached { kEveryone, kRunning, kUndone };
constexpr std::array<std::pair<std::string_view, Reached>, 3> enum_table(Reached) {
  return {{{"everyone", Reached::kEveryone}, {"running", Reached::kRunning}, {"undone", Reached::kUndone}}};
}

struct RolloutView {
  std::string tenant;
  std::string revision;
  Reached status = Reached::kEveryone;
  std::int64_t percent = 100;
  std::string stage_since;
  std::int64_t baseline_serial = 0;
  std::string baseline;
  std::int64_t samples = 0;
  std::int64_t looser = 0;
  std::int64_t faulty = 0;
  std::string approved_by;
};
template <class Visitor>
void describe(Visitor& v, RolloutView& view) {
  v.required("tenant", view.tenant, "Whose.");
  v.required("revision", view.revision, "The active revision.");
  v.required("status", view.status, "How its rules hold.");
  v.required("percent", view.percent, "Of principals whom what they loosen reaches.");
  v.required("stage_since", view.stage_since, "RFC 3339; empty when there is no rollout.");
  v.required("baseline_serial", view.baseline_serial,
             "Of the revision whose rules hold for the others too; 0 when there is no rollout.");
  v.required("baseline", view.baseline, "The same revision's name.");
  v.required("samples", view.samples, "Decisions in this stage.");
  v.required("looser", view.looser,
             "Different pairs of principal and action that were denied before and no longer are.");
  v.required("faulty", view.faulty, "Different principals for whom a new rule could not be evaluated.");
  v.required("approved_by", view.approved_by, "Who accepted what became looser; empty = nobody.");
}

RolloutView view_of(const snapshot::TenantSnapshot& tenant) {
  RolloutView view{.tenant = tenant.id().str(), .revision = tenant.revision};
  if (!tenant.rollout) return view;
  const snapshot::RolloutState& state = tenant.rollout->state();
  snapshot::RolloutCounts seen = tenant.rollout->counts();
  view.status = state.status == snapshot::RolloutStatus::kUndone ? Reached::kUndone : Reached::kRunning;
  view.percent = tenant.rollout->percent();
  view.stage_since = to_rfc3339(state.stage_since);
  view.baseline_serial = state.baseline_serial;
  view.baseline = tenant.rollout->baseline();
  view.samples = seen.samples;
  view.looser = seen.looser;
  view.faulty = seen.faulty;
  view.approved_by = state.approved_by;
  return view;
}

struct StepBody {
  bundles::RolloutStep step = bundles::RolloutStep::kApprove;
  std::string revision;
};
template <class Visitor>
void describe(Visitor& v, StepBody& body) {
  v.required("step", body.step,
             "approve what becomes looser, finish the rollout now, or undo it until another revision comes.");
  v.required("revision", body.revision, "The active revision that you looked at.", {.max_length = 64});
}

struct Rollouts {
  bundles::TenantRegistry& registry;

  static net::Task<Result<Reply>> get(Rollouts, Call<Action::kBundlesRead>& call, NoBody) {
    co_return Reply::json(200, to_json_value(view_of(*call.snapshot)));
  }

  static net::Task<Result<Reply>> steer(Rollouts self, Call<Action::kBundlesActivate>& call, StepBody body) {
    auto work = [&] { return self.registry.steer_rollout(call.permit, body.step, body.revision); };
    CO_TRY(snapshot::SnapshotPtr tenant, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(view_of(*tenant)));
  }
};

}  // namespace

std::vector<edge::Route> rollout_routes(bundles::TenantRegistry& registry) {
  Rollouts self{registry};
  return {
      edge::route<Action::kBundlesRead, NoBody>("GET", "/v1/tenants/{tenant}/rollout",
                                                {.summary = "How far the active revision's rules reach",
                                                 .tag = "bundles",
                                                 .answer = edge::schema_of<RolloutView>},
                                                std::bind_front(Rollouts::get, self)),
      edge::route<Action::kBundlesActivate, StepBody>("POST", "/v1/tenants/{tenant}/rollout",
                                                      {.summary = "Approve, finish or undo a rollout",
                                                       .tag = "bundles",
                                                       .answer = edge::schema_of<RolloutView>},
                                                      std::bind_front(Rollouts::steer, self)),
  };
}

}  // namespace bailiwick::api
