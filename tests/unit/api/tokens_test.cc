// Tokens over HTTP: a secret is shown once, lists are paged, and another tenant's token is as good as none.
#include "api/tokens.h"

#include "api/paging.h"
#include "crypto/hash.h"
#include "storage/sqlite/sqlite_store.h"
#include "support/served_edge.h"
#include "support/temp_folder.h"

namespace bailiwick::api {
namespace {

using tenancy::Role;
using testing_support::Answer, testing_support::ServedEdge;

constexpr std::string_view kTokens = "/v1/tenants/acme-corp/tokens";

class TokensTest : public testing::Test {
 protected:
  void SetUp() override {
    for (std::string_view tenant : {"acme-corp", "beta-inc"}) rig_.tenant(tenant);
    rig_.credential("root", "", Role::kPlatformAdmin);
    rig_.credential("admin", "acme-corp", Role::kAdmin);
    rig_.credential("operator", "acme-corp", Role::kOperator);
    rig_.serve(token_routes(service_));
  }
  json::object make(std::string_view body = R"({"role": "viewer"})", std::string_view credential = "root",
                    std::string_view path = kTokens) {
    Answer answer = rig_.call(credential, "POST", path, body);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.json();
  }
  static std::string text(const json::object& object, std::string_view key) {
    return std::string(object.at(key).as_string());
  }
  int status_with(const std::string& secret) { return rig_.call(secret, "GET", kTokens).status; }

  testing_support::TempFolder folder_;
  ServedEdge rig_;
  std::unique_ptr<storage::PlatformStore> store_ =
      storage::open_sqlite_platform_store(
          {.folder = folder_.path(), .migrations = identity::token_migrations()})
          .value();
  identity::TokenService service_{*store_, rig_.tokens, rig_.ledger, rig_.clock, rig_.random};
};

TEST_F(TokensTest, ASecretIsShownOnce) {
  json::object made =
      make(R"({"name": "ci", "role": "auditor", "scopes": ["ledger.*"], "expires_in": "90d"})");
  EXPECT_EQ(made.at("tenant"), json::value("acme-corp"));
  EXPECT_EQ(made.at("expires_at"), json::value("2027-02-23T12:00:00.000000Z"));
  EXPECT_TRUE(made.at("revoked_at").is_null());
  std::string secret = text(made, "token");
  Answer list = rig_.call("admin", "GET", kTokens);
  EXPECT_NE(list.body.find(text(made, "id")), std::string::npos);
  EXPECT_EQ(list.body.find(secret), std::string::npos);
  EXPECT_EQ(list.body.find(crypto::to_hex(rig_.tokens.hash(secret))), std::string::npos) << "nor its hash";
  EXPECT_EQ(rig_.log().find(secret), std::string::npos);
  for (const auto& kept : rig_.ledger.kept()) {
    EXPECT_EQ(ledger::to_json(kept.record, kept.chain, 1).find(secret), std::string::npos);
  }
}

TEST_F(TokensTest, BodiesAreChecked) {
  for (std::string_view bad :
       {"{}", R"({"role": "king"})", R"({"role": "viewer", "tenant": "beta-inc"})",
        R"({"role": "viewer", "expires_in": "-1d"})", R"({"role": "viewer", "scopes": ["nonsense"]})",
        R"({"bindings": [{"role": "viewer", "program": "No Slug"}]})"}) {
    EXPECT_EQ(rig_.call("root", "POST", kTokens, bad).status, 400) << bad;
  }
}

TEST_F(TokensTest, RolesDoNotEscalate) {
  EXPECT_EQ(rig_.call("operator", "POST", kTokens, R"({"role": "viewer"})").code(), "role.insufficient");
  EXPECT_EQ(rig_.call("admin", "POST", kTokens, R"({"role": "owner"})").code(), "role.escalation");
  EXPECT_EQ(rig_.call("root", "POST", kTokens, R"({"role": "platform-admin"})").code(), "role.escalation");
  make(R"({"bindings": [{"role": "operator", "program": "blue"}]})", "admin");
}

TEST_F(TokensTest, RevokedIsRevoked) {
  json::object made = make(R"({"role": "auditor"})");
  EXPECT_EQ(status_with(text(made, "token")), 200);
  std::string path = std::string(kTokens) + "/" + text(made, "id");
  EXPECT_EQ(rig_.call("admin", "DELETE", path).status, 200);
  EXPECT_EQ(status_with(text(made, "token")), 401);
  EXPECT_EQ(rig_.call("admin", "DELETE", path).status, 404);
}

TEST_F(TokensTest, ARotationOverlapsAsAsked) {
  json::object old = make(R"({"role": "auditor"})");
  std::string path = std::string(kTokens) + "/" + text(old, "id") + "/rotate";
  Answer next = rig_.call("admin", "POST", path, R"({"overlap": "1h"})");
  ASSERT_EQ(next.status, 201) << next.body;
  EXPECT_EQ(status_with(text(old, "token")), 200);
  EXPECT_EQ(status_with(text(next.json(), "token")), 200);
  rig_.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(status_with(text(old, "token")), 401);
  EXPECT_EQ(status_with(text(next.json(), "token")), 200);
}

// The answer about a neighbour's token is, byte for byte, the answer about none.
TEST_F(TokensTest, ANeighboursTokenIsNone) {
  json::object foreign = make(R"({"role": "viewer"})", "root", "/v1/tenants/beta-inc/tokens");
  auto revoke = [&](const std::string& id) {
    return rig_.call("admin", "DELETE", std::string(kTokens) + "/" + id, {}, "X-Request-Id: same\r\n");
  };
  Answer other = revoke(text(foreign, "id")), absent = revoke("tok_000000000000000000000000");
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(other.body, absent.body);
  EXPECT_EQ(rig_.call("admin", "DELETE", "/v1/tenants/beta-inc/tokens/" + text(foreign, "id")).code(),
            "tenant.mismatch");
  EXPECT_EQ(rig_.call("admin", "GET", "/v1/tenants/beta-inc/tokens").code(), "tenant.mismatch");
}

TEST_F(TokensTest, ListsArePaged) {
  std::set<std::string> made, seen;
  for (int i = 0; i < 5; ++i) made.insert(text(make(), "id"));
  std::string token;
  int pages = 0;
  do {
    json::object page =
        rig_.call("admin", "GET", std::string(kTokens) + "?page_size=2&page_token=" + token).json();
    for (const json::value& item : page.at("tokens").as_array()) seen.emplace(item.at("id").as_string());
    token = text(page, "next_page_token");
    ++pages;
  } while (!token.empty() && pages < 10);
  EXPECT_EQ(seen, made);
  EXPECT_EQ(pages, 3);
}

TEST_F(TokensTest, BadPagesAreRefused) {
  for (std::string_view bad : {"0", "501", "-1", "ten", "1e2", "99999999999999999999"}) {
    EXPECT_EQ(rig_.call("admin", "GET", std::string(kTokens) + "?page_size=" + std::string(bad)).code(),
              "page.size")
        << bad;
  }
  EXPECT_EQ(rig_.call("admin", "GET", std::string(kTokens) + "?page_token=%25%25").code(), "page.token");
  EXPECT_EQ(rig_.call("admin", "GET", std::string(kTokens) + "?page_size=500").status, 200);
}

}  // namespace
}  // namespace bailiwick::api
