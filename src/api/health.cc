#include "api/health.h"

#include "api/openapi.h"

namespace bailiwick::api {
namespace {

using edge::Call;
using edge::Reply;
using tenancy::Action;

json::object health_schema() {
  return {{"type", "object"},
          {"properties", json::object{{"status", json::object{{"type", "string"}}}}},
          {"required", json::array{"status"}}};
}

Reply metrics_reply(const Metrics& metrics) {
  Reply reply;
  reply.response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  reply.response.body = metrics.expose();
  return reply;
}

net::Task<Result<Reply>> serve_metrics(Metrics* metrics, Call<Action::kMetricsRead>&, edge::NoBody) {
  co_return metrics_reply(*metrics);
}

Result<Reply> readyz(const observe::Readiness* readiness, const net::RequestHead& head) {
  observe::Readiness::Report report = readiness->report();
  json::object body{{"status", report.ready ? "ready" : "unavailable"}};
  if (head.query_value("verbose") != nullptr) body["checks"] = std::move(report.checks);
  return Reply::json(report.ready ? 200 : 503, body);
}

Result<Reply> livez(const net::RequestHead&) {
  return Reply::json(200, json::object{{"status", "alive"}});
}

}  // namespace

std::vector<edge::Route> health_routes(const observe::Readiness& readiness, Metrics& metrics,
                                       MetricsAccess access) {
  edge::RouteDoc metrics_doc{
      .summary = "Prometheus metrics", .tag = "health", .answer_media_type = "text/plain"};
  std::vector<edge::Route> routes;
  routes.push_back(edge::open_route(
      "GET", "/livez", {.summary = "Is the process alive", .tag = "health", .answer = health_schema}, livez));
  routes.push_back(edge::open_route("GET", "/readyz",
                                    {.summary = "May traffic come here",
                                     .tag = "health",
                                     .answer = health_schema,
                                     .query = {{"verbose", "Each check with its remedy."}}},
                                    std::bind_front(readyz, &readiness)));
  if (access == MetricsAccess::kOpen) {
    routes.push_back(edge::open_route(
        "GET", "/metrics", std::move(metrics_doc),
        [&metrics](const net::RequestHead&) { return Result<Reply>(metrics_reply(metrics)); }));
  } else {
    routes.push_back(edge::route<Action::kMetricsRead, edge::NoBody>(
        "GET", "/metrics", std::move(metrics_doc), std::bind_front(serve_metrics, &metrics)));
  }
  return routes;
}

edge::Route openapi_route(const std::vector<edge::Route>& routes) {
  auto serve = [](const std::shared_ptr<const std::string>& text, const net::RequestHead&) {
    Reply reply;
    reply.response.headers.add("Content-Type", "application/json");
    reply.response.body = *text;
    return Result<Reply>(std::move(reply));
  };
  edge::RouteDoc doc{.summary = "This API as OpenAPI 3.1", .tag = "health"};
  std::vector<edge::Route> all = routes;
  all.push_back({.method = "GET", .pattern = "/openapi.json", .action = std::nullopt, .doc = doc, .run = {}});
  auto text = std::make_shared<const std::string>(json::serialize(openapi_document(all)));
  return edge::open_route("GET", "/openapi.json", std::move(doc), std::bind_front(serve, text));
}

}  // namespace bailiwick::api
