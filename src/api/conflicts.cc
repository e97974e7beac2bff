#include "api/conflicts.h"

#include "api/bundle_views.h"
#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::NoBody;
using edge::Reply;
using policy::AnalysedRule;
using tenancy::Action;

struct RuleView {
  std::string id;
  std::string place;
  policy::RuleOrigin origin = policy::RuleOrigin::kTenant;
  policy::RuleState state = policy::RuleState::kActive;
};
template <class Visitor>
void describe(Visitor& v, RuleView& view) {
  v.required("id", view.id, "Its @id.");
  v.required("place", view.place, "file:line:column.");
  v.required("origin", view.origin, "Whose it is.");
  v.required("state", view.state, "Whether it holds or is asked about.");
}

struct ConflictView {
  policy::ConflictKind kind = policy::ConflictKind::kUndecided;
  policy::Severity severity = policy::Severity::kNotice;
  policy::PriorityClass priority = policy::PriorityClass::kDefault;
  std::string message;
  std::vector<RuleView> rules;
  Json witness;
};
template <class Visitor>
void describe(Visitor& v, ConflictView& view) {
  v.required("kind", view.kind, "What kind of conflict.");
  v.required("severity", view.severity, "How grave.");
  v.required("priority", view.priority, "The higher class of its rules.");
  v.required("message", view.message, "What is proven, in words.");
  v.required("rules", view.rules, "The rule that it is about, and the other one where there is one.");
  v.required("witness", view.witness, "A request that shows it, with its entities; null where none can.");
}

struct ConflictsView {
  std::string tenant;
  std::int64_t rules = 0;
  std::vector<ConflictView> conflicts;
  std::int64_t overlaps_left_out = 0;
};
template <class Visitor>
void describe(Visitor& v, ConflictsView& view) {
  v.required("tenant", view.tenant, "Whose.");
  v.required("rules", view.rules, "How many were compared, the platform's among them.");
  v.required("conflicts", view.conflicts, "The gravest first; docs/conflicts.md says what each means.");
  v.required("overlaps_left_out", view.overlaps_left_out,
             "Pairs that may overlap beyond those that are shown of one rule.");
}

RuleView view_of(const AnalysedRule& rule) {
  return {.id = rule.id, .place = rule.place, .origin = rule.origin, .state = rule.state};
}

ConflictsView view_of(std::string_view tenant, bundles::BundleConflicts found) {
  ConflictsView view{.tenant = std::string(tenant),
                     .rules = static_cast<std::int64_t>(found.rules.size()),
                     .conflicts = {},
                     .overlaps_left_out = static_cast<std::int64_t>(found.report.overlaps_left_out)};
  for (policy::Conflict& one : found.report.findings) {
    ConflictView& made = view.conflicts.emplace_back(ConflictView{.kind = one.kind,
                                                                  .severity = one.severity,
                                                                  .priority = one.priority,
                                                                  .message = std::move(one.message),
                                                                  .rules = {view_of(found.rules[one.rule])},
                                                                  .witness = {nullptr}});
    if (one.other) made.rules.push_back(view_of(found.rules[*one.other]));
    if (one.witness) made.witness.value = std::move(*one.witness);
  }
  return view;
}

struct ProposedBody {
  FileMap files;
};
template <class Visitor>
void describe(Visitor& v, ProposedBody& body) {
  v.required("files", body.files, "Path → content of every file of the bundle that would hold.");
}

struct Conflicts {
  bundles::TenantRegistry& registry;

  static net::Task<Result<Reply>> active(Conflicts self, Call<Action::kBundlesRead>& call, NoBody) {
    auto work = [&] { return self.registry.conflicts(call.permit, std::nullopt); };
    CO_TRY(bundles::BundleConflicts found, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(view_of(call.permit.tenant().view(), std::move(found))));
  }

  static net::Task<Result<Reply>> proposed(Conflicts self, Call<Action::kBundlesRead>& call,
                                           edge::RawBody raw) {
    constexpr JsonRules kRules{.max_values = 4 * snapshot::kMaxBundleFiles};
    auto work = [&]() -> Result<bundles::BundleConflicts> {
      TRY(ProposedBody body, bind_json<ProposedBody>(raw.bytes, kRules));
      return self.registry.conflicts(call.permit, std::move(body.files.files));
    };
    CO_TRY(bundles::BundleConflicts found, co_await call.loop().blocking.run(work));
    co_return Reply::json(200, to_json_value(view_of(call.permit.tenant().view(), std::move(found))));
  }
};

}  // namespace

std::vector<edge::Route> conflict_routes(bundles::TenantRegistry& registry) {
  constexpr std::size_t kMaxBody = 2 * snapshot::kMaxBundleBytes;
  Conflicts self{registry};
  return {
      edge::route<Action::kBundlesRead, NoBody>(
          "GET", "/v1/tenants/{tenant}/conflicts",
          {.summary = "Conflicts of the rules that hold, each with a request that shows it",
           .tag = "bundles",
           .answer = edge::schema_of<ConflictsView>},
          std::bind_front(Conflicts::active, self)),
      edge::route<Action::kBundlesRead, edge::RawBody>(
          "POST", "/v1/tenants/{tenant}/conflicts",
          {.summary = "The same of a bundle that is not active yet",
           .tag = "bundles",
           .body_limit = kMaxBody,
           .body = edge::schema_of<ProposedBody>,
           .answer = edge::schema_of<ConflictsView>},
          std::bind_front(Conflicts::proposed, self)),
  };
}

}  // namespace bailiwick::api
