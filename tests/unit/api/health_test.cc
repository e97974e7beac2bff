// What machines that watch the server see, and what they need to see it.
#include "api/health.h"

#include "support/served_edge.h"

namespace bailiwick::api {
namespace {

using tenancy::Role;
using testing_support::Answer, testing_support::ServedEdge;

class HealthTest : public testing::Test {
 protected:
  void start(MetricsAccess access) {
    rig_.tenant("acme-corp");
    rig_.credential("root", "", Role::kPlatformAdmin);
    rig_.credential("owner", "acme-corp", Role::kOwner);
    std::vector<edge::Route> routes = health_routes(readiness_, rig_.metrics, access);
    routes.push_back(openapi_route(routes));
    rig_.serve(std::move(routes));
  }

  std::atomic<bool> full_ = false;
  observe::Readiness readiness_{{{"ledger", [this]() -> Status {
                                    if (!full_) return {};
                                    return fail(ErrorCode::kUnavailable, "ledger.full", "free some space",
                                                "/a/path");
                                  }}}};
  ServedEdge rig_;
};

TEST_F(HealthTest, AliveIsNotYetReady) {
  start(MetricsAccess::kCredential);
  EXPECT_EQ(rig_.call("", "GET", "/readyz").status, 200);
  full_ = true;
  Answer unready = rig_.call("", "GET", "/readyz");
  EXPECT_EQ(unready.status, 503);
  EXPECT_EQ(unready.body, R"({"status":"unavailable"})") << "names of checks only when asked";
  Answer verbose = rig_.call("", "GET", "/readyz?verbose");
  EXPECT_EQ(verbose.status, 503);
  EXPECT_NE(verbose.body.find("free some space"), std::string::npos);
  EXPECT_EQ(verbose.body.find("/a/path"), std::string::npos);
  EXPECT_EQ(rig_.call("", "GET", "/livez").status, 200);
  full_ = false;
  readiness_.begin_drain();
  EXPECT_EQ(rig_.call("", "GET", "/readyz").status, 503);
}

// Metrics name tenants, so only the platform sees them unless its operator opens them.
TEST_F(HealthTest, MetricsAreThePlatforms) {
  start(MetricsAccess::kCredential);
  EXPECT_EQ(rig_.call("", "GET", "/metrics").status, 401);
  EXPECT_EQ(rig_.call("owner", "GET", "/metrics").status, 403);
  Answer metrics = rig_.call("root", "GET", "/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_TRUE(metrics.header("Content-Type").starts_with("text/plain; version=0.0.4"));
  EXPECT_NE(metrics.body.find("# TYPE bailiwick_requests_total counter"), std::string::npos);
}

TEST_F(HealthTest, MetricsMayBeOpened) {
  start(MetricsAccess::kOpen);
  EXPECT_EQ(rig_.call("", "GET", "/metrics").status, 200);
}

TEST_F(HealthTest, TheDocumentHoldsItself) {
  start(MetricsAccess::kCredential);
  json::object document = rig_.call("", "GET", "/openapi.json").json();
  const json::object& paths = document.at("paths").as_object();
  for (std::string_view path : {"/livez", "/readyz", "/metrics", "/openapi.json"})
    EXPECT_TRUE(paths.contains(path)) << path;
}

}  // namespace
}  // namespace bailiwick::api
