#include "api/access.h"

#include <charconv>

#include <fmt/format.h>

#include "api/access_body.h"
#include "api/access_record.h"
#include "api/access_view.h"
#include "crypto/hash.h"
#include "net/blocking.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::RawBody;
using edge::Reply;
using policy::AccessPolicies;
using tenancy::Action;

/// Of the snapshot that the call was admitted under. Errors: kNotFound `access.none`.
Result<const AccessPolicies*> policies_of(const snapshot::TenantSnapshot& tenant) {
  if (tenant.files->access) return tenant.files->access.get();
  return fail(
      ErrorCode::kNotFound, "access.none",
      "this tenant has no policies for an application of its own: add schema.cedarschema and policies "
      "to its bundle");
}

/// `{"context":{…},"decision":true}`, as EvaluationView describes it.
void append_answer(std::string& out, bool decision, std::string_view policy, std::string_view reason) {
  out += R"({"context":{)";
  if (!policy.empty()) {
    out += R"("policy":)";
    append_json_string(out, policy);
  }
  if (!reason.empty()) {
    out += policy.empty() ? R"("reason":)" : R"(,"reason":)";
    append_json_string(out, reason);
  }
  out += decision ? R"(},"decision":true})" : R"(},"decision":false})";
}

/// Answers one evaluation, notes it for the record, and says what was decided.
Result<bool> evaluate(const AccessPolicies& policies, const json::object& body, const json::object* defaults,
                      std::string_view pointer, AccessRecord& record, std::string& out) {
  TRY(policy::AccessRequest request, read_access_request(body, defaults, LeftOut::kNothing, pointer));
  TRY(policy::AccessDecision decision, policies.decide(request));
  record.add(request, decision);
  append_answer(out, decision.allowed, decision.policy, decision.reason);
  return decision.allowed;
}

/// A fault of one item denies that item.
bool evaluate_item(const AccessPolicies& policies, const json::value& item, const json::object& defaults,
                   std::size_t index, AccessRecord& record, std::string& out) {
  std::string reason = "expected an object";
  if (item.is_object()) {
    std::string pointer = fmt::format("/evaluations/{}", index);
    auto decision = evaluate(policies, item.get_object(), &defaults, pointer, record, out);
    if (decision) return *decision;
    reason = decision.error().message;
  }
  append_answer(out, false, {}, reason);
  return false;
}

bool ends_batch(EvaluationsSemantic semantic, bool decision) {
  return (semantic == EvaluationsSemantic::kDenyOnFirstDeny && !decision) ||
         (semantic == EvaluationsSemantic::kPermitOnFirstPermit && decision);
}

Status evaluate_batch(const AccessPolicies& policies, const json::object& body, AccessRecord& record,
                      std::string& out) {
  TRY(AccessBatch batch, read_access_batch(body));
  if (!batch.evaluations || batch.evaluations->empty()) {
    CHECK_OK(evaluate(policies, body, nullptr, "", record, out));
    return {};
  }
  out += R"({"evaluations":[)";
  for (std::size_t i = 0; i < batch.evaluations->size(); ++i) {
    if (i > 0) out += ',';
    bool decision = evaluate_item(policies, (*batch.evaluations)[i], body, i, record, out);
    if (ends_batch(batch.semantic, decision)) break;
  }
  out += "]}";
  return {};
}

enum class Asks { kOne, kMany };

Result<Reply> answer(std::string_view bytes, const snapshot::TenantSnapshot& tenant, Asks asks,
                     ledger::Record& ledger_record) {
  std::array<unsigned char, 4096> first;
  json::monotonic_resource memory(first.data(), first.size());
  TRY(const AccessPolicies* policies, policies_of(tenant));
  TRY(json::object body, parse_json_object(bytes, &memory));
  AccessRecord record;
  Reply reply;
  reply.response.headers.add("Content-Type", "application/json");
  if (asks == Asks::kOne) {
    CHECK_OK(evaluate(*policies, body, nullptr, "", record, reply.response.body));
  } else {
    CHECK_OK(evaluate_batch(*policies, body, record, reply.response.body));
  }
  record.write(ledger_record, tenant.revision);
  return reply;
}

net::Task<Result<Reply>> evaluation(Call<Action::kAccessEvaluate>& call, RawBody raw) {
  co_return answer(raw.bytes, *call.snapshot, Asks::kOne, call.record);
}
net::Task<Result<Reply>> evaluations(Call<Action::kAccessEvaluate>& call, RawBody raw) {
  co_return answer(raw.bytes, *call.snapshot, Asks::kMany, call.record);
}

/// A page's token holds for the revision that it was made under: positions differ in another.
std::string token_of(std::size_t position, std::string_view revision) {
  std::string text = fmt::format("{}:{}", position, revision);
  return crypto::to_base64url(crypto::as_bytes(text));
}
Result<AccessPolicies::Page> page_of(const json::object& body, std::string_view revision) {
  TRY(AccessPage asked, read_access_page(body));
  AccessPolicies::Page page{.start = 0, .limit = asked.limit};
  if (asked.token.empty()) return page;
  std::string text = crypto::from_base64url(asked.token).value_or("");
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), page.start);
  std::string_view rest(end, text.data() + text.size());
  if (error == std::errc() && rest.starts_with(':') && rest.substr(1) == revision) return page;
  return fail(ErrorCode::kInvalid, "page.token",
              "page.token is none of this search, or the tenant's bundle changed since: start again");
}

using Search = Result<AccessPolicies::Found> (AccessPolicies::*)(const policy::AccessRequest&,
                                                                 AccessPolicies::Page) const;

/// Looks at every declared entity, so it works off the loop.
net::Task<Result<AccessPolicies::Found>> search(Call<Action::kAccessSearch>& call, const json::object& body,
                                                LeftOut looked_for, Search which) {
  CO_TRY(const AccessPolicies* policies, policies_of(*call.snapshot));
  CO_TRY(policy::AccessRequest request, read_access_request(body, nullptr, looked_for));
  CO_TRY(AccessPolicies::Page page, page_of(body, call.snapshot->revision));
  auto work = [&] { return (policies->*which)(request, page); };
  CO_TRY(AccessPolicies::Found found, co_await call.loop().blocking.run(work));
  record_search(call.record, request, found.names.size());
  co_return found;
}

PageView page_view(const AccessPolicies::Found& found, std::string_view revision) {
  return {.next_token = found.next ? token_of(*found.next, revision) : "",
          .count = static_cast<std::int64_t>(found.names.size())};
}

net::Task<Result<Reply>> search_entities(Call<Action::kAccessSearch>& call, std::string_view bytes,
                                         LeftOut looked_for, Search which, std::string_view member) {
  CO_TRY(json::object body, parse_json_object(bytes));
  CO_TRY(AccessPolicies::Found found, co_await search(call, body, looked_for, which));
  // The type goes out as it was written.
  std::string type(body.at(member).as_object().at("type").as_string());
  EntityResults view{.page = page_view(found, call.snapshot->revision), .results = {}};
  for (std::string& id : found.names) view.results.push_back({.type = type, .id = std::move(id)});
  co_return Reply::json(200, to_json_value(view));
}

net::Task<Result<Reply>> search_subject(Call<Action::kAccessSearch>& call, RawBody raw) {
  co_return co_await search_entities(call, raw.bytes, LeftOut::kSubjectId, &AccessPolicies::search_subjects,
                                     "subject");
}
net::Task<Result<Reply>> search_resource(Call<Action::kAccessSearch>& call, RawBody raw) {
  co_return co_await search_entities(call, raw.bytes, LeftOut::kResourceId, &AccessPolicies::search_resources,
                                     "resource");
}
net::Task<Result<Reply>> search_action(Call<Action::kAccessSearch>& call, RawBody raw) {
  CO_TRY(json::object body, parse_json_object(raw.bytes));
  CO_TRY(AccessPolicies::Found found,
         co_await search(call, body, LeftOut::kAction, &AccessPolicies::search_actions));
  ActionResults view{.page = page_view(found, call.snapshot->revision), .results = {}};
  for (std::string& name : found.names) view.results.push_back({.name = std::move(name)});
  co_return Reply::json(200, to_json_value(view));
}

/// The same for every tenant, and for one that is not there: it is made of the URL alone.
Result<Reply> configuration(const std::string& public_url, const net::RequestHead& head) {
  constexpr std::string_view kPath = "/.well-known/authzen-configuration";
  std::string base = public_url;
  if (base.empty()) {
    base = fmt::format("{}://{}", head.secure ? "https" : "http", head.headers.get("host"));
  }
  base += head.path.substr(kPath.size());
  auto at = [&](std::string_view path) { return fmt::format("{}/access/v1/{}", base, path); };
  ConfigurationView view{.policy_decision_point = base,
                         .access_evaluation_endpoint = at("evaluation"),
                         .access_evaluations_endpoint = at("evaluations"),
                         .search_subject_endpoint = at("search/subject"),
                         .search_resource_endpoint = at("search/resource"),
                         .search_action_endpoint = at("search/action")};
  return Reply::json(200, to_json_value(view));
}

edge::RouteDoc document(std::string_view summary, json::object (*body)(), json::object (*answer)()) {
  return {.summary = summary,
          .tag = "access",
          .wrong_media = ErrorCode::kInvalid,
          .body = body,
          .answer = answer};
}

}  // namespace

std::vector<edge::Route> access_routes(std::string public_url) {
  using edge::route;
  using edge::schema_of;
  std::vector<edge::Route> routes;
  for (std::string base : {"", "/tenants/{tenant}"}) {
    auto evaluate_route = [&](std::string_view path, edge::RouteDoc doc, auto handler) {
      routes.push_back(route<Action::kAccessEvaluate, RawBody>(
          "POST", fmt::format("{}/access/v1/{}", base, path), std::move(doc), handler));
    };
    auto search_route = [&](std::string_view path, edge::RouteDoc doc, auto handler) {
      routes.push_back(route<Action::kAccessSearch, RawBody>(
          "POST", fmt::format("{}/access/v1/search/{}", base, path), std::move(doc), handler));
    };
    evaluate_route("evaluation",
                   document("May this subject do this action on this resource?", schema_of<EvaluationBody>,
                            schema_of<EvaluationView>),
                   evaluation);
    evaluate_route(
        "evaluations",
        document("Many evaluations at once", schema_of<EvaluationsBody>, schema_of<AnyEvaluations>),
        evaluations);
    search_route("subject",
                 document("Who may do this action on this resource?", schema_of<SearchSubjectBody>,
                          schema_of<EntityResults>),
                 search_subject);
    search_route("resource",
                 document("On what may this subject do this action?", schema_of<SearchResourceBody>,
                          schema_of<EntityResults>),
                 search_resource);
    search_route("action",
                 document("What may this subject do on this resource?", schema_of<SearchActionBody>,
                          schema_of<ActionResults>),
                 search_action);
    routes.push_back(edge::open_route(
        "GET", "/.well-known/authzen-configuration" + base,
        {.summary = "Where the Authorization API is",
         .tag = "access",
         .answer = schema_of<ConfigurationView>},
        [public_url](const net::RequestHead& head) { return configuration(public_url, head); }));
  }
  return routes;
}

}  // namespace bailiwick::api
