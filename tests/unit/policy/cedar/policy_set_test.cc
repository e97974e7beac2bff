#include "policy/cedar/policy_set.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "policy/cedar/entities_json.h"
#include "policy/cedar/format.h"
#include "policy/cedar/parser.h"

namespace bailiwick::cedar {
namespace {

constexpr std::string_view kEntities = R"([
  {"uid": {"type": "User", "id": "a"}, "attrs": {"n": 1, "dept": "x"}, "parents": [{"type": "Group", "id": "g"}, {"type": "Group", "id": "h"}]},
  {"uid": {"type": "User", "id": "b"}, "attrs": {"dept": "y"}, "parents": []},
  {"uid": {"type": "Group", "id": "g"}, "attrs": {"n": 1}, "parents": [{"type": "Group", "id": "top"}]},
  {"uid": {"type": "Action", "id": "view"}, "parents": [{"type": "Action", "id": "read"}, {"type": "Action", "id": "any"}]},
  {"uid": {"type": "Doc", "id": "d"}, "attrs": {"owner": {"__entity": {"type": "User", "id": "a"}}, "secret": false},
   "parents": [{"type": "Folder", "id": "f"}]}
])";

const Entities& entities() {
  static const Entities kBuilt = parse_entities(parse_json(kEntities).value(), "entities", nullptr).value();
  return kBuilt;
}

std::string said(const PolicySet& set, const Verdict& verdict) {
  std::string text = verdict.allowed ? "allow" : "deny";
  for (std::uint32_t index : verdict.deciding) text += " " + set.policies()[index].id;
  for (const PolicyFault& fault : verdict.faults) text += " !" + set.policies()[fault.policy].id;
  return text;
}

class PolicySetTest : public testing::Test {
 protected:
  std::string decide(std::string_view text, FailedForbid failed = FailedForbid::kDenies) {
    PolicySet set = PolicySet::compile(parse_policies(text, "p").value()).value();
    Verdict verdict = set.explain(request_, entities(), scratch_, failed);
    EXPECT_EQ(set.decide(request_, entities(), scratch_, failed).allowed, verdict.allowed) << text;
    return said(set, verdict);
  }

  Scratch scratch_;
  Request request_{{"User", "a"}, {"Action", "view"}, {"Doc", "d"}};
};

TEST_F(PolicySetTest, DeniesUnlessAPermitAppliesAndNoForbid) {
  EXPECT_EQ(decide(""), "deny");
  EXPECT_EQ(decide("permit(principal, action, resource);"), "allow policy0");
  EXPECT_EQ(decide("permit(principal, action, resource) when { false };"), "deny");
  EXPECT_EQ(
      decide("permit(principal, action, resource); permit(principal == User::\"a\", action, resource);"),
      "allow policy0 policy1");
  EXPECT_EQ(
      decide("permit(principal, action, resource); forbid(principal, action, resource) unless { false };"),
      "deny policy1");
}

TEST_F(PolicySetTest, AForbidThatFailsDeniesUnlessCedarsReferenceIsFollowed) {
  constexpr std::string_view kPolicies =
      "permit(principal, action, resource); forbid(principal, action, resource) when { resource.nothing };";
  EXPECT_EQ(decide(kPolicies), "deny policy1 !policy1");
  EXPECT_EQ(decide(kPolicies, FailedForbid::kCedarCompatible), "allow policy0 !policy1");
  PolicySet set = PolicySet::compile(parse_policies(kPolicies, "p").value()).value();
  QuickVerdict verdict = set.decide(request_, entities(), scratch_);
  EXPECT_FALSE(verdict.allowed);
  EXPECT_EQ(set.policies()[verdict.deciding].id, "policy1");
  EXPECT_EQ(verdict.fault, FaultKind::kNoAttribute);
}

TEST_F(PolicySetTest, APermitThatFailsPermitsNothing) {
  for (FailedForbid failed : {FailedForbid::kDenies, FailedForbid::kCedarCompatible}) {
    EXPECT_EQ(decide("permit(principal, action, resource) when { resource.nothing };", failed),
              "deny !policy0");
    EXPECT_EQ(decide("permit(principal, action, resource) when { 1 };", failed), "deny !policy0");
  }
}

// A caller chooses how large its context is, and so must not choose how long one step takes.
TEST_F(PolicySetTest, WhatIsLargerTakesMoreSteps) {
  auto steps = [&](std::string_view condition, std::size_t size) {
    json::array numbers;
    for (std::size_t i = 0; i < size; ++i) numbers.emplace_back(static_cast<std::int64_t>(i));
    std::string text(size, 'a');
    json::object nested{{"a", json::object{{"set", numbers}}}};
    json::value given = json::object{{"set", numbers}, {"same", numbers}, {"text", text}, {"deep", nested}};
    Arena arena;
    request_.context = parse_context(given, nullptr, arena).value();
    std::string policy = "permit(principal, action, resource) when { " + std::string(condition) + " };";
    PolicySet set = PolicySet::compile(parse_policies(policy, "p").value()).value();
    std::uint64_t taken = set.decide(request_, entities(), scratch_).steps;
    request_.context = nullptr;
    return taken;
  };
  for (std::string_view condition :
       {"context.set == context.same", "context.set.containsAll(context.same)",
        "context.set.containsAny([-1])", "context.deep == context", "context.text like \"*a*a*b\""}) {
    EXPECT_GT(steps(condition, 4000), steps(condition, 40) + 50) << condition;
  }
}

TEST_F(PolicySetTest, AnIdStandsOnceAndTemplatesDecideNothing) {
  std::vector<Policy> policies = parse_policies("permit(principal, action, resource);", "p").value();
  policies.push_back(policies.front());
  EXPECT_EQ(PolicySet::compile(policies).error().reason, "policy.duplicate");
  EXPECT_EQ(decide("permit(principal == ?principal, action, resource);"), "deny");
}

/// A policy whose scope and condition come from small pools, so that many of them meet.
Policy random_policy(std::size_t number) {
  auto one_of = [](std::vector<std::string> pool) { return *rc::gen::elementOf(pool); };
  std::string text =
      one_of({"permit", "permit", "forbid"}) + "(" +
      one_of({"principal", "principal == User::\"a\"", "principal == User::\"b\"", "principal is User",
              "principal in Group::\"g\"", "principal in Group::\"top\"", "principal in User::\"a\"",
              "principal is User in Group::\"h\"", "principal is Group"}) +
      ", " +
      one_of({"action", "action == Action::\"view\"", "action in Action::\"read\"",
              "action in [Action::\"read\", Action::\"any\", Action::\"edit\"]", "action == Action::\"edit\"",
              "action in []"}) +
      ", " +
      one_of({"resource", "resource == Doc::\"d\"", "resource in Folder::\"f\"", "resource is Doc",
              "resource is Folder", "resource == Folder::\"f\""}) +
      ")" +
      one_of({"", " when { principal.dept == \"x\" }", " when { principal.dept == \"y\" && resource.secret }",
              " when { \"x\" == principal.dept && principal.n == 1 }",
              " when { principal has n && principal.n == 1 }", " when { resource.owner == User::\"a\" }",
              " when { principal.n == 1 && principal.dept == \"x\" }",
              " unless { principal has dept && principal.dept == \"x\" }", " when { context.flag == true }",
              " when { principal is User && principal.dept == \"y\" } unless { resource.secret }",
              " when { (principal.n == 1 || resource.secret) && principal.dept == \"x\" }"}) +
      ";";
  Policy policy = parse_policies(text, "p").value().front();
  policy.id = "p" + std::to_string(number);
  return policy;
}

RC_GTEST_PROP(PolicySetProperty, TheTreeSaysWhatEveryPolicySaysAlone, ()) {
  std::vector<Policy> policies;
  auto count = *rc::gen::inRange<std::size_t>(1, 60);
  for (std::size_t i = 0; i < count; ++i) policies.push_back(random_policy(i));
  PolicySet set = PolicySet::compile(policies).value();
  // Numbered like the entities, as a tenant's are.
  auto names = std::make_shared<EntityNames>();
  Entities numbered = parse_entities(parse_json(kEntities).value(), "entities", nullptr, names).value();
  PolicySet numbered_set = PolicySet::compile(policies, names).value();
  Request request{
      *rc::gen::element(Uid("User", "a"), Uid("User", "b"), Uid("User", "none"), Uid("Group", "g")),
      *rc::gen::element(Uid("Action", "view"), Uid("Action", "edit")),
      *rc::gen::element(Uid("Doc", "d"), Uid("Folder", "f"))};
  Scratch scratch;
  for (FailedForbid failed : {FailedForbid::kDenies, FailedForbid::kCedarCompatible}) {
    std::string permits, forbids, faults;
    for (const Policy& policy : policies) {
      PolicySet alone = PolicySet::compile({&policy, 1}).value();
      Verdict verdict = alone.explain(request, entities(), scratch, failed);
      std::string& kind = policy.effect == Effect::kPermit ? permits : forbids;
      if (!verdict.deciding.empty()) kind += " " + policy.id;
      if (!verdict.faults.empty()) faults += " !" + policy.id;
    }
    bool allowed = forbids.empty() && !permits.empty();
    std::string expected = (allowed ? "allow" + permits : "deny" + forbids) + faults;
    Verdict verdict = set.explain(request, entities(), scratch, failed);
    if (said(set, verdict) != expected) RC_FAIL(to_string(policies));
    RC_ASSERT(set.decide(request, entities(), scratch, failed).allowed == allowed);
    RC_ASSERT(said(numbered_set, numbered_set.explain(request, numbered, scratch, failed)) == expected);
    RC_ASSERT(numbered_set.decide(request, numbered, scratch, failed).allowed == allowed);
  }
}

}  // namespace
}  // namespace bailiwick::cedar
