#include "api/tenants.h"

#include <charconv>

#include "api/dry_run.h"
#include "api/meter_view.h"
#include "api/paging.h"
#include "api/tenant_view.h"
#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using bundles::Apply;
using edge::Call;
using edge::Reply;
using snapshot::SnapshotPtr;
using tenancy::Action;

struct SuspendBody {
  std::string reason;
};
template <class Visitor>
void describe(Visitor& v, SuspendBody& body) {
  v.required("reason", body.reason, "Why; stands in the record.", {.max_length = 500, .min_length = 1});
}

/// The version in If-Match: `"3"`.
Result<std::optional<std::int64_t>> if_match(const edge::CallBase& call) {
  auto header = call.exchange.head().headers.find("if-match");
  if (!header) return std::nullopt;
  std::string_view text = *header;
  std::int64_t version = 0;
  bool quoted = text.size() > 2 && text.front() == '"' && text.back() == '"';
  if (quoted) text = text.substr(1, text.size() - 2);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (quoted && error == std::errc() && end == text.data() + text.size()) return version;
  return fail(ErrorCode::kInvalid, "if_match.malformed", "If-Match holds the ETag of the tenant, like \"3\"");
}

Reply tenant_reply(int status, const SnapshotPtr& tenant, const json::value& view) {
  Reply reply = Reply::json(status, view);
  reply.response.headers.add("ETag", "\"" + std::to_string(tenant->lifecycle.version) + "\"");
  return reply;
}
Reply tenant_reply(int status, const SnapshotPtr& tenant) {
  return tenant_reply(status, tenant, to_json_value(view_of(*tenant)));
}
Reply tenant_reply(int status, bundles::Taken taken) {
  ChangedTenantView view{view_of(*taken.tenant), std::move(taken.replay)};
  return tenant_reply(status, taken.tenant, to_json_value(view));
}

struct Tenants {
  bundles::TenantRegistry& registry;

  static net::Task<Result<Reply>> create(Tenants self, Call<Action::kTenantsCreate>& call,
                                         snapshot::TenantDeclaration body) {
    CO_TRY(Apply apply, apply_of(call));
    call.record.resource = "tenant:" + body.id.str();
    auto work = [&] { return self.registry.create(call.permit, body, apply); };
    CO_TRY(bundles::Taken made, co_await call.loop().blocking.run(work));
    Reply reply = tenant_reply(apply == Apply::kCommit ? 201 : 200, std::move(made));
    reply.response.headers.add("Location", "/v1/tenants/" + body.id.str());
    co_return reply;
  }

  static net::Task<Result<Reply>> get(Tenants self, Call<Action::kTenantsGet>& call, edge::NoBody) {
    CO_TRY(SnapshotPtr found, self.registry.get(call.permit));
    co_return tenant_reply(200, found);
  }

  static net::Task<Result<Reply>> list(Tenants self, Call<Action::kTenantsList>& call, edge::NoBody) {
    CO_TRY(Page page, page_of(call));
    bundles::TenantFilter filter;
    filter.name_prefix = call.query("name_prefix");
    if (std::string_view status = call.query("status"); !status.empty()) {
      filter.status = enum_from<snapshot::TenantStatus>(status);
      if (!filter.status)
        co_return fail(ErrorCode::kInvalid, "query.status",
                       one_of(enum_words<snapshot::TenantStatus>(), status));
    }
    if (std::string_view plan = call.query("plan"); !plan.empty()) {
      filter.plan = enum_from<snapshot::Plan>(plan);
      if (!filter.plan)
        co_return fail(ErrorCode::kInvalid, "query.plan", one_of(enum_words<snapshot::Plan>(), plan));
    }
    if (std::string_view label = call.query("label"); !label.empty()) {
      std::size_t equals = label.find('=');
      if (equals == std::string_view::npos)
        co_return fail(ErrorCode::kInvalid, "query.label", "write label=key=value");
      filter.labels.emplace(label.substr(0, equals), label.substr(equals + 1));
    }
    bundles::TenantPage found = self.registry.list(call.permit, filter, page.after, page.size);
    TenantList view{.tenants = {}, .next_page_token = page_token(found.next)};
    for (const SnapshotPtr& tenant : found.tenants) view.tenants.push_back(view_of(*tenant));
    co_return Reply::json(200, to_json_value(view));
  }

  static net::Task<Result<Reply>> update(Tenants self, Call<Action::kTenantsUpdate>& call,
                                         edge::RawBody body) {
    CO_TRY(Apply apply, apply_of(call));
    CO_TRY(std::optional<std::int64_t> version, if_match(call));
    if (!version) {
      co_return fail(
          ErrorCode::kPreconditionRequired, "if_match.missing",
          "send If-Match with the ETag that GET /v1/tenants/{tenant} answered, so that no change is lost");
    }
    CO_TRY(json::object patch, parse_json_object(body.bytes));
    auto work = [&] { return self.registry.update(call.permit, patch, *version, apply); };
    CO_TRY(bundles::Taken changed, co_await call.loop().blocking.run(work));
    co_return tenant_reply(200, std::move(changed));
  }

  /// Suspend, resume and remove differ only in what they ask the registry for.
  template <Action A, class Step>
  static net::Task<Result<Reply>> move(Call<A>& call, Step step) {
    CO_TRY(Apply apply, apply_of(call));
    CO_TRY(std::optional<std::int64_t> version, if_match(call));
    auto work = [&] { return step(version, apply); };
    CO_TRY(SnapshotPtr moved, co_await call.loop().blocking.run(work));
    co_return tenant_reply(200, moved);
  }

  static net::Task<Result<Reply>> suspend(Tenants self, Call<Action::kTenantsSuspend>& call,
                                          SuspendBody body) {
    auto step = [&](auto version, Apply apply) {
      return self.registry.suspend(call.permit, body.reason, version, apply);
    };
    co_return co_await move(call, step);
  }
  static net::Task<Result<Reply>> resume(Tenants self, Call<Action::kTenantsResume>& call, edge::NoBody) {
    auto step = [&](auto version, Apply apply) { return self.registry.resume(call.permit, version, apply); };
    co_return co_await move(call, step);
  }
  static net::Task<Result<Reply>> remove(Tenants self, Call<Action::kTenantsDelete>& call, edge::NoBody) {
    auto step = [&](auto version, Apply apply) { return self.registry.remove(call.permit, version, apply); };
    co_return co_await move(call, step);
  }

  static net::Task<Result<Reply>> usage(Call<Action::kUsageRead>& call, edge::NoBody) {
    MeterView view = view_of(call.permit.tenant().view(), call.snapshot->meter->view());
    co_return Reply::json(200, to_json_value(view));
  }
};

}  // namespace

TenantView view_of(const snapshot::TenantSnapshot& tenant) {
  TenantView view;
  static_cast<snapshot::TenantDeclaration&>(view) = tenant.tenant;
  view.status = tenant.lifecycle.status;
  view.uuid = tenant.lifecycle.uuid;
  view.status_reason = tenant.lifecycle.reason;
  view.created_at = to_rfc3339(tenant.lifecycle.created_at);
  view.updated_at = to_rfc3339(tenant.lifecycle.updated_at);
  view.version = tenant.lifecycle.version;
  view.revision = tenant.revision;
  view.inherited_quotas = tenant.inherited;
  return view;
}

std::vector<edge::Route> tenant_routes(bundles::TenantRegistry& registry) {
  using edge::NoBody;
  Tenants self{registry};
  constexpr auto kTenant = edge::schema_of<TenantView>;
  constexpr auto kChanged = edge::schema_of<ChangedTenantView>;
  return {
      edge::route<Action::kTenantsCreate, snapshot::TenantDeclaration>(
          "POST", "/v1/tenants",
          {.summary = "Create a tenant",
           .tag = "tenants",
           .success = 201,
           .answer = kChanged,
           .query = {kDryRunQuery}},
          std::bind_front(Tenants::create, self)),
      edge::route<Action::kTenantsList, NoBody>("GET", "/v1/tenants",
                                                {.summary = "List tenants",
                                                 .tag = "tenants",
                                                 .answer = edge::schema_of<TenantList>,
                                                 .query = {kPageSizeQuery,
                                                           kPageTokenQuery,
                                                           {"status", "Only this status."},
                                                           {"plan", "Only this plan."},
                                                           {"label", "Only with this label: key=value."},
                                                           {"name_prefix", "Only names that begin so."}}},
                                                std::bind_front(Tenants::list, self)),
      edge::route<Action::kTenantsGet, NoBody>(
          "GET", "/v1/tenants/{tenant}", {.summary = "Show a tenant", .tag = "tenants", .answer = kTenant},
          std::bind_front(Tenants::get, self)),
      edge::route<Action::kTenantsUpdate, edge::RawBody>(
          "PATCH", "/v1/tenants/{tenant}",
          {.summary = "Change a tenant by a JSON merge patch; needs If-Match",
           .tag = "tenants",
           .body = [] { return json::object{{"type", "object"}}; },
           .answer = kChanged,
           .query = {kDryRunQuery}},
          std::bind_front(Tenants::update, self)),
      edge::route<Action::kTenantsSuspend, SuspendBody>("POST", "/v1/tenants/{tenant}/suspend",
                                                        {.summary = "Stop a tenant's calls at once",
                                                         .tag = "tenants",
                                                         .answer = kTenant,
                                                         .query = {kDryRunQuery}},
                                                        std::bind_front(Tenants::suspend, self)),
      edge::route<Action::kTenantsResume, NoBody>("POST", "/v1/tenants/{tenant}/resume",
                                                  {.summary = "Let a tenant work again",
                                                   .tag = "tenants",
                                                   .answer = kTenant,
                                                   .query = {kDryRunQuery}},
                                                  std::bind_front(Tenants::resume, self)),
      edge::route<Action::kTenantsDelete, NoBody>("DELETE", "/v1/tenants/{tenant}",
                                                  {.summary = "Remove a tenant: terminating, then archived",
                                                   .tag = "tenants",
                                                   .answer = kTenant,
                                                   .query = {kDryRunQuery}},
                                                  std::bind_front(Tenants::remove, self)),
      edge::route<Action::kUsageRead, NoBody>("GET", "/v1/tenants/{tenant}/usage",
                                              {.summary = "What a tenant uses now, against its limits",
                                               .tag = "tenants",
                                               .answer = edge::schema_of<MeterView>},
                                              Tenants::usage),
  };
}

}  // namespace bailiwick::api
