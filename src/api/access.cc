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

/// One request while it is answered.
struct Answering {
  const AccessPolicies& policies;
  AccessRecord record;
  std::string out;
  std::uint64_t steps = 0;
  std::size_t default_bytes = 0;

  /// Says what was decided.
  Result<bool> evaluate(const json::object& body, const json::object* defaults, std::string_view pointer) {
    TRY(policy::AccessRequest request, read_access_request(body, defaults, LeftOut::kNothing, pointer));
    TRY(policy::AccessDecision decision, policies.decide(request));
    steps += decision.steps + record.add(request, decision);
    append_answer(out, decision.allowed, decision.policy, decision.reason);
    return decision.allowed;
  }

  /// A fault of one item denies that item. What it may read is paid for first: the defaults with every item.
  bool evaluate_item(const json::value& item, const json::object& defaults, std::size_t index) {
    std::string reason = "expected an object";
    steps += default_bytes;
    if (steps >= policy::kMaxRequestSteps) {
      reason = "the evaluations before it took too much work; ask this in a request of its own";
    } else if (item.is_object()) {
      auto decision = evaluate(item.get_object(), &defaults, fmt::format("/evaluations/{}", index));
      if (decision) return *decision;
      reason = decision.error().message;
    }
    record.add_fault(reason);
    append_answer(out, false, {}, reason);
    return false;
  }
};

/// Bytes of JSON of what stands in for members that an evaluation lacks.
std::size_t size_of_defaults(const json::object& body) {
  std::string text;
  for (std::string_view member : {"subject", "action", "resource", "context"}) {
    if (const json::value* value = body.if_contains(member)) append_canonical_json(text, *value);
  }
  return text.size();
}

bool ends_batch(EvaluationsSemantic semantic, bool decision) {
  return (semantic == EvaluationsSemantic::kDenyOnFirstDeny && !decision) ||
         (semantic == EvaluationsSemantic::kPermitOnFirstPermit && decision);
}

Status evaluate_batch(Answering& answering, const json::object& body) {
  TRY(AccessBatch batch, read_access_batch(body));
  if (!batch.evaluations || batch.evaluations->empty()) {
    CHECK_OK(answering.evaluate(body, nullptr, ""));
    return {};
  }
  answering.default_bytes = size_of_defaults(body);
  answering.out += R"({"evaluations":[)";
  for (std::size_t i = 0; i < batch.evaluations->size(); ++i) {
    if (i > 0) answering.out += ',';
    if (ends_batch(batch.semantic, answering.evaluate_item((*batch.evaluations)[i], body, i))) break;
  }
  answering.out += "]}";
  return {};
}

enum class Asks { kOne, kMany };

Result<Reply> answer(std::string_view bytes, const snapshot::TenantSnapshot& tenant, Asks asks,
                     ledger::Record& ledger_record) {
  std::array<unsigned char, 4096> first;
  json::monotonic_resource memory(first.data(), first.size());
  TRY(const AccessPolicies* policies, policies_of(tenant));
  TRY(json::object body, parse_json_object(bytes, &memory, kAccessJson));
  Answering answering{.policies = *policies, .record = {}, .out = {}};
  if (asks == Asks::kOne) {
    CHECK_OK(answering.evaluate(body, nullptr, ""));
  } else {
    CHECK_OK(evaluate_batch(answering, body));
  }
  answering.record.write(ledger_record, tenant.revision);
  Reply reply;
  reply.response.headers.add("Content-Type", "application/json");
  reply.response.body = std::move(answering.out);
  return reply;
}

net::Task<Result<Reply>> evaluation(Call<Action::kAccessEvaluate>& call, RawBody raw) {
  co_return answer(raw.bytes, *call.snapshot, Asks::kOne, call.record);
}
/// Many may take long, so they are off the loop.
net::Task<Result<Reply>> evaluations(Call<Action::kAccessEvaluate>& call, RawBody raw) {
  auto work = [&] { return answer(raw.bytes, *call.snapshot, Asks::kMany, call.record); };
  co_return co_await call.loop().blocking.run(work);
}

/// What a page's token belongs to: the revision that it was made under, for positions differ in another, and
/// what was searched.
std::string search_key(std::string_view path, json::object body, std::string_view revision) {
  body.erase("page");
  std::string text = fmt::format("{} {} ", revision, path);
  append_canonical_json(text, body);
  return crypto::to_hex(crypto::sha256(text)).substr(0, 16);
}
std::string token_of(std::size_t position, std::string_view key) {
  std::string text = fmt::format("{}:{}", position, key);
  return crypto::to_base64url(crypto::as_bytes(text));
}
Result<AccessPolicies::Page> page_of(const json::object& body, std::string_view key) {
  TRY(AccessPage asked, read_access_page(body));
  AccessPolicies::Page page{.start = 0, .limit = asked.limit};
  if (asked.token.empty()) return page;
  std::string text = crypto::from_base64url(asked.token).value_or("");
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), page.start);
  std::string_view rest(end, text.data() + text.size());
  if (error == std::errc() && rest.starts_with(':') && rest.substr(1) == key) return page;
  return fail(ErrorCode::kInvalid, "page.token",
              "page.token is none of this search, or the tenant's bundle changed since: start again");
}

using Search = Result<AccessPolicies::Found> (AccessPolicies::*)(const policy::AccessRequest&,
                                                                 AccessPolicies::Page) const;

/// A search, and how its next page is asked for.
struct Searched {
  AccessPolicies::Found found;
  PageView page;
};

/// Looks at every declared entity, so it works off the loop.
net::Task<Result<Searched>> search(Call<Action::kAccessSearch>& call, const json::object& body,
                                   LeftOut looked_for, Search which) {
  CO_TRY(const AccessPolicies* policies, policies_of(*call.snapshot));
  CO_TRY(policy::AccessRequest request, read_access_request(body, nullptr, looked_for));
  std::string_view path = call.exchange.head().path;
  std::string key = search_key(path.substr(path.rfind('/')), body, call.snapshot->revision);
  CO_TRY(AccessPolicies::Page page, page_of(body, key));
  auto work = [&] { return (policies->*which)(request, page); };
  Searched searched;
  CO_TRY(searched.found, co_await call.loop().blocking.run(work));
  searched.page = {.next_token = searched.found.next ? token_of(*searched.found.next, key) : "",
                   .count = static_cast<std::int64_t>(searched.found.names.size())};
  record_search(call.record, request, searched.found.names.size());
  co_return searched;
}

net::Task<Result<Reply>> search_entities(Call<Action::kAccessSearch>& call, std::string_view bytes,
                                         LeftOut looked_for, Search which, std::string_view member) {
  CO_TRY(json::object body, parse_json_object(bytes, {}, kAccessJson));
  CO_TRY(Searched searched, co_await search(call, body, looked_for, which));
  // The type goes out as it was written.
  std::string type(body.at(member).as_object().at("type").as_string());
  EntityResults view{.page = std::move(searched.page), .results = {}};
  for (std::string& id : searched.found.names) view.results.push_back({.type = type, .id = std::move(id)});
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
  CO_TRY(json::object body, parse_json_object(raw.bytes, {}, kAccessJson));
  CO_TRY(Searched searched, co_await search(call, body, LeftOut::kAction, &AccessPolicies::search_actions));
  ActionResults view{.page = std::move(searched.page), .results = {}};
  for (std::string& name : searched.found.names) view.results.push_back({.name = std::move(name)});
  co_return Reply::json(200, to_json_value(view));
}

/// The same for every tenant, and for one that is not there: it is made of the URL alone. Nobody else may
/// keep it, for the host in it is the caller's word.
Result<Reply> configuration(const std::string& public_url, const net::RequestHead& head) {
  constexpr std::string_view kPath = "/.well-known/authzen-configuration";
  constexpr std::string_view kTenants = "/tenants/";
  std::string_view below = std::string_view(head.path).substr(kPath.size());
  if (!below.empty() && !tenancy::TenantId::parse(below.substr(kTenants.size())))
    return fail(ErrorCode::kNotFound, "route.not_found", "no tenant can be called so");
  std::string base = public_url;
  if (base.empty()) base = fmt::format("{}://{}", head.secure ? "https" : "http", head.headers.get("host"));
  base += below;
  auto at = [&](std::string_view path) { return fmt::format("{}/access/v1/{}", base, path); };
  ConfigurationView view{.policy_decision_point = base,
                         .access_evaluation_endpoint = at("evaluation"),
                         .access_evaluations_endpoint = at("evaluations"),
                         .search_subject_endpoint = at("search/subject"),
                         .search_resource_endpoint = at("search/resource"),
                         .search_action_endpoint = at("search/action")};
  Reply reply = Reply::json(200, to_json_value(view));
  reply.response.headers.add("Cache-Control", "no-store");
  return reply;
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
