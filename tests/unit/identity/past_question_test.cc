// What the ledger holds of a decision is enough to ask the same again, or it says why not.
#include "identity/past_question.h"

#include <gtest/gtest.h>

#include "identity/token_service.h"
#include "identity/token_store.h"
#include "ledger/record.h"
#include "policy/role_kernel.h"
#include "storage/sqlite/sqlite_store.h"
#include "support/temp_folder.h"

namespace bailiwick::identity {
namespace {

using tenancy::Action, tenancy::Role;

class PastQuestionTest : public testing::Test {
 protected:
  PastQuestionTest() {
    store_ = storage::open_sqlite_platform_store({.folder = folder_.path(), .migrations = token_migrations()})
                 .value();
    record_.time = parse_rfc3339("2026-11-25T12:00:00Z").value();
    record_.principal = "token:tok_1";
    record_.action = "ask";
    record_.decision = "allow";
    record_.reason = "role.operator";
  }

  void keep(std::string id, std::string_view tenant, tenancy::RoleBinding binding, bool ended = false) {
    Token token;
    auto principal = std::make_shared<tenancy::Principal>();
    principal->subject = "token:" + id;
    if (!tenant.empty()) principal->tenant = tenancy::TenantId::parse(tenant).value();
    principal->bindings = {std::move(binding)};
    principal->scopes = {"ask"};
    token.id = std::move(id);
    token.hash.fill(static_cast<unsigned char>(++made_));
    token.principal = principal;
    ASSERT_TRUE(token_store::insert(*store_, token));
    if (ended) ASSERT_TRUE(token_store::end(*store_, token.id, WallTime{}));
  }
  json::object json() const { return parse_json_object(ledger::to_json(record_, tenant_.view(), 1)).value(); }
  Result<PastQuestion> ask() { return past_question(*store_, tenant_, json()); }
  std::string refusal() {
    auto past = ask();
    return past ? "asked" : past.error().message;
  }

  testing_support::TempFolder folder_;
  std::unique_ptr<storage::PlatformStore> store_;
  tenancy::TenantId tenant_ = tenancy::TenantId::parse("acme-corp").value();
  ledger::Record record_;
  int made_ = 0;
};

TEST_F(PastQuestionTest, IsTheOneThatWasAsked) {
  keep("tok_1", "acme-corp",
       {.role = Role::kOperator, .program = tenancy::ProgramId::parse("support").value(), .name_space = {}});
  record_.program = "support";
  record_.name_space = "wards";
  record_.resource = "document:default/handbook/3";
  auto past = ask();
  ASSERT_TRUE(past) << past.error().message;
  policy::Question question = past->question();
  EXPECT_EQ(question.principal.subject, "token:tok_1");
  EXPECT_EQ(question.principal.scopes, std::vector<std::string>{"ask"});
  EXPECT_EQ(question.action, Action::kAsk);
  EXPECT_EQ(*question.tenant, tenant_);
  EXPECT_EQ(question.program->view(), "support");
  EXPECT_EQ(question.name_space->view(), "wards");
  EXPECT_EQ(question.resource, "document:default/handbook/3");
  EXPECT_EQ(question.time, record_.time);
  EXPECT_EQ(policy::RoleKernel().decide(question).reason, "role.operator");
}

TEST_F(PastQuestionTest, OfATokenThatIsOver) {
  keep("tok_1", "acme-corp", {.role = Role::kViewer}, true);
  EXPECT_EQ(refusal(), "asked");
}

TEST_F(PastQuestionTest, OfThePlatformAdmin) {
  keep("tok_1", "", {.role = Role::kPlatformAdmin});
  EXPECT_TRUE(ask().value().principal->is_platform_admin());
}

TEST_F(PastQuestionTest, NeverOfAnotherTenantsToken) {
  keep("tok_1", "beta-inc", {.role = Role::kOperator});
  EXPECT_NE(refusal().find("'token:tok_1'"), std::string::npos);
}

TEST_F(PastQuestionTest, SaysWhatCannotBeAskedAgain) {
  keep("tok_1", "acme-corp", {.role = Role::kOperator});
  record_.extra = {{"repeated", 40}};
  EXPECT_NE(refusal().find("many"), std::string::npos);
  record_.extra = {};
  record_.kind = ledger::RecordKind::kLineage;
  EXPECT_NE(refusal().find("no request"), std::string::npos);
  record_.kind = ledger::RecordKind::kRequest;
  record_.action = "fly";
  EXPECT_NE(refusal().find("operation"), std::string::npos);
  record_.action = "ask";
  record_.principal = "registry:ci";
  EXPECT_NE(refusal().find("'registry:ci'"), std::string::npos);
}

// A token that is made is named by its record only, and the rules were asked before it was there.
TEST_F(PastQuestionTest, OfATokenThatWasMadeIsAskedAsBefore) {
  keep("tok_1", "acme-corp", {.role = Role::kOwner});
  record_.action = "tokens.create";
  record_.resource = "token:tok_new";
  record_.status = 201;
  EXPECT_EQ(ask().value().resource, "");
  record_.action = "tokens.rotate";
  EXPECT_NE(refusal().find("names the new token"), std::string::npos);
  record_.status = 404;
  EXPECT_EQ(ask().value().resource, "token:tok_new");
}

TEST_F(PastQuestionTest, KnowsWhatTheDoorSaid) {
  record_.policy_revision = "roles-1";
  EXPECT_EQ(door_decision(json())->effect, policy::Effect::kAllow);
  record_.decision = "deny";
  record_.reason = "rule.no-deletes";
  auto denied = door_decision(json());
  EXPECT_EQ(denied->effect, policy::Effect::kDeny);
  EXPECT_EQ(denied->reason, "rule.no-deletes");
  record_.status = 402;
  record_.reason = "budget.daily";
  auto later = door_decision(json());
  EXPECT_EQ(later->effect, policy::Effect::kAllow);
  EXPECT_EQ(later->afterwards, "budget.daily");
}

TEST_F(PastQuestionTest, SaysWhenNothingCanBeCompared) {
  record_.decision = "deny";
  record_.reason = "tenant.suspended";
  auto before = door_decision(json());
  ASSERT_FALSE(before);
  EXPECT_NE(before.error().message.find("`tenant.suspended` ended it before"), std::string::npos);
  record_.policy_revision = "roles-1+3c00";
  record_.status = 403;
  for (const char* reason : {"sovereignty.region", "rule.no-us"}) {
    record_.reason = reason;
    auto late = door_decision(json());
    ASSERT_FALSE(late) << reason;
    EXPECT_NE(late.error().message.find("records do not keep them"), std::string::npos) << reason;
  }
}

TEST_F(PastQuestionTest, KnowsWhatPolicyDecided) {
  for (const char* reason : {"role.operator", "role.insufficient", "scope.insufficient", "rule.no-deletes"}) {
    record_.reason = reason;
    EXPECT_TRUE(decided_by_policy(json())) << reason;
  }
  for (const char* reason : {"", "budget.daily", "rate.requests", "tenant.suspended", "sovereignty.region"}) {
    record_.reason = reason;
    EXPECT_FALSE(decided_by_policy(json())) << reason;
  }
}

}  // namespace
}  // namespace bailiwick::identity
