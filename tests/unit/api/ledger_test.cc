// A tenant's chain over HTTP: its own records alone, paged, exported and pinned.
#include "api/ledger.h"

#include "support/permit_maker.h"
#include "support/served_edge.h"

namespace bailiwick::api {
namespace {

using tenancy::Action, tenancy::Role;
using testing_support::Answer, testing_support::ServedEdge;

class LedgerApiTest : public testing::Test {
 protected:
  void SetUp() override {
    for (std::string_view tenant : {"acme-corp", "beta-inc"}) rig_.tenant(tenant);
    rig_.credential("auditor", "acme-corp", Role::kAuditor);
    rig_.credential("viewer", "acme-corp", Role::kViewer);
    rig_.credential("root", "", Role::kPlatformAdmin);
    for (int i = 1; i <= 5; ++i) {
      ledger::Record record;
      record.action = "ask";
      record.resource = "mine:" + std::to_string(i);
      ASSERT_TRUE(rig_.ledger.append(testing_support::permit<Action::kAsk>("acme-corp"), {&record, 1}));
      record.resource = "canary-of-beta";
      ASSERT_TRUE(rig_.ledger.append(testing_support::permit<Action::kAsk>("beta-inc"), {&record, 1}));
    }
    rig_.serve(ledger_routes(rig_.ledger, rig_.clock));
  }
  /// Resources of one page, and the token of the next.
  std::pair<std::vector<std::string>, std::string> page(std::string_view query) {
    json::object body = rig_.call("auditor", "GET", "/v1/ledger/records" + std::string(query)).json();
    std::vector<std::string> resources;
    for (const json::value& entry : body.at("entries").as_array()) {
      const json::value* resource = entry.at("record").as_object().if_contains("resource");
      resources.push_back(resource != nullptr ? std::string(resource->as_string()) : "");
    }
    return {resources, std::string(body.at("next_page_token").as_string())};
  }

  ServedEdge rig_;
};

TEST_F(LedgerApiTest, PagesFollowEachOther) {
  auto [first, token] = page("?page_size=2");
  EXPECT_EQ(first, (std::vector<std::string>{"mine:1", "mine:2"}));
  auto [second, next] = page("?page_size=2&page_token=" + token);
  EXPECT_EQ(second, (std::vector<std::string>{"mine:3", "mine:4"}));
  EXPECT_EQ(page("?from=5&page_size=1").first, (std::vector<std::string>{"mine:5"}));
}

// Reading is recorded too, so the tail that is asked for is the one before the question.
TEST_F(LedgerApiTest, TheTailIsTheLastFew) {
  EXPECT_EQ(page("?tail=2").first, (std::vector<std::string>{"mine:4", "mine:5"}));
  EXPECT_EQ(page("?tail=1").first.size(), 1u);
  EXPECT_EQ(page("?tail=100").first.size(), 7u);
}

TEST_F(LedgerApiTest, BadNumbersAreRefused) {
  for (std::string_view bad : {"?from=x", "?from=-1", "?tail=1x", "?tail=99999999999999999999"}) {
    EXPECT_EQ(rig_.call("auditor", "GET", "/v1/ledger/records" + std::string(bad)).code(), "query.number")
        << bad;
  }
  EXPECT_EQ(rig_.call("auditor", "GET", "/v1/ledger/records?page_token=YWJj").code(), "page.token")
      << "not a number inside";
}

TEST_F(LedgerApiTest, TheExportIsTheWholeChainAndNoOther) {
  Answer answer = rig_.call("auditor", "GET", "/v1/ledger/export");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Type"), "application/x-ndjson");
  for (int i = 1; i <= 5; ++i) EXPECT_NE(answer.body.find("mine:" + std::to_string(i)), std::string::npos);
  EXPECT_EQ(answer.body.find("canary-of-beta"), std::string::npos);
  EXPECT_EQ(answer.body.find("beta-inc"), std::string::npos);
}

TEST_F(LedgerApiTest, ACheckpointIsTheHead) {
  json::object head = rig_.call("auditor", "GET", "/v1/ledger/checkpoint").json();
  EXPECT_EQ(head.at("tenant"), json::value("acme-corp"));
  EXPECT_EQ(head.at("sequence"), json::value(5));
}

TEST_F(LedgerApiTest, OnlyWhoMayAuditReads) {
  for (std::string_view path : {"/v1/ledger/records", "/v1/ledger/export", "/v1/ledger/checkpoint"}) {
    EXPECT_EQ(rig_.call("viewer", "GET", path).code(), "role.insufficient");
    EXPECT_EQ(rig_.call("root", "GET", path, {}, "X-Bailiwick-Tenant: acme-corp\r\n").code(),
              "platform_admin.no_content");
    EXPECT_EQ(rig_.call("auditor", "GET", std::string(path) + "?tenant=beta-inc").code(), "tenant.mismatch");
  }
}

}  // namespace
}  // namespace bailiwick::api
