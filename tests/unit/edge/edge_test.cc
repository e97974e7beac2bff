// The edge over real connections: which route, whose credential, which ids, which answer.
#include "edge/edge.h"

#include "support/served_edge.h"

namespace bailiwick::edge {
namespace {

using tenancy::Action, tenancy::Role;
using testing_support::Answer, testing_support::ServedEdge;

/// Says what reached the use case.
template <Action A>
net::Task<Result<Reply>> echo(Call<A>& call, NoBody) {
  json::object seen{{"trace", json::string(call.trace.trace_id.view())},
                    {"subject", json::string(call.permit.principal().subject)}};
  for (const auto& [name, value] : call.path) seen[name] = json::string(value);
  if constexpr (tenancy::reach_of(A) != tenancy::Reach::kPlatform) {
    seen["tenant_reached"] = json::string(call.permit.tenant().view());
    if (const auto& program = call.permit.scope().program()) seen["program"] = json::string(program->view());
  }
  co_return Reply::json(200, seen);
}

Result<Reply> open_page(const net::RequestHead&) {
  return Reply::json(200, json::object{{"open", true}});
}

std::vector<Route> routes() {
  std::vector<Route> out;
  out.push_back(open_route("GET", "/open", {}, open_page));
  out.push_back(route<Action::kAsk, NoBody>("GET", "/v1/ask", {}, echo<Action::kAsk>));
  out.push_back(
      route<Action::kCorpusRead, NoBody>("GET", "/v1/documents/{document}", {}, echo<Action::kCorpusRead>));
  out.push_back(route<Action::kCorpusDelete, NoBody>("DELETE", "/v1/documents/{document}", {},
                                                     echo<Action::kCorpusDelete>));
  out.push_back(
      route<Action::kTenantsGet, NoBody>("GET", "/v1/tenants/{tenant}", {}, echo<Action::kTenantsGet>));
  out.push_back(route<Action::kTokensRevoke, NoBody>("DELETE", "/v1/tenants/{tenant}/tokens/{token}", {},
                                                     echo<Action::kTokensRevoke>));
  out.push_back(route<Action::kModelsChat, NoBody>("POST", "/v1/chat", {.dialect = Dialect::kOpenAi},
                                                   echo<Action::kModelsChat>));
  return out;
}

class EdgeTest : public testing::Test {
 protected:
  void SetUp() override {
    rig_.tenant("acme-corp");
    rig_.tenant("beta-inc");
    rig_.credential("key", "acme-corp", Role::kOwner);
    rig_.credential("other-key", "acme-corp", Role::kViewer);
    rig_.credential("root", "", Role::kPlatformAdmin);
    rig_.serve(routes());
  }
  /// The answer to GET /v1/ask with these header fields alone.
  Answer ask(std::string_view fields, std::string_view target = "/v1/ask") {
    return rig_.send("GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(fields));
  }

  ServedEdge rig_;
};

TEST_F(EdgeTest, FindsRoutesAndTheirParameters) {
  EXPECT_EQ(rig_.call("", "GET", "/open").json().at("open"), json::value(true));
  EXPECT_EQ(rig_.call("key", "GET", "/v1/documents/a%20b").json().at("document"), json::value("a b"));
  json::object both = rig_.call("key", "DELETE", "/v1/tenants/acme-corp/tokens/tok_1").json();
  EXPECT_EQ(both.at("tenant"), json::value("acme-corp"));
  EXPECT_EQ(both.at("token"), json::value("tok_1"));
  for (std::string_view absent : {"/", "/v1", "/v1/documents", "/v1/documents/", "/v1/documents/a/b",
                                  "/v1/ASK", "/v1/ask/", "/open/x", "/v1/tenants/acme-corp/tokens"}) {
    Answer answer = rig_.call("key", "GET", absent);
    EXPECT_EQ(answer.status, 404) << absent;
    EXPECT_EQ(answer.code(), "route.not_found") << absent;
    EXPECT_EQ(answer.header("X-Request-Id").substr(0, 4), "req_") << absent;
  }
}

TEST_F(EdgeTest, AWrongMethodNamesTheRightOnes) {
  Answer answer = rig_.call("key", "POST", "/v1/documents/a");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.header("Allow"), "GET, DELETE");
  EXPECT_EQ(rig_.call("key", "PUT", "/open").header("Allow"), "GET");
}

TEST_F(EdgeTest, HeadIsGetWithoutABody) {
  Answer answer = rig_.call("key", "HEAD", "/v1/ask");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
}

TEST_F(EdgeTest, CredentialsComeInTwoHeaders) {
  EXPECT_EQ(ask("Authorization: Bearer key\r\n").status, 200);
  EXPECT_EQ(ask("authorization: bEARER key\r\n").status, 200);
  EXPECT_EQ(ask("x-api-key: key\r\n").status, 200);
  EXPECT_EQ(ask("x-api-key: key\r\nAuthorization: Bearer key\r\n").status, 200);
  EXPECT_EQ(ask("Authorization: Basic eDp5\r\nx-api-key: key\r\n").status, 200);
}

// What is no credential, and what is two: another server in front may have believed the other one.
TEST_F(EdgeTest, AnythingElseIsNoCredential) {
  for (std::string_view fields :
       {"", "Authorization: key\r\n", "Authorization: Bearer\r\n", "Authorization: Bearer \r\n",
        "Authorization: Bearer  key\r\n", "Authorization: Bearerkey\r\n", "Authorization: Basic key\r\n",
        "x-api-key:\r\n", "Cookie: token=key\r\n", "Authorization: Bearer key,Bearer other-key\r\n",
        "Authorization: Bearer key\r\nx-api-key: other-key\r\n", "x-api-key: key\r\nx-api-key: other-key\r\n",
        "Authorization: Bearer other-key\r\nAuthorization: Bearer key\r\n",
        "Authorization: Bearer key\r\nAuthorization: Bearer other-key\r\n"}) {
    Answer answer = ask(fields);
    EXPECT_EQ(answer.status, 401) << fields;
    EXPECT_EQ(answer.code(), "credential.invalid");
    EXPECT_EQ(answer.header("WWW-Authenticate"), "Bearer");
  }
  EXPECT_EQ(ask("", "/v1/ask?token=key").status, 401) << "no credential in an address";
  EXPECT_TRUE(rig_.ledger.kept().empty());
}

// Wherever a tenant is named, it must be the credential's; every place is looked at, every time it is given.
TEST_F(EdgeTest, NamedTenantsMustAllAgree) {
  const std::string kKey = "Authorization: Bearer key\r\n";
  for (std::string_view own : {"X-Bailiwick-Tenant: acme-corp\r\n", "X-DecisionOS-Tenant: acme-corp\r\n", "",
                               "X-Bailiwick-Tenant: acme-corp\r\nX-DecisionOS-Tenant: acme-corp\r\n"}) {
    EXPECT_EQ(ask(kKey + std::string(own), "/v1/ask?tenant=acme-corp").json().at("tenant_reached"),
              json::value("acme-corp"));
  }
  for (std::string_view foreign : {"X-Bailiwick-Tenant: beta-inc\r\n", "X-DecisionOS-Tenant: beta-inc\r\n",
                                   "X-Bailiwick-Tenant: acme-corp\r\nX-Bailiwick-Tenant: beta-inc\r\n",
                                   "X-Bailiwick-Tenant: acme-corp\r\nX-DecisionOS-Tenant: beta-inc\r\n",
                                   "X-Bailiwick-Tenant: ACME-CORP\r\n"}) {
    EXPECT_EQ(ask(kKey + std::string(foreign)).code(), "tenant.mismatch") << foreign;
  }
  EXPECT_EQ(ask(kKey, "/v1/ask?tenant=beta-inc").code(), "tenant.mismatch");
  EXPECT_EQ(ask(kKey, "/v1/ask?tenant=acme-corp&tenant=beta-inc").code(), "tenant.mismatch");
  EXPECT_EQ(ask(kKey, "/v1/ask?ten%61nt=beta-inc").code(), "tenant.mismatch") << "decoded before it is read";
  EXPECT_EQ(ask(kKey, "/v1/tenants/beta-inc").code(), "tenant.mismatch");
  EXPECT_EQ(ask(kKey, "/v1/tenants/acme-corp?tenant=beta-inc").code(), "tenant.mismatch");
  Answer admin = ask("x-api-key: root\r\nX-Bailiwick-Tenant: beta-inc\r\n", "/v1/tenants/acme-corp");
  EXPECT_EQ(admin.code(), "tenant.mismatch") << "the admin's path and header name two tenants";
}

TEST_F(EdgeTest, TheProgramOfAHeaderReachesThePermitAndTheRecord) {
  Answer answer = ask("Authorization: Bearer key\r\nX-Bailiwick-Program: blue\r\n");
  EXPECT_EQ(answer.json().at("program"), json::value("blue"));
  EXPECT_EQ(rig_.ledger.kept().back().record.program, "blue");
  EXPECT_EQ(ask("Authorization: Bearer key\r\nX-Bailiwick-Program: none\r\n").code(), "program.unknown");
}

// A program that the credential implies is recorded as one that the request names.
TEST_F(EdgeTest, AnImpliedProgramIsRecorded) {
  rig_.credential("blue", "acme-corp", {ServedEdge::in_program(Role::kOperator, "blue")});
  EXPECT_EQ(ask("Authorization: Bearer blue\r\n").status, 200);
  EXPECT_EQ(rig_.ledger.kept().back().record.program, "blue");
}

TEST_F(EdgeTest, RequestIdsAreKeptWhenTheyArePlain) {
  const std::string kKey = "Authorization: Bearer key\r\nX-Request-Id: ";
  EXPECT_EQ(ask(kKey + "My-id_1.2\r\n").header("X-Request-Id"), "My-id_1.2");
  EXPECT_EQ(rig_.ledger.kept().back().record.request_id, "My-id_1.2");
  EXPECT_EQ(ask(kKey + std::string(128, 'a') + "\r\n").header("X-Request-Id"), std::string(128, 'a'));
  for (const std::string& bad : {std::string(129, 'a'), std::string("a b"), std::string("a\"b"),
                                 std::string("{}"), std::string("caf\xc3\xa9"), std::string("")}) {
    std::string given = ask(kKey + bad + "\r\n").header("X-Request-Id");
    EXPECT_EQ(given.size(), 28u) << bad;
    EXPECT_TRUE(given.starts_with("req_")) << bad;
  }
  EXPECT_NE(ask("").header("X-Request-Id"), ask("").header("X-Request-Id"));
}

TEST_F(EdgeTest, ATraceGoesOn) {
  const std::string kTrace = "0af7651916cd43dd8448eb211c80319c", kParent = "b7ad6b7169203331";
  auto traced = [&](const std::string& header) {
    return ask("x-api-key: key\r\ntraceparent: " + header + "\r\n");
  };
  for (const std::string& good :
       {"00-" + kTrace + "-" + kParent + "-01", "00-" + kTrace + "-" + kParent + "-00",
        "cc-" + kTrace + "-" + kParent + "-01-what-comes-later"}) {
    Answer answer = traced(good);
    EXPECT_EQ(answer.json().at("trace"), json::value(kTrace)) << good;
    EXPECT_TRUE(answer.header("traceparent").starts_with("00-" + kTrace + "-")) << good;
    EXPECT_EQ(answer.header("traceparent").find(kParent), std::string::npos) << "our span is a new one";
  }
  for (const std::string& bad :
       {std::string("x"), "ff-" + kTrace + "-" + kParent + "-01",
        "00-" + std::string(32, '0') + "-" + kParent + "-01",
        "00-" + kTrace + "-" + std::string(16, '0') + "-01", "00-" + kTrace + "-" + kParent + "-0",
        "00-" + kTrace + "-" + kParent + "-01-x", "00-" + kTrace + "-" + kParent + "-zz",
        "00-0AF7651916CD43DD8448EB211C80319C-" + kParent + "-01", "cc-" + kTrace + "-" + kParent + "-01x"}) {
    Answer answer = traced(bad);
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(answer.json().at("trace"), json::value(kTrace)) << bad;
    EXPECT_EQ(answer.json().at("trace").as_string().size(), 32u) << bad;
  }
}

TEST_F(EdgeTest, ErrorsSpeakTheRoutesDialect) {
  Answer answer = rig_.call("", "POST", "/v1/chat");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.json().at("error").at("type"), json::value("authentication_error"));
  EXPECT_EQ(answer.header("x-should-retry"), "false");
}

TEST_F(EdgeTest, RequestsAreCountedByRouteAndClass) {
  rig_.call("key", "GET", "/v1/ask");
  rig_.call("", "GET", "/v1/ask");
  std::string text = rig_.metrics.expose();
  EXPECT_NE(text.find("bailiwick_requests_total{class=\"2xx\",method=\"GET\",route=\"/v1/ask\"} 1"),
            std::string::npos);
  EXPECT_NE(text.find("bailiwick_requests_total{class=\"4xx\",method=\"GET\",route=\"/v1/ask\"} 1"),
            std::string::npos);
  EXPECT_EQ(text.find("acme"), std::string::npos);
}

// Two routes in one place would hide one of them.
TEST(Edge, TwoRoutesInOnePlaceAreAMistake) {
  testing_support::ServedEdge rig;
  std::vector<Route> twice;
  twice.push_back(open_route("GET", "/open", {}, open_page));
  twice.push_back(open_route("GET", "/open", {}, open_page));
  EXPECT_THROW(rig.edge.add(std::move(twice)), InvariantViolation);
}

}  // namespace
}  // namespace bailiwick::edge
