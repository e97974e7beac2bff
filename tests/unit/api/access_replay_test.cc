// Recorded evaluations are decided again as they were asked, or it is said what is missing.
#include "api/access_replay.h"

#include <gtest/gtest.h>

#include "api/access_body.h"
#include "api/access_record.h"
#include "policy/cedar/parser.h"

namespace bailiwick::api {
namespace {

using policy::AccessPolicies;

constexpr std::string_view kSchema = R"(
  entity User = { level?: Long }; entity Doc = { note?: String };
  action view appliesTo { principal: User, resource: Doc, context: { why?: String } };)";

policy::AccessPoliciesPtr compile(std::string_view text) {
  std::vector<cedar::Policy> policies = cedar::parse_policies(text, "own.cedar").value();
  for (cedar::Policy& policy : policies) policy.id = policy.annotation("id");
  return AccessPolicies::compile(policies, cedar::parse_schema(kSchema, "schema.cedarschema").value(),
                                 cedar::Entities{}, "entities.json")
      .value();
}

class AccessReplayTest : public testing::Test {
 protected:
  /// Decided by `then_`, and as the ledger keeps it.
  json::object recorded(std::string_view body) {
    json::object asked = parse_json_object(body).value();
    policy::AccessRequest request = read_access_request(asked, nullptr, LeftOut::kNothing).value();
    AccessRecord record;
    record.add(request, then_->decide(request).value());
    return kept(record);
  }
  static json::object kept(const AccessRecord& record) {
    ledger::Record out;
    record.write(out, "rev");
    return parse_json_object(out.extra_text).value().at("evaluations").as_array().at(0).as_object();
  }
  static ReplayedEvaluation replay(const policy::AccessPoliciesPtr& policies,
                                   const json::object& evaluation) {
    AccessReplay replaying(policies.get(), "there are no policies");
    return replaying.decide(evaluation);
  }

  policy::AccessPoliciesPtr then_ = compile(
      "@id(\"high\") permit(principal, action, resource) when { principal has level && principal.level > 3 "
      "};");
  policy::AccessPoliciesPtr now_ = compile("@id(\"never\") forbid(principal, action, resource);");
  static constexpr std::string_view kHigh =
      R"({"subject": {"type": "User", "id": "a", "properties": {"level": 4}}, "action": {"name": "view"},
          "resource": {"type": "Doc", "id": "b"}})";
  static constexpr std::string_view kLow =
      R"({"subject": {"type": "User", "id": "a"}, "action": {"name": "view"}, "resource": {"type": "Doc", "id": "b"}})";
};

TEST_F(AccessReplayTest, TheSamePoliciesSayTheSame) {
  for (std::string_view body : {kHigh, kLow}) {
    json::object evaluation = recorded(body);
    ReplayedEvaluation again = replay(then_, evaluation);
    EXPECT_EQ(again.agrees, true) << body;
    EXPECT_EQ(again.allowed, evaluation.at("decision").as_bool());
    EXPECT_EQ(again.why_not, "");
  }
  EXPECT_EQ(replay(then_, recorded(kHigh)).policy, "high");
}

TEST_F(AccessReplayTest, OtherPoliciesAreSeenToDiffer) {
  ReplayedEvaluation now = replay(now_, recorded(kHigh));
  EXPECT_EQ(now.allowed, false);
  EXPECT_EQ(now.agrees, false);
  EXPECT_EQ(now.policy, "never");
  ReplayedEvaluation by_another = replay(now_, recorded(kLow));
  EXPECT_EQ(by_another.allowed, false);
  EXPECT_EQ(by_another.agrees, false) << "denied then because nothing permitted it";
}

TEST_F(AccessReplayTest, AHashIsNotDecidedAgain) {
  json::object large{{"level", 4}, {"padding", std::string(4096, 'x')}};
  json::object asked = parse_json_object(kHigh).value();
  asked["subject"].as_object()["properties"] = large;
  ReplayedEvaluation properties = replay(then_, recorded(json::serialize(asked)));
  EXPECT_FALSE(properties.allowed || properties.agrees);
  EXPECT_EQ(properties.why_not, "the properties of its subject were kept as a hash only");
  asked = parse_json_object(kHigh).value();
  asked["context"] = json::object{{"why", std::string(4096, 'x')}};
  EXPECT_EQ(replay(then_, recorded(json::serialize(asked))).why_not, "its context was kept as a hash only");
  EXPECT_EQ(replay(then_, {{"decision", true}, {"sha256", "00"}}).why_not, "it was kept as a hash only");
}

TEST_F(AccessReplayTest, WhatWasNeverDecidedIsNot) {
  AccessRecord record;
  record.add_fault("/evaluations/0/action: this is required");
  EXPECT_EQ(
      replay(then_, kept(record)).why_not,
      "it was refused before it was decided, and what was asked is not kept: /evaluations/0/action: this "
      "is required");
  EXPECT_EQ(replay(nullptr, recorded(kHigh)).why_not, "there are no policies");
  EXPECT_NE(replay(then_, {{"decision", true}}).why_not.find("is no evaluation"), std::string::npos);
}

// A schema of now may not know what the schema of then did: such a request is refused, which denies.
TEST_F(AccessReplayTest, AnotherSchemaDeniesWhatItDoesNotTake) {
  auto other =
      AccessPolicies::compile(
          cedar::parse_policies("permit(principal, action, resource);", "own.cedar").value(),
          cedar::parse_schema("entity User = { level?: String }; entity Doc; action view appliesTo { "
                              "principal: User, resource: Doc };",
                              "schema.cedarschema")
              .value(),
          cedar::Entities{}, "entities.json")
          .value();
  ReplayedEvaluation now = replay(other, recorded(kHigh));
  EXPECT_EQ(now.allowed, false);
  EXPECT_NE(now.reason, "");
}

}  // namespace
}  // namespace bailiwick::api
