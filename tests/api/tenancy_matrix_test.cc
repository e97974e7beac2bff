// The tenancy matrix: every route of the running server × every kind of credential. The rows come from the
// route table, so a new route is in it by existing; one without an action must be named here as open.
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "app/application.h"
#include "base/files.h"
#include "policy/role_policies.h"
#include "support/temp_folder.h"
#include "unit/net/loopback.h"

namespace bailiwick::app {
namespace {

using tenancy::Reach, tenancy::Role;

/// Routes that answer everyone. They may say nothing about any tenant.
const std::set<std::string> kOpen{"/livez",
                                  "/readyz",
                                  "/openapi.json",
                                  "/v1/roles",
                                  "/.well-known/authzen-configuration",
                                  "/.well-known/authzen-configuration/tenants/{tenant}"};

struct Answer {
  int status = 0;
  std::string body;
};

class TenancyMatrix : public testing::Test {
 protected:
  void SetUp() override {
    config::ServerConfig config;
    config.listen.port = 0;
    config.threads = 1;
    config.require_signature = false;
    config.data = (folder_.path() / "data").string();
    config.drain = std::chrono::seconds(2);
    auto opened = Application::open(config, {.clock = clock_, .random = random_, .sandbox = sandbox_});
    ASSERT_TRUE(opened) << opened.error().message;
    application_ = std::move(*opened);
    ASSERT_TRUE(application_->start());
    admin_ = application_->first_start()->admin_token;
    for (std::string tenant : {"acme-corp", "beta-inc", "asleep-inc", "gone-inc"}) {
      ASSERT_EQ(call(admin_, "POST", "/v1/tenants", R"({"id":")" + tenant + R"(","name":")" + tenant + "\"}")
                    .status,
                201);
      owners_[tenant] = token(tenant, "owner");
    }
    viewer_ = token("acme-corp", "viewer");
    expired_ = token("acme-corp", "owner", R"(,"expires_in":"1ms")");
    ASSERT_EQ(call(admin_, "POST", "/v1/tenants/asleep-inc/suspend", R"({"reason":"unpaid"})").status, 200);
    ASSERT_EQ(call(admin_, "DELETE", "/v1/tenants/gone-inc").status, 200);
    while (call(admin_, "GET", "/v1/tenants/gone-inc").body.find(R"("status":"archived")") ==
           std::string::npos) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  std::string token(const std::string& tenant, const std::string& role, const std::string& more = "") {
    Answer made =
        call(admin_, "POST", "/v1/tenants/" + tenant + "/tokens", R"({"role":")" + role + "\"" + more + "}");
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(parse_json_object(made.body).value().at("token").as_string());
  }

  Answer call(const std::string& credential, const std::string& method, const std::string& path,
              const std::string& body = "", const std::string& headers = "") {
    std::string text = method + " " + path +
                       " HTTP/1.1\r\nHost: test\r\nConnection: close\r\nX-Request-Id: same\r\n" + headers;
    if (!credential.empty()) text += "Authorization: Bearer " + credential + "\r\n";
    if (!body.empty()) text += "Content-Type: application/json\r\n";
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    std::string got = net::test::ask(application_->port(), text);
    std::size_t end = got.find("\r\n\r\n");
    if (got.size() < 12 || end == std::string::npos) return {};
    return {std::stoi(got.substr(9, 3)), got.substr(end + 4)};
  }

  /// A path of the route inside `tenant`, harmless even for the one who may.
  static std::string path_of(const edge::Route& route, const std::string& tenant) {
    std::string path = route.pattern;
    if (auto at = path.find("{tenant}"); at != std::string::npos) path.replace(at, 8, tenant);
    if (auto at = path.find("{token}"); at != std::string::npos) path.replace(at, 7, "tok_none");
    return path + "?dry_run=true";
  }
  static bool names_tenant(const edge::Route& route) {
    return route.pattern.find("{tenant}") != std::string::npos;
  }

  /// Calls every guarded route and checks the status that `expected` gives for it; nothing = anything but a
  /// refusal of the credential.
  using Expected = std::function<std::optional<int>(const edge::Route&)>;
  void every_route(const std::string& who, const std::string& credential, const std::string& tenant,
                   const Expected& expected, const std::string& headers = "") {
    for (const edge::Route& route : application_->routes()) {
      if (!route.action) continue;
      Answer answer = call(credential, route.method, path_of(route, tenant), "", headers);
      std::optional<int> want = expected(route);
      std::string row = who + ": " + route.method + " " + route.pattern + " → " +
                        std::to_string(answer.status) + " " + answer.body;
      if (want)
        EXPECT_EQ(answer.status, *want) << row;
      else
        EXPECT_TRUE(answer.status != 0 && answer.status != 401 && answer.status != 403 && answer.status < 500)
            << row;
    }
  }
  static Expected always(int status) {
    return [status](const edge::Route&) { return status; };
  }
  static Expected by_role(Role role) {
    return [role](const edge::Route& route) {
      return policy::role_permits(role, *route.action) ? std::nullopt : std::optional<int>(403);
    };
  }

  testing_support::TempFolder folder_;
  SystemClock clock_;
  SystemRandom random_;
  bundles::InProcessSandbox sandbox_;
  std::unique_ptr<Application> application_;
  std::string admin_, viewer_, expired_;
  std::map<std::string, std::string> owners_;
};

TEST_F(TenancyMatrix, OnlyTheNamedRoutesAreOpen) {
  std::set<std::string> open;
  for (const edge::Route& route : application_->routes()) {
    if (!route.action) open.insert(route.pattern);
  }
  EXPECT_EQ(open, kOpen);
}

TEST_F(TenancyMatrix, WithoutAGoodCredential) {
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  every_route("no token", "", "acme-corp", always(401));
  every_route("bad token", "bwk_nobody", "acme-corp", always(401));
  every_route("expired token", expired_, "acme-corp", always(401));
}

TEST_F(TenancyMatrix, AtHomeByRole) {
  every_route("owner", owners_["acme-corp"], "acme-corp", by_role(Role::kOwner));
  every_route("viewer", viewer_, "acme-corp", by_role(Role::kViewer));
}

TEST_F(TenancyMatrix, NothingOfANeighbour) {
  auto foreign = [](const edge::Route&) { return 403; };
  every_route("foreign header", owners_["acme-corp"], "acme-corp", foreign,
              "X-Bailiwick-Tenant: beta-inc\r\n");
  auto by_path = [](const edge::Route& route) -> std::optional<int> {
    if (names_tenant(route)) return 403;
    return policy::role_permits(Role::kOwner, *route.action) ? std::nullopt : std::optional<int>(403);
  };
  every_route("foreign path", owners_["acme-corp"], "beta-inc", by_path);
}

// A neighbour that exists and one that does not are told apart by no byte.
TEST_F(TenancyMatrix, ANeighboursNameIsNotLookedUp) {
  for (const edge::Route& route : application_->routes()) {
    if (!route.action || !names_tenant(route)) continue;
    Answer real = call(owners_["acme-corp"], route.method, path_of(route, "beta-inc"));
    Answer absent = call(owners_["acme-corp"], route.method, path_of(route, "no-such-inc"));
    EXPECT_EQ(real.status, absent.status) << route.pattern;
    EXPECT_EQ(real.body, absent.body) << route.pattern;
  }
}

TEST_F(TenancyMatrix, OfATenantThatIsNotActive) {
  every_route("suspended", owners_["asleep-inc"], "asleep-inc", always(403));
  every_route("archived", owners_["gone-inc"], "gone-inc", always(403));
}

TEST_F(TenancyMatrix, ThePlatformAdminManagesAndReadsNoContent) {
  auto managed = [](const edge::Route& route) -> std::optional<int> {
    if (tenancy::reach_of(*route.action) == Reach::kContent) return 403;
    return std::nullopt;
  };
  every_route("platform admin", admin_, "acme-corp", managed);
}

}  // namespace
}  // namespace bailiwick::app
