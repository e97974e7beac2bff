// The life of tenants over HTTP: made, read, changed with a version, stopped at once, and shown completely.
#include "api/tenants.h"

#include "api/tenant_view.h"
#include "support/registry_api_test.h"

namespace bailiwick::api {
namespace {

using tenancy::Role;
using testing_support::Answer;

class TenantsApiTest : public testing_support::RegistryApiTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registry_.load());
    rig_.credential("root", "", Role::kPlatformAdmin);
    rig_.credential("owner", "acme-corp", Role::kOwner);
    rig_.serve(tenant_routes(registry_));
  }
  Answer create(std::string_view id, std::string_view name) {
    json::object body{{"id", json::string(id)}, {"name", json::string(name)}};
    return rig_.call("root", "POST", "/v1/tenants", json::serialize(body));
  }
  Answer patch(std::string_view body, std::string_view if_match, std::string_view credential = "root") {
    std::string more = if_match.empty() ? "" : "If-Match: " + std::string(if_match) + "\r\n";
    return rig_.call(credential, "PATCH", "/v1/tenants/acme-corp", body, more);
  }
};

TEST_F(TenantsApiTest, CreateAnswersWhereItIsAndItsVersion) {
  Answer made = create("acme-corp", "Acme");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.header("Location"), "/v1/tenants/acme-corp");
  EXPECT_EQ(made.header("ETag"), "\"1\"");
  EXPECT_EQ(rig_.call("owner", "GET", "/v1/tenants/acme-corp").json().at("name"), json::value("Acme"));
  EXPECT_EQ(create("acme-corp", "Other").status, 409);
  EXPECT_EQ(create("other-corp", "Acme").status, 409);
  EXPECT_EQ(create("Bad_Id", "Bad").status, 400);
  EXPECT_EQ(rig_.call("owner", "POST", "/v1/tenants", R"({"id": "mine", "name": "Mine"})").status, 403);
}

TEST_F(TenantsApiTest, ADryRunChangesNothing) {
  Answer dry =
      rig_.call("root", "POST", "/v1/tenants?dry_run=true", R"({"id": "acme-corp", "name": "Acme"})");
  EXPECT_EQ(dry.status, 200) << dry.body;
  EXPECT_EQ(rig_.call("root", "GET", "/v1/tenants/acme-corp").status, 404);
  EXPECT_EQ(rig_.call("root", "POST", "/v1/tenants?dry_run=yes", R"({"id": "a", "name": "A"})").code(),
            "query.dry_run");

  create("acme-corp", "Acme");
  std::string tenant = "/v1/tenants/acme-corp";
  Answer would = rig_.call("root", "POST", tenant + "/suspend?dry_run=true", R"({"reason": "unpaid"})");
  EXPECT_EQ(would.json().at("status"), json::value("suspended")) << "it shows what would be";
  EXPECT_EQ(would.header("ETag"), "\"2\"");
  EXPECT_EQ(rig_.call("root", "DELETE", tenant + "?dry_run=true").json().at("status"),
            json::value("terminating"));
  EXPECT_EQ(rig_.call("root", "POST", tenant + "/resume?dry_run=true").code(), "tenant.state");
  EXPECT_EQ(rig_.call("root", "GET", tenant).json().at("status"), json::value("active"));
  EXPECT_EQ(rig_.call("root", "GET", tenant).header("ETag"), "\"1\"");
}

// No change is made over one that its author has not seen.
TEST_F(TenantsApiTest, AChangeNeedsTheCurrentVersion) {
  create("acme-corp", "Acme");
  EXPECT_EQ(patch(R"({"description": "x"})", "").status, 428);
  for (std::string_view bad : {"1", "\"\"", "\"x\"", "*", "\"1x\""}) {
    EXPECT_EQ(patch(R"({"description": "x"})", bad).code(), "if_match.malformed") << bad;
  }
  EXPECT_EQ(patch(R"({"description": "x"})", "\"9\"").status, 412);
  Answer changed = patch(R"({"description": "x"})", "\"1\"");
  EXPECT_EQ(changed.status, 200) << changed.body;
  EXPECT_EQ(changed.header("ETag"), "\"2\"");
  EXPECT_EQ(patch(R"({"description": "y"})", "\"1\"").status, 412);
}

// A tenant does not lift its own limits.
TEST_F(TenantsApiTest, WhatThePlatformSetsATenantDoesNotChange) {
  create("acme-corp", "Acme");
  Answer refused = patch(R"({"quotas": {"max_cost_per_day": 1000000}})", "\"1\"", "owner");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "tenant.field_reserved");
}

TEST_F(TenantsApiTest, ASuspensionStopsAtOnceAndOnlyThePlatformLiftsIt) {
  create("acme-corp", "Acme");
  EXPECT_EQ(rig_.call("root", "POST", "/v1/tenants/acme-corp/suspend", R"({"reason": ""})").status, 400);
  EXPECT_EQ(rig_.call("root", "POST", "/v1/tenants/acme-corp/suspend", R"({"reason": "unpaid"})").status,
            200);
  EXPECT_EQ(rig_.call("owner", "GET", "/v1/tenants/acme-corp").code(), "tenant.suspended");
  EXPECT_EQ(rig_.call("owner", "POST", "/v1/tenants/acme-corp/resume").code(), "tenant.suspended");
  EXPECT_EQ(rig_.call("root", "GET", "/v1/tenants/acme-corp").json().at("status_reason"),
            json::value("unpaid"));
  EXPECT_EQ(rig_.call("root", "POST", "/v1/tenants/acme-corp/resume").status, 200);
  EXPECT_EQ(rig_.call("owner", "GET", "/v1/tenants/acme-corp").status, 200);
}

TEST_F(TenantsApiTest, ListsAreFilteredAndPaged) {
  for (std::string_view id : {"a1", "a2", "b1"}) create(id, std::string("Name ") + std::string(id));
  auto ids = [&](std::string_view query) {
    std::string line;
    json::object body = rig_.call("root", "GET", "/v1/tenants" + std::string(query)).json();
    for (const json::value& tenant : body.at("tenants").as_array())
      line += std::string(tenant.at("id").as_string()) + " ";
    return line;
  };
  EXPECT_EQ(ids(""), "a1 a2 b1 ");
  EXPECT_EQ(ids("?name_prefix=name%20a"), "a1 a2 ");
  EXPECT_EQ(ids("?page_size=1"), "a1 ");
  EXPECT_EQ(ids("?status=suspended"), "");
  EXPECT_EQ(rig_.call("root", "GET", "/v1/tenants?status=asleep").code(), "query.status");
  EXPECT_EQ(rig_.call("root", "GET", "/v1/tenants?label=x").code(), "query.label");
  EXPECT_EQ(rig_.call("owner", "GET", "/v1/tenants").status, 403);
}

// What is shown can be read back to the same structure, and nothing of it is lost.
TEST(TenantView, PrintsWhatItReads) {
  TenantView view;
  view.id = tenancy::TenantId::parse("acme-corp").value();
  view.name = "Acme \"quoted\"";
  view.plan = snapshot::Plan::kEnterprise;
  view.programs = {tenancy::ProgramId::parse("blue").value()};
  view.labels = {{"team", "red"}};
  view.quotas.max_cost_per_day = PicoDollars::parse("12.5").value();
  view.clock_skew = std::chrono::milliseconds(1500);
  view.protect = true;
  view.version = 7;
  view.uuid = "u";
  std::string printed = json::serialize(to_json_value(view));
  auto read = bind_json<TenantView>(printed);
  ASSERT_TRUE(read) << to_string(read.error().problems);
  EXPECT_EQ(json::serialize(to_json_value(*read)), printed);
  EXPECT_EQ(read->clock_skew, view.clock_skew);
  EXPECT_EQ(read->quotas.max_cost_per_day, view.quotas.max_cost_per_day);
}

}  // namespace
}  // namespace bailiwick::api
