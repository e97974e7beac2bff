// A recorded decision over HTTP: decided again by the rules of then and of now, and nobody else's.
#include "api/explanation.h"

#include "api/access.h"
#include "api/bundles.h"
#include "api/ledger.h"
#include "api/tenants.h"
#include "api/tokens.h"
#include "support/permit_maker.h"
#include "support/registry_api_test.h"

namespace bailiwick::api {
namespace {

using tenancy::Action, tenancy::Role;
using testing_support::Answer;

constexpr std::string_view kNoCheckpoints =
    "@id(\"no-checkpoints\") @reason(\"the head stays here\")\n"
    "forbid (principal, action == Bailiwick::Action::\"bundles.read\", resource);\n";

class ExplanationApiTest : public testing::Test {
 protected:
  ExplanationApiTest() {
    std::vector<storage::Migration> migrations = bundles::registry_migrations();
    for (const storage::Migration& step : identity::token_migrations()) migrations.push_back(step);
    store_ =
        storage::open_sqlite_platform_store({.folder = folder_.path(), .migrations = std::move(migrations)})
            .value();
    registry_ = std::make_unique<bundles::TenantRegistry>(
        bundles::TenantRegistry::Ports{*store_, rig_.ledger, rig_.slices, rig_.tenants, rig_.clock,
                                       rig_.random, sandbox_},
        nullptr);
    tokens_ =
        std::make_unique<identity::TokenService>(*store_, rig_.tokens, rig_.ledger, rig_.clock, rig_.random);
  }
  void SetUp() override {
    ASSERT_TRUE(registry_->load());
    rig_.credential("root", "", Role::kPlatformAdmin);
    std::vector<edge::Route> routes = tenant_routes(*registry_);
    auto add = [&](std::vector<edge::Route> more) { std::ranges::move(more, std::back_inserter(routes)); };
    add(bundle_routes(*registry_));
    add(token_routes(*tokens_));
    add(ledger_routes(rig_.ledger, rig_.clock));
    add(access_routes(""));
    add(explanation_routes(rig_.ledger, *registry_, *tokens_));
    rig_.serve(std::move(routes));
    for (std::string tenant : {"acme-corp", "beta-inc"}) {
      ASSERT_EQ(rig_.call("root", "POST", "/v1/tenants",
                          R"({"id": ")" + tenant + R"(", "name": ")" + tenant + "\"}")
                    .status,
                201);
    }
    owner_ = token("acme-corp", "owner");
    auditor_ = token("acme-corp", "auditor");
  }

  std::string token(const std::string& tenant, const std::string& role) {
    Answer made =
        rig_.call("root", "POST", "/v1/tenants/" + tenant + "/tokens", R"({"role": ")" + role + "\"}");
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(made.json().at("token").as_string());
  }
  void push(json::object more) {
    json::object files{{"tenant.yaml", "id: acme-corp\nname: Acme\n"}};
    for (auto& [path, text] : more) files[path] = text;
    Answer pushed = rig_.call("root", "POST", "/v1/tenants/acme-corp/bundles",
                              json::serialize(json::object{{"files", std::move(files)}}));
    ASSERT_EQ(pushed.status, 200) << pushed.body;
  }
  /// Calls with this request id.
  Answer read_bundles(std::string_view id, std::string_view credential) {
    return rig_.call(credential, "GET", "/v1/tenants/acme-corp/bundles", {},
                     "X-Request-Id: " + std::string(id) + "\r\n");
  }
  Answer ask(std::string_view record, std::string_view credential = {}) {
    return rig_.call(credential.empty() ? auditor_ : credential, "GET",
                     "/v1/ledger/records/" + std::string(record) + "/explanation");
  }
  static const json::object& step(const json::object& half, std::string_view name) {
    for (const json::value& value : half.at("steps").as_array()) {
      if (value.at("step") == json::value(name)) return value.as_object();
    }
    ADD_FAILURE() << "no step " << name;
    static const json::object kNone;
    return kNone;
  }

  testing_support::TempFolder folder_;
  testing_support::ServedEdge rig_;
  std::unique_ptr<storage::PlatformStore> store_;
  bundles::InProcessSandbox sandbox_;
  std::unique_ptr<bundles::TenantRegistry> registry_;
  std::unique_ptr<identity::TokenService> tokens_;
  std::string owner_, auditor_;
};

TEST_F(ExplanationApiTest, WhatWasAllowedIsAllowedAgain) {
  ASSERT_EQ(read_bundles("req_allowed", owner_).status, 200);
  Answer answer = ask("req_allowed");
  ASSERT_EQ(answer.status, 200) << answer.body;
  json::object whole = answer.json();
  EXPECT_EQ(whole.at("record").at("request_id"), json::value("req_allowed"));
  EXPECT_EQ(whole.at("asked_by").at("known"), json::value(true));
  EXPECT_EQ(whole.at("asked_by").at("roles").at(0).at("role"), json::value("owner"));
  for (const char* half : {"then", "now"}) {
    const json::object& decided = whole.at(half).as_object();
    EXPECT_EQ(decided.at("decision"), json::value("allow")) << half;
    EXPECT_EQ(decided.at("reason"), json::value("role.owner"));
    EXPECT_EQ(decided.at("agrees"), json::value(true));
    EXPECT_EQ(decided.at("policy_revision"), json::value("roles-1"));
    EXPECT_EQ(step(decided, "roles").at("roles").at(0).at("outcome"), json::value("permits"));
  }
  EXPECT_EQ(whole.at("note"), json::value(""));
  EXPECT_TRUE(whole.at("evaluations").as_array().empty());
}

TEST_F(ExplanationApiTest, ADenialByARuleThatIsGoneSince) {
  push({{"own.cedar", kNoCheckpoints}});
  ASSERT_EQ(read_bundles("req_denied", owner_).code(), "rule.no-checkpoints");
  json::object whole = ask("req_denied").json();
  const json::object& then = whole.at("then").as_object();
  EXPECT_EQ(then.at("decision"), json::value("deny"));
  EXPECT_EQ(then.at("reason"), json::value("rule.no-checkpoints"));
  EXPECT_EQ(then.at("message"), json::value("the head stays here"));
  EXPECT_EQ(then.at("agrees"), json::value(true));
  EXPECT_EQ(whole.at("now").at("agrees"), json::value(true));
  const json::object& rule = step(then, "rules").at("rules").at(0).as_object();
  EXPECT_EQ(rule.at("id"), json::value("no-checkpoints"));
  EXPECT_EQ(rule.at("outcome"), json::value("applies"));
  EXPECT_EQ(rule.at("effect"), json::value("forbid"));
  push({{"slo.yaml", "slo: {latency_p95_ms: 90}\n"}});
  whole = ask("req_denied").json();
  EXPECT_EQ(whole.at("then").at("agrees"), json::value(true)) << "the rules of then are read from the store";
  EXPECT_EQ(whole.at("then").at("policy_revision"), whole.at("record").at("policy_revision"));
  EXPECT_EQ(whole.at("now").at("decision"), json::value("allow"));
  EXPECT_EQ(whole.at("now").at("agrees"), json::value(false));
  EXPECT_EQ(whole.at("now").at("policy_revision"), json::value("roles-1"));
}

TEST_F(ExplanationApiTest, ARoleThatDoesNotSuffice) {
  ASSERT_EQ(read_bundles("req_viewer", token("acme-corp", "viewer")).status, 403);
  json::object then = ask("req_viewer").json().at("then").as_object();
  EXPECT_EQ(then.at("reason"), json::value("role.insufficient"));
  EXPECT_EQ(then.at("agrees"), json::value(true));
  EXPECT_EQ(step(then, "roles").at("roles").at(0).at("outcome"), json::value("not in the role"));
  EXPECT_EQ(step(then, "rules").at("outcome"), json::value("not_asked"));
}

TEST_F(ExplanationApiTest, BySequence) {
  ASSERT_EQ(read_bundles("req_one", owner_).status, 200);
  std::string sequence = json::serialize(ask("req_one").json().at("record").at("sequence"));
  EXPECT_EQ(ask(sequence).json().at("record").at("request_id"), json::value("req_one"));
}

TEST_F(ExplanationApiTest, WhatIsNotThereIsNotFound) {
  for (const char* unknown : {"0", "99999", "99999999999999999999999", "req_none", "-1"}) {
    Answer answer = ask(unknown);
    EXPECT_EQ(answer.status, 404) << unknown;
    EXPECT_EQ(answer.code(), "record.not_found") << unknown;
  }
  EXPECT_NE(ask("req_none").body.find("give the record's sequence"), std::string::npos);
}

TEST_F(ExplanationApiTest, ANeighboursRecordIsNoneAndOnlyWhoMayReads) {
  ASSERT_EQ(read_bundles("req_mine", owner_).status, 200);
  std::string neighbour = token("beta-inc", "owner");
  Answer foreign = ask("req_mine", neighbour), absent = ask("req_nope", neighbour);
  EXPECT_EQ(foreign.status, 404);
  EXPECT_EQ(absent.status, 404);
  EXPECT_EQ(ask("req_mine", "root").status, 403);
  EXPECT_EQ(ask("req_mine", token("acme-corp", "operator")).code(), "role.insufficient");
  EXPECT_EQ(ask("req_mine", token("acme-corp", "approver")).status, 200);
}

// A record may hold what a caller sent; that names no other record.
TEST_F(ExplanationApiTest, AQuotedRequestIdIsNone) {
  ASSERT_EQ(read_bundles("req_quoted", owner_).status, 200);
  ledger::Record quoting;
  quoting.action = "access.evaluate";
  quoting.request_id = "req_other";
  quoting.extra_text = R"({"evaluations":[{"context":{"request_id":"req_quoted"},"decision":false}]})";
  ASSERT_TRUE(rig_.ledger.append(testing_support::permit<Action::kAsk>("acme-corp"), {&quoting, 1}));
  EXPECT_EQ(ask("req_quoted").json().at("record").at("action"), json::value("bundles.read"));
}

TEST_F(ExplanationApiTest, WhatCannotBeDecidedAgainSaysWhy) {
  auto why = [&](const ledger::Record& record) {
    EXPECT_TRUE(rig_.ledger.append(testing_support::permit<Action::kAsk>("acme-corp"), {&record, 1}));
    json::object then = ask(record.request_id).json().at("then").as_object();
    EXPECT_TRUE(then.at("decision").is_null());
    EXPECT_TRUE(then.at("agrees").is_null());
    return std::string(then.at("why_not").as_string());
  };
  ASSERT_EQ(read_bundles("req_like", owner_).status, 200);
  json::object like = ask("req_like").json().at("record").as_object();
  ledger::Record record;
  record.request_id = "req_stranger";
  record.principal = "registry:ci";
  record.action = "ask";
  record.decision = "allow";
  record.policy_revision = "roles-1";
  EXPECT_NE(why(record).find("'registry:ci' might do is not stored"), std::string::npos);
  record.request_id = "req_gone";
  record.principal = std::string(like.at("principal").as_string());
  record.policy_revision = "roles-1+0123456789abcdef";
  EXPECT_NE(why(record).find("revision 0123456789abcdef of the tenant's bundle is not stored"),
            std::string::npos);
  EXPECT_EQ(ask("req_gone").json().at("now").at("decision"), json::value("allow")) << "by the rules of now";
  record.request_id = "req_late";
  record.decision = "deny";
  record.reason = "sovereignty.region";
  record.status = 403;
  EXPECT_NE(why(record).find("records do not keep them"), std::string::npos);
  EXPECT_TRUE(ask("req_late").json().at("now").at("decision").is_null());
}

TEST_F(ExplanationApiTest, WhatABudgetRefusedWasAllowedByRules) {
  ASSERT_EQ(read_bundles("req_like", owner_).status, 200);
  ledger::Record record;
  record.request_id = "req_poor";
  record.principal = std::string(ask("req_like").json().at("record").at("principal").as_string());
  record.action = "ask";
  record.decision = "deny";
  record.reason = "budget.daily";
  record.status = 402;
  record.policy_revision = "roles-1";
  ASSERT_TRUE(rig_.ledger.append(testing_support::permit<Action::kAsk>("acme-corp"), {&record, 1}));
  json::object whole = ask("req_poor").json();
  EXPECT_EQ(whole.at("then").at("decision"), json::value("allow"));
  EXPECT_EQ(whole.at("then").at("agrees"), json::value(true));
  EXPECT_EQ(whole.at("note"),
            json::value("roles and rules allowed it; `budget.daily` refused it afterwards"));
}

TEST_F(ExplanationApiTest, EvaluationsOfAnApplication) {
  json::object files{
      {"schema.cedarschema",
       "entity User, Doc = { note?: String }; action view appliesTo { principal: User, resource: Doc };\n"},
      {"app.cedar", "@id(\"open\") permit (principal, action == Action::\"view\", resource);\n"}};
  push(files);
  auto evaluate = [&](std::string_view id, const json::object& properties) {
    json::object body{{"subject", json::object{{"type", "User"}, {"id", "ann"}}},
                      {"action", json::object{{"name", "view"}}},
                      {"resource", json::object{{"type", "Doc"}, {"id", "1"}, {"properties", properties}}}};
    return rig_.call(owner_, "POST", "/access/v1/evaluation", json::serialize(body),
                     "X-Request-Id: " + std::string(id) + "\r\n");
  };
  ASSERT_EQ(evaluate("req_small", {}).json().at("decision"), json::value(true));
  ASSERT_EQ(evaluate("req_large", {{"note", std::string(4096, 'x')}}).json().at("decision"),
            json::value(true));
  files["app.cedar"] = "@id(\"closed\") forbid (principal, action == Action::\"view\", resource);\n";
  push(files);
  json::object whole = ask("req_small").json();
  EXPECT_EQ(whole.at("then").at("decision"), json::value("allow")) << "who asked might ask";
  ASSERT_EQ(whole.at("evaluations").as_array().size(), 1u);
  const json::object& one = whole.at("evaluations").at(0).as_object();
  EXPECT_EQ(one.at("recorded").at("policy"), json::value("open"));
  EXPECT_EQ(one.at("then").at("decision"), json::value(true));
  EXPECT_EQ(one.at("then").at("policy"), json::value("open"));
  EXPECT_EQ(one.at("then").at("agrees"), json::value(true));
  EXPECT_EQ(one.at("now").at("decision"), json::value(false));
  EXPECT_EQ(one.at("now").at("policy"), json::value("closed"));
  EXPECT_EQ(one.at("now").at("agrees"), json::value(false));
  json::object hashed = ask("req_large").json().at("evaluations").at(0).as_object();
  EXPECT_TRUE(hashed.at("then").at("decision").is_null());
  EXPECT_EQ(hashed.at("then").at("why_not"),
            json::value("the properties of its resource were kept as a hash only"));
}

}  // namespace
}  // namespace bailiwick::api
