// The question of the door, asked again with what the work has come to know.
#include "identity/late_question.h"

#include <gtest/gtest.h>

#include "policy/rule_files.h"
#include "policy/rules.h"
#include "support/gate_rig.h"

namespace bailiwick::identity {
namespace {

using tenancy::Action;

class LateQuestion : public testing::Test {
 protected:
  LateQuestion() { rig_.credential("owner", "acme-corp", tenancy::Role::kOwner); }

  static policy::RulesPtr rules(const std::string& text, policy::RulesOf whose = policy::RulesOf::kTenant) {
    return policy::Rules::compile(policy::read_rules({{"r.cedar", text}}, "", whose).value().operations)
        .value();
  }
  /// The reason, or "-".
  std::string ask(const policy::Facts& facts) {
    auto grant = rig_.gatekeeper.admit<Action::kAsk>(
        {.credential = "owner", .program = "blue", .name_space = "lab", .resource = "collection:x"});
    if (!grant) return "door: " + grant.error().reason;
    Status answer =
        check_facts(Permitted::by(grant->permit), *grant->snapshot, "collection:x", facts, rig_.clock.wall());
    if (answer) return "-";
    EXPECT_EQ(answer.error().code, ErrorCode::kForbidden);
    return answer.error().reason;
  }

  testing_support::GateRig rig_;
};

TEST_F(LateQuestion, ForbidsSeeFactsThatTheDoorDidNotKnow) {
  const std::string kRule = R"(@id("far") forbid(principal, action == Bailiwick::Action::"ask", resource)
    when { context has region && context.region != "here" };)";
  rig_.tenant("acme-corp", snapshot::TenantStatus::kActive, {}, rules(kRule));
  EXPECT_EQ(ask({.region = "here"}), "-");
  EXPECT_EQ(ask({.region = "there"}), "rule.far");
  rig_.tenant("acme-corp", snapshot::TenantStatus::kActive, {}, nullptr,
              rules(kRule, policy::RulesOf::kPlatform));
  EXPECT_EQ(ask({.region = "there"}), "rule.far") << "so do guardrails";
}

// Whatever the door saw is seen again, or a rule that permits there would deny here.
TEST_F(LateQuestion, IsTheSameButForItsFacts) {
  for (std::string_view condition : {
           R"(resource in Bailiwick::Namespace::"lab" && context has "namespace")",
           R"(resource in Bailiwick::Program::"blue" && context.program == "blue")",
           R"(principal in Bailiwick::Role::"owner" && resource.name == "x")",
       }) {
    std::string text = "@id(\"p\") permit(principal, action == Bailiwick::Action::\"ask\", resource) when { ";
    if (condition.find("context.program") != std::string_view::npos) text += "context has program && ";
    rig_.tenant("acme-corp", snapshot::TenantStatus::kActive, {},
                rules(text + std::string(condition) + " };"));
    EXPECT_EQ(ask({.region = "there"}), "-") << condition;
  }
}

}  // namespace
}  // namespace bailiwick::identity
