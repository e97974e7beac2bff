#include "policy/cedar/est.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "policy/cedar/format.h"
#include "policy/cedar/parser.h"
#include "support/problems.h"
#include "support/random_expression.h"

namespace bailiwick::cedar {
namespace {

using testing_support::lines;

/// The text of a policy after a way through JSON and back.
std::string through_json(const Policy& policy) {
  std::string text = json::serialize(to_json(policy));
  auto read = policy_from_json(parse_json(text, kPolicyJson).value(), policy.id, "p");
  return read ? to_string(*read) : text + "\n" + lines(read.error().problems);
}

TEST(EstTest, PoliciesKeepWhatTheySay) {
  for (
      std::string_view text : {
          R"(@id("a") @b permit(principal, action, resource) when { principal.a } unless { context has b };)",
          R"(forbid(principal == A::"x", action == Action::"a", resource in B::"y");)",
          R"(permit(principal is A, action in Action::"a", resource is NS::B in B::"y");)",
          R"(permit(principal == ?principal, action in [Action::"a", Action::"b"], resource in ?resource);)",
          R"(permit(principal is A in ?principal, action, resource) when { 1 + 2 * -3 < 4 && [1].contains(1) || !true };)",
          R"(permit(principal, action, resource) when { resource.x like "a*b" && ip("::1").isLoopback() };)",
      }) {
    Policy policy = parse_policies(text, "p").value().front();
    std::string expected = to_string(policy);
    if (std::size_t bare = expected.find("@b\n"); bare != std::string::npos)
      expected.replace(bare, 3, "@b(\"\")\n");
    EXPECT_EQ(through_json(policy), expected);
  }
}

TEST(EstTest, HasTheFormOfCedarsTools) {
  ExprPtr expr = parse_expression(R"(principal has a.b && resource.c like "x*")", "e").value();
  EXPECT_EQ(
      json::serialize(to_json(*expr)),
      R"({"&&":{"left":{"&&":{"left":{"has":{"left":{"Var":"principal"},"attr":"a"}},)"
      R"("right":{"has":{"left":{".":{"left":{"Var":"principal"},"attr":"a"}},"attr":"b"}}}},)"
      R"("right":{"like":{"left":{".":{"left":{"Var":"resource"},"attr":"c"}},"pattern":[{"Literal":"x"},"Wildcard"]}}}})");
}

RC_GTEST_PROP(EstTest, ExpressionsComeBack, ()) {
  Policy policy;
  policy.conditions.push_back({Condition::Kind::kWhen, testing_support::RandomExpression::make(3)});
  json::object first = to_json(policy);
  auto read = policy_from_json(parse_json(json::serialize(first), kPolicyJson).value(), "p", "p");
  if (!read) RC_FAIL(lines(read.error().problems));
  RC_ASSERT(to_json(*read) == first);
}

TEST(EstTest, SetsOfPoliciesLinkTheirTemplates) {
  auto policies = policies_from_json(parse_json(R"({
    "staticPolicies": {"s": {"effect": "permit", "principal": {"op": "All"}, "action": {"op": "All"}, "resource": {"op": "All"}, "conditions": []}},
    "templates": {"t": {"effect": "forbid", "principal": {"op": "==", "slot": "?principal"}, "action": {"op": "All"}, "resource": {"op": "All"}, "conditions": []}},
    "templateLinks": [{"templateId": "t", "newId": "l", "values": {"?principal": {"type": "User", "id": "a"}}}]
  })")
                                         .value(),
                                     "p");
  ASSERT_TRUE(policies) << lines(policies.error().problems);
  ASSERT_EQ(policies->size(), 2u);
  EXPECT_EQ((*policies)[0].id, "s");
  EXPECT_EQ((*policies)[1].id, "l");
  EXPECT_EQ(to_string(*whole_expression((*policies)[1])), R"(principal == User::"a")");
}

TEST(EstTest, FaultsAreNamedWithTheirPointer) {
  auto said = [](std::string_view body) {
    std::string text =
        R"({"effect": "permit", "principal": {"op": "All"}, "action": {"op": "All"}, "resource": {"op": "All"},
                          "conditions": [{"kind": "when", "body": )" +
        std::string(body) + "}]}";
    auto read = policy_from_json(parse_json(text).value(), "p", "p");
    return read ? "ok" : lines(read.error().problems);
  };
  EXPECT_EQ(said(R"({"Value": true})"), "ok");
  EXPECT_EQ(
      said(R"({"Value": 1.5})"),
      "p#/conditions/0/body/Value: a value is a boolean, a whole number, a string, a list or an object");
  EXPECT_EQ(said(R"({"Var": "x"})"), "p#/conditions/0/body/Var: `x` is no variable");
  EXPECT_EQ(said(R"({"==": {"left": {"Value": 1}}})"), "p#/conditions/0/body/==: the key `right` is missing");
  EXPECT_EQ(said(R"({"frob": []})"), "p#/conditions/0/body/frob: there is no operator or function `frob`");
  EXPECT_EQ(said(R"({"Slot": "?principal"})"),
            "p#/conditions/0/body/Slot: a slot stands only in the scope of a template");
  EXPECT_EQ(said("{}"), "p#/conditions/0/body: an expression is an object of one key: its operator");
}

}  // namespace
}  // namespace bailiwick::cedar
