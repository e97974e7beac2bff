// The history of a tenant's bundle over HTTP: every revision, newest first, and nobody else's.
#include "api/bundles.h"

#include "api/tenants.h"
#include "support/registry_api_test.h"

namespace bailiwick::api {
namespace {

using tenancy::Role;
using testing_support::Answer;

class BundlesApiTest : public testing_support::RegistryApiTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registry_.load());
    rig_.credential("root", "", Role::kPlatformAdmin);
    rig_.credential("owner", "acme-corp", Role::kOwner);
    rig_.credential("viewer", "acme-corp", Role::kViewer);
    std::vector<edge::Route> routes = tenant_routes(registry_);
    for (edge::Route& route : bundle_routes(registry_)) routes.push_back(std::move(route));
    rig_.serve(std::move(routes));
    ASSERT_EQ(rig_.call("root", "POST", "/v1/tenants", R"({"id": "acme-corp", "name": "Acme"})").status, 201);
    ASSERT_EQ(rig_.call("root", "POST", "/v1/tenants", R"({"id": "beta-inc", "name": "Beta"})").status, 201);
  }
  void describe_as(std::string_view text, std::string_view version) {
    Answer changed = rig_.call("root", "PATCH", "/v1/tenants/acme-corp",
                               json::serialize(json::object{{"description", json::string(text)}}),
                               "If-Match: \"" + std::string(version) + "\"\r\n");
    ASSERT_EQ(changed.status, 200) << changed.body;
  }
  json::array revisions(const std::string& query = "") {
    return rig_.call("owner", "GET", kPath + query).json().at("revisions").as_array();
  }

  const std::string kPath = "/v1/tenants/acme-corp/bundles";
};

TEST_F(BundlesApiTest, EveryChangeIsARevisionAndTheLastOneHolds) {
  describe_as("one", "1");
  describe_as("two", "2");
  describe_as("one", "3");
  json::array all = revisions();
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].at("serial"), json::value(4));
  EXPECT_EQ(all[0].at("active"), json::value(true));
  EXPECT_EQ(all[1].at("active"), json::value(false));
  EXPECT_EQ(all[0].at("revision"), all[2].at("revision")) << "equal files, equal revision";
  EXPECT_NE(all[0].at("revision"), all[1].at("revision"));
  EXPECT_EQ(all[0].at("source"), json::value("api"));
}

TEST_F(BundlesApiTest, PagesMeetAndEnd) {
  describe_as("one", "1");
  describe_as("two", "2");
  Answer first = rig_.call("owner", "GET", kPath + "?page_size=2");
  std::string token(first.json().at("next_page_token").as_string());
  Answer last = rig_.call("owner", "GET", kPath + "?page_size=2&page_token=" + token);
  ASSERT_EQ(last.json().at("revisions").as_array().size(), 1u);
  EXPECT_EQ(last.json().at("revisions").at(0).at("serial"), json::value(1));
  EXPECT_EQ(last.json().at("next_page_token"), json::value(""));
  EXPECT_EQ(rig_.call("owner", "GET", kPath + "?page_token=YWNtZQ").code(), "page.token")
      << "of another list";
}

TEST_F(BundlesApiTest, OnlyThoseWhoMayReadThem) {
  EXPECT_EQ(rig_.call("root", "GET", kPath).status, 200);
  EXPECT_EQ(rig_.call("viewer", "GET", kPath).status, 403);
  EXPECT_EQ(rig_.call("owner", "GET", "/v1/tenants/beta-inc/bundles").status, 403);
  EXPECT_EQ(rig_.call("owner", "POST", "/v1/bundles/reload").status, 403);
}

json::object tenant_files(const std::string& more) {
  return {{"tenant.yaml", json::string("id: acme-corp\nname: Acme\n" + more)}};
}
std::string body_of(json::object files) {
  return json::serialize(json::object{{"files", std::move(files)}});
}

TEST_F(BundlesApiTest, WhatIsPushedHoldsAndIsReadBack) {
  json::object files = tenant_files("owner: pushed\n");
  files["slo.yaml"] = "slo: {latency_p95_ms: 90}\n";
  Answer tried = rig_.call("owner", "POST", kPath + "?dry_run=true", body_of(files));
  EXPECT_EQ(tried.status, 200) << tried.body;
  EXPECT_EQ(revisions().size(), 1u);
  Answer pushed = rig_.call("owner", "POST", kPath, body_of(files));
  ASSERT_EQ(pushed.status, 200) << pushed.body;
  EXPECT_EQ(pushed.json().at("serial"), json::value(2));
  EXPECT_EQ(pushed.json().at("revision"), tried.json().at("revision"));
  Answer active = rig_.call("owner", "GET", kPath + "/active");
  EXPECT_EQ(active.json().at("files"), json::value(files));
  EXPECT_TRUE(active.json().at("envelope").is_null());
  EXPECT_TRUE(active.json().at("signature").is_null());
  EXPECT_EQ(rig_.call("owner", "GET", kPath + "/2").body, active.body);
  EXPECT_EQ(rig_.call("owner", "GET", kPath + "/1").json().at("active"), json::value(false));
  EXPECT_EQ(rig_.call("owner", "GET", kPath + "/9").code(), "revision.not_found");
  EXPECT_EQ(rig_.call("owner", "GET", kPath + "/two").code(), "revision.serial");
}

TEST_F(BundlesApiTest, AnOlderRevisionHoldsAgain) {
  ASSERT_EQ(rig_.call("owner", "POST", kPath, body_of(tenant_files("owner: pushed\n"))).status, 200);
  Answer back = rig_.call("owner", "POST", kPath + "/activate", R"({"serial": 1})");
  ASSERT_EQ(back.status, 200) << back.body;
  EXPECT_EQ(back.json().at("serial"), json::value(3));
  json::array all = revisions();
  EXPECT_EQ(all[0].at("revision"), all[2].at("revision"));
  EXPECT_EQ(rig_.call("owner", "POST", kPath + "/activate", R"({"serial": 3})").code(), "revision.active");
  EXPECT_EQ(rig_.call("owner", "POST", kPath + "/activate", R"({"serial": 8})").code(), "revision.not_found");
}

// What people send who mean harm: every one is refused with its reason, and nothing is taken.
TEST_F(BundlesApiTest, HostileBundlesAreRefused) {
  auto push = [&](json::object files) {
    return rig_.call("owner", "POST", kPath, body_of(std::move(files)));
  };
  std::string laughs = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n";
  json::object bomb = tenant_files("");
  bomb["features.yaml"] = laughs;
  Answer refused = push(bomb);
  EXPECT_EQ(refused.code(), "bundle.invalid") << refused.body;
  EXPECT_NE(refused.body.find("features.yaml:1:"), std::string::npos) << refused.body;

  json::object large = tenant_files("");
  large["own.cedar"] = std::string((1 << 20) + 1, ' ');
  EXPECT_EQ(push(large).code(), "body.invalid");
  json::object many = tenant_files("");
  for (int i = 0; i < 512; ++i) many["r" + std::to_string(i) + ".cedar"] = "";
  EXPECT_EQ(push(many).code(), "body.invalid");
  json::object sum = tenant_files("");
  for (int i = 0; i < 5; ++i) sum["r" + std::to_string(i) + ".cedar"] = std::string(1 << 20, ' ');
  EXPECT_EQ(push(sum).code(), "body.invalid");
  json::object huge = tenant_files("");
  for (int i = 0; i < 12; ++i) huge["r" + std::to_string(i) + ".cedar"] = std::string(1 << 20, ' ');
  EXPECT_EQ(push(huge).status, 413);

  for (const char* path : {"../acme-corp/tenant.yaml", "/etc/passwd", "bundle.dsse.json", "documents/a.md",
                           "programs/../router.yaml", "programs/nobody/router.yaml"}) {
    json::object stray = tenant_files("");
    stray[path] = "{}\n";
    EXPECT_EQ(push(stray).code(), "bundle.invalid") << path;
  }
  EXPECT_EQ(push({{"tenant.yaml", "id: beta-inc\nname: Beta\n"}}).code(), "bundle.invalid")
      << "swapped tenant";
  EXPECT_EQ(push({{"tenant.yaml", "id: acme-corp\nname: Beta\n"}}).code(), "tenant.name_taken");
  EXPECT_EQ(push({}).code(), "bundle.invalid");
  EXPECT_EQ(rig_.call("owner", "POST", kPath, R"({"files": {"tenant.yaml": 1}})").code(), "body.invalid");
  EXPECT_EQ(rig_.call("owner", "POST", kPath, R"({"files": {"a": "", "a": ""}})").code(),
            "json.duplicate_key");
  for (const char* envelope :
       {"{}", "[]", "\"x\"", "1", R"({"payload": "", "payloadType": "", "signatures": []})"}) {
    Answer answer = rig_.call("owner", "POST", kPath,
                              R"({"files": {"tenant.yaml": "id: acme-corp\nname: Acme\n"}, "envelope": )" +
                                  std::string(envelope) + "}");
    EXPECT_EQ(answer.code(), "bundle.envelope") << answer.body;
    EXPECT_EQ(answer.status, 403);
  }
  EXPECT_EQ(revisions().size(), 1u);
}

TEST_F(BundlesApiTest, OnlyThoseWhoMayPush) {
  rig_.credential("approver", "acme-corp", Role::kApprover);
  std::string body = body_of(tenant_files(""));
  EXPECT_EQ(rig_.call("viewer", "POST", kPath, body).status, 403);
  EXPECT_EQ(rig_.call("approver", "POST", kPath, body).status, 403);
  EXPECT_EQ(rig_.call("owner", "POST", "/v1/tenants/beta-inc/bundles", body).status, 403);
  EXPECT_EQ(rig_.call("viewer", "POST", kPath + "/activate", R"({"serial": 1})").status, 403);
  EXPECT_EQ(rig_.call("owner", "POST", kPath, body_of(tenant_files("quotas: {max_users: 9}\n"))).code(),
            "tenant.field_reserved");
  EXPECT_EQ(rig_.call("root", "POST", kPath, body_of(tenant_files("quotas: {max_users: 9}\n"))).status, 200);
}

}  // namespace
}  // namespace bailiwick::api
