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

}  // namespace
}  // namespace bailiwick::api
