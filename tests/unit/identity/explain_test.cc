// An explanation has the kernel's own decision, and steps that say why.
#include "identity/explain.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/binding.h"
#include "policy/role_kernel.h"
#include "policy/rule_files.h"

namespace bailiwick::identity {
namespace {

using policy::Effect;
using tenancy::Action, tenancy::Role, tenancy::RoleBinding;
using StepOutcome = policy::RulesStep::Outcome;

policy::RulesPtr compile(const std::string& text) {
  return policy::Rules::compile(
             policy::read_rules({{"own.cedar", text}}, "", policy::RulesOf::kTenant).value().operations)
      .value();
}

class ExplainTest : public testing::Test {
 protected:
  RoleBinding in_program(Role role) const { return {.role = role, .program = program_, .name_space = {}}; }
  Explanation explain(Action action) {
    question_.action = action;
    return identity::explain(question_);
  }

  tenancy::TenantId tenant_ = tenancy::TenantId::parse("acme-corp").value();
  tenancy::ProgramId program_ = tenancy::ProgramId::parse("support").value();
  tenancy::Principal principal_{"token:tok_1", tenant_, {}, {}};
  policy::Question question_{.principal = principal_, .action = Action::kAsk, .tenant = &tenant_};
};

TEST_F(ExplainTest, TheBindingThatPermitsIsNamed) {
  principal_.bindings = {{.role = Role::kViewer, .program = {}, .name_space = {}},
                         in_program(Role::kOperator)};
  question_.program = &program_;
  Explanation made = explain(Action::kAsk);
  EXPECT_EQ(made.decision.reason, "role.operator");
  EXPECT_EQ(made.roles, Effect::kAllow);
  EXPECT_EQ(made.roles_message, "operator in program support permits ask");
  ASSERT_EQ(made.bindings.size(), 2u);
  EXPECT_EQ(made.bindings[0].answer, policy::BindingAnswer::kNotInRole);
  EXPECT_EQ(made.bindings[1].answer, policy::BindingAnswer::kPermits);
}

TEST_F(ExplainTest, WhyNoBindingPermits) {
  principal_.bindings = {in_program(Role::kOperator)};
  EXPECT_EQ(explain(Action::kAsk).bindings[0].answer, policy::BindingAnswer::kOutOfReach);
  question_.program = &program_;
  Explanation whole = explain(Action::kCorpusRead);
  EXPECT_EQ(whole.bindings[0].answer, policy::BindingAnswer::kWholeTenant);
  EXPECT_EQ(whole.decision.reason, "role.insufficient");
  EXPECT_EQ(whole.roles_message, "no role permits corpus.read here");
  EXPECT_EQ(explain(Action::kLedgerRead).bindings[0].answer, policy::BindingAnswer::kNotInRole);
  principal_.bindings = {{.role = Role::kPlatformAdmin, .program = {}, .name_space = {}}};
  EXPECT_EQ(explain(Action::kTenantsGet).bindings[0].answer, policy::BindingAnswer::kOfAnother);
}

TEST_F(ExplainTest, ScopesThatDoNotCoverAreTold) {
  principal_.bindings = {{.role = Role::kOperator, .program = {}, .name_space = {}}};
  principal_.scopes = {"corpus.*", "retrieve"};
  Explanation made = explain(Action::kAsk);
  EXPECT_EQ(made.decision.reason, "scope.insufficient");
  EXPECT_EQ(made.roles, Effect::kDeny);
  EXPECT_EQ(made.roles_message, "operator permits ask, but no scope covers it: corpus.*, retrieve");
}

TEST_F(ExplainTest, RulesAreNotAskedOfWhomRolesDeny) {
  auto rules = compile(R"(@id("r") forbid(principal, action == Bailiwick::Action::"ask", resource);)");
  question_.rules = rules.get();
  principal_.bindings = {{.role = Role::kViewer, .program = {}, .name_space = {}}};
  Explanation denied = explain(Action::kAsk);
  EXPECT_EQ(denied.decision.reason, "role.insufficient");
  for (const policy::RulesStep& step : denied.rules) EXPECT_EQ(step.outcome, StepOutcome::kNotAsked);
  EXPECT_EQ(denied.rules[1].reason, "");
  ASSERT_EQ(denied.rules[1].rules.rules.size(), 1u) << "what it would say is there";
  principal_.bindings = {{.role = Role::kOperator, .program = {}, .name_space = {}}};
  Explanation by_rule = explain(Action::kAsk);
  EXPECT_EQ(by_rule.decision.reason, "rule.r");
  EXPECT_EQ(by_rule.rules[1].outcome, StepOutcome::kDenies);
}

TEST_F(ExplainTest, OfAnotherTenant) {
  tenancy::TenantId other = tenancy::TenantId::parse("beta-inc").value();
  principal_.bindings = {{.role = Role::kOwner, .program = {}, .name_space = {}}};
  question_.tenant = &other;
  Explanation made = explain(Action::kAsk);
  EXPECT_EQ(made.decision.reason, "tenant.mismatch");
  EXPECT_EQ(made.roles, Effect::kDeny);
}

// The roles' step and the bindings say what the kernel does, whatever meets whatever.
RC_GTEST_FIXTURE_PROP(ExplainTest, TheStepsComeToTheDecision, ()) {
  tenancy::NamespaceId space = tenancy::NamespaceId::parse("wards").value();
  auto binding = [&] {
    RoleBinding made{.role = static_cast<Role>(*rc::gen::inRange(0, 7)), .program = {}, .name_space = {}};
    if (*rc::gen::arbitrary<bool>()) made.program = program_;
    if (*rc::gen::arbitrary<bool>()) made.name_space = space;
    return made;
  };
  for (int i = *rc::gen::inRange(0, 4); i > 0; --i) principal_.bindings.push_back(binding());
  if (*rc::gen::arbitrary<bool>())
    principal_.scopes = {*rc::gen::element<std::string>("*", "ask", "corpus.*")};
  if (*rc::gen::arbitrary<bool>()) question_.program = &program_;
  if (*rc::gen::arbitrary<bool>()) question_.name_space = &space;
  auto action = static_cast<Action>(*rc::gen::inRange<int>(0, static_cast<int>(tenancy::kActions.size())));
  Explanation made = explain(action);
  RC_ASSERT(made.decision.reason == policy::RoleKernel().decide(question_).reason);
  bool permits = std::ranges::find(made.bindings, policy::BindingAnswer::kPermits,
                                   &ExplainedBinding::answer) != made.bindings.end();
  RC_ASSERT(permits || made.roles == Effect::kDeny);
  RC_ASSERT(!permits || made.decision.reason != "role.insufficient");
  RC_ASSERT((made.roles == Effect::kAllow) == (made.decision.effect == Effect::kAllow));
}

}  // namespace
}  // namespace bailiwick::identity
