// The document of the API holds every route, completely and consistently.
#include "api/openapi.h"

#include <set>

#include <gtest/gtest.h>

#include "api/bundles.h"
#include "api/health.h"
#include "api/ledger.h"
#include "api/tenants.h"
#include "api/tokens.h"
#include "api/whoami.h"
#include "storage/sqlite/sqlite_store.h"
#include "support/gate_rig.h"
#include "support/temp_folder.h"

namespace bailiwick::api {
namespace {

using edge::Dialect, edge::Reply, edge::Route;

Result<Reply> nothing(const net::RequestHead&) {
  return Reply::json(200, {});
}

/// All routes of this room. They are described here and never run, so their services hold nothing.
std::vector<Route> all_routes() {
  static testing_support::GateRig rig;
  static Metrics metrics;
  static observe::Readiness readiness({});
  static testing_support::TempFolder folder;
  static auto store =
      storage::open_sqlite_platform_store({.folder = folder.path(), .migrations = {}}).value();
  static SeededRandom random(1);
  static identity::TokenService tokens(*store, rig.tokens, rig.ledger, rig.clock, random);
  static bundles::InProcessSandbox sandbox;
  static bundles::TenantRegistry registry(
      {*store, rig.ledger, rig.slices, rig.tenants, rig.clock, random, sandbox}, nullptr);
  std::vector<Route> routes;
  for (auto& part : {tenant_routes(registry), bundle_routes(registry), token_routes(tokens),
                     ledger_routes(rig.ledger, rig.clock), whoami_routes(),
                     health_routes(readiness, metrics, MetricsAccess::kCredential)}) {
    routes.insert(routes.end(), part.begin(), part.end());
  }
  routes.push_back(openapi_route(routes));
  return routes;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

void for_each_operation(const json::object& document,
                        const std::function<void(std::string, const json::object&)>& visit) {
  for (const auto& path : document.at("paths").as_object()) {
    for (const auto& [method, operation] : path.value().as_object()) {
      visit(std::string(method) + " " + std::string(path.key()), operation.as_object());
    }
  }
}

TEST(OpenApi, EveryRouteIsInItOnce) {
  std::vector<Route> routes = all_routes();
  std::set<std::string> wanted, found;
  for (const Route& route : routes) wanted.insert(lower(route.method) + " " + route.pattern);
  for_each_operation(openapi_document(routes),
                     [&](std::string name, const json::object&) { found.insert(name); });
  EXPECT_EQ(found, wanted);
  EXPECT_EQ(wanted.size(), routes.size());
}

TEST(OpenApi, OperationsAreNamedTaggedAndAnswered) {
  json::object document = openapi_document(all_routes());
  std::set<std::string> ids, tags;
  for (const json::value& tag : document.at("tags").as_array()) tags.emplace(tag.at("name").as_string());
  for_each_operation(document, [&](const std::string& name, const json::object& operation) {
    EXPECT_TRUE(ids.emplace(operation.at("operationId").as_string()).second) << name;
    EXPECT_FALSE(operation.at("summary").as_string().empty()) << name;
    EXPECT_TRUE(tags.contains(std::string(operation.at("tags").at(0).as_string()))) << name;
    const json::object& answers = operation.at("responses").as_object();
    EXPECT_TRUE(answers.contains("4XX") && answers.contains("5XX")) << name;
    EXPECT_TRUE(answers.contains("200") || answers.contains("201")) << name;
  });
  EXPECT_EQ(document.at("openapi"), json::value("3.1.0"));
}

TEST(OpenApi, EveryParameterOfAPathIsDescribed) {
  for_each_operation(
      openapi_document(all_routes()), [](const std::string& name, const json::object& operation) {
        std::size_t in_path = 0;
        if (const json::value* parameters = operation.if_contains("parameters")) {
          for (const json::value& parameter : parameters->as_array()) {
            if (parameter.at("in") != json::value("path")) continue;
            ++in_path;
            EXPECT_EQ(parameter.at("required"), json::value(true));
            EXPECT_NE(name.find("{" + std::string(parameter.at("name").as_string()) + "}"), std::string::npos)
                << name;
          }
        }
        EXPECT_EQ(in_path, static_cast<std::size_t>(std::ranges::count(name, '{'))) << name;
      });
}

// Without a credential only what shows nothing of any tenant; a reviewer sees this list grow.
TEST(OpenApi, OpenRoutesAreThese) {
  std::set<std::string> open;
  for_each_operation(openapi_document(all_routes()),
                     [&](const std::string& name, const json::object& operation) {
                       if (operation.contains("security")) open.insert(name);
                     });
  EXPECT_EQ(open, (std::set<std::string>{"get /livez", "get /readyz", "get /openapi.json", "get /v1/roles"}));
}

// A route about one tenant says which in its path, so that an admin cannot mean another than the address
// says.
TEST(OpenApi, ManagementRoutesNameTheirTenant) {
  for (const Route& route : all_routes()) {
    if (!route.action || tenancy::reach_of(*route.action) != tenancy::Reach::kManagement) continue;
    EXPECT_NE(route.pattern.find("/{tenant}"), std::string::npos) << route.pattern;
  }
}

void check_references(const json::value& value, const json::object& document) {
  if (const json::object* object = value.if_object()) {
    if (const json::value* reference = object->if_contains("$ref")) {
      std::string pointer(reference->as_string());
      ASSERT_TRUE(pointer.starts_with("#/")) << pointer;
      boost::system::error_code absent;
      EXPECT_NE(json::value(document).find_pointer(pointer.substr(1), absent), nullptr) << pointer;
    }
    for (const auto& member : *object) check_references(member.value(), document);
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array) check_references(item, document);
  }
}

TEST(OpenApi, ReferencesLeadSomewhere) {
  json::object document = openapi_document(all_routes());
  check_references(document, document);
}

TEST(OpenApi, ErrorsFollowTheDialect) {
  std::vector<Route> routes;
  routes.push_back(
      edge::open_route("GET", "/a", {.summary = "A", .tag = "t", .dialect = Dialect::kOpenAi}, nothing));
  routes.push_back(edge::open_route("GET", "/b", {.summary = "B", .tag = "t"}, nothing));
  std::string text = json::serialize(openapi_document(routes));
  EXPECT_NE(text.find("#/components/schemas/OpenAiError"), std::string::npos);
  EXPECT_NE(text.find(R"("application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}})"),
            std::string::npos);
}

}  // namespace
}  // namespace bailiwick::api
