#include "policy/cedar/validator.h"

#include <gtest/gtest.h>

#include "policy/cedar/parser.h"
#include "support/problems.h"

namespace bailiwick::cedar {
namespace {

using testing_support::lines;

constexpr std::string_view kSchema = R"(
  entity User in [Group] = { age: Long, name: String, boss?: User, tags_of: Set<String>, home: { city: String, zip?: Long } } tags Long;
  entity Group;
  entity Color enum ["red"];
  entity Photo = { owner: User, from: ipaddr, price: decimal, taken: datetime };
  action look;
  action view in look appliesTo { principal: User, resource: Photo, context: { mfa: Bool, note?: String } };
  action join appliesTo { principal: User, resource: Group };
)";

class ValidatorTest : public testing::Test {
 protected:
  /// The faults of a policy with this condition, each on a line.
  std::string faults(std::string_view condition,
                     std::string_view scope = "principal, action == Action::\"view\", resource") {
    return faults_of("permit(" + std::string(scope) + ") when { " + std::string(condition) + " };");
  }
  std::string faults_of(const std::string& text) {
    auto parsed = parse_policies(text, "p");
    if (!parsed) return lines(parsed.error().problems);
    validation_ = validate(parsed->front(), schema_);
    std::string out;
    for (const Finding& finding : validation_.errors) out += (out.empty() ? "" : "\n") + finding.message;
    return out;
  }

  Schema schema_ = parse_schema(kSchema, "s").value();
  Validation validation_;
};

TEST_F(ValidatorTest, WhatFitsPasses) {
  for (std::string_view condition : {
           "principal.age > 18 && context.mfa",
           "principal has boss && principal.boss.age > 3",
           "principal has boss.boss.age && principal.boss.boss.age > 3",
           "principal.home has zip && principal.home.zip == 1",
           "principal.hasTag(\"a\") && principal.getTag(\"a\") > 1",
           "context has note && context.note like \"a*\"",
           "resource.owner == principal",
           "resource.from.isInRange(ip(\"10.0.0.0/8\"))",
           "resource.price.lessThan(decimal(\"1.0\"))",
           "resource.taken < datetime(\"2024-01-01\")",
           "principal in Group::\"a\"",
           "principal in [Group::\"a\", Group::\"b\"]",
           "principal is User in Group::\"a\"",
           "principal.tags_of.contains(\"a\") || principal.tags_of.containsAny([\"b\"])",
           "action in Action::\"look\"",
           "(if context.mfa then 1 else 2) == 1",
           // What can never be reached is not looked at.
           "false && principal.nothing",
           "principal is Group && principal.nothing",
           "resource is Photo || resource.nothing",
           "Color::\"red\" == Color::\"red\"",
           "1 == \"a\"",
       }) {
    EXPECT_EQ(faults(condition), "") << condition;
  }
}

TEST_F(ValidatorTest, WhatDoesNotFitIsNamed) {
  EXPECT_EQ(faults("principal.nothing"), "User has no attribute `nothing`");
  EXPECT_EQ(faults("principal.boss.age > 1"), "`boss` may be missing: ask `has boss` first");
  EXPECT_EQ(faults("principal has boss || principal.boss.age > 1"),
            "`boss` may be missing: ask `has boss` first");
  EXPECT_EQ(faults("principal.getTag(\"a\") > 1"), "the tag may be missing: ask with `hasTag` first");
  EXPECT_EQ(faults("resource.hasTag(\"a\") && resource.getTag(\"a\") > 1"), "");
  EXPECT_EQ(faults("principal.age"), "expected a Bool, and this is Long");
  EXPECT_EQ(faults("principal.age + principal.name == 1"), "expected a Long, and this is String");
  EXPECT_EQ(faults("principal.age == principal.name"), "Long and String cannot be compared");
  EXPECT_EQ(faults("principal.age < \"a\""),
            "Long and String have no order: compare two Longs, datetimes or durations");
  EXPECT_EQ(faults("[] == principal.tags_of"), "the type of an empty set cannot be known");
  EXPECT_EQ(faults("[1, \"a\"].contains(1)"), "the elements have different types: Long and String");
  EXPECT_EQ(faults("principal.tags_of.contains(1)"), "a Set<String> cannot hold Long");
  EXPECT_EQ(faults("ip(principal.name).isIpv4()"), "`ip` takes a literal, so that it can be checked here");
  EXPECT_EQ(faults("ip(\"10\").isIpv4()"), "`ip` cannot read \"10\"");
  EXPECT_EQ(faults("ip(\"::1\", \"::2\").isIpv4()"), "`ip` takes 1 argument");
  EXPECT_EQ(faults("(if context.mfa then 1 else \"a\") == 1"),
            "the branches have different types: Long and String");
  EXPECT_EQ(faults("principal in 1"), "expected an entity or a Set of entities, and this is Long");
  EXPECT_EQ(faults("Nobody::\"x\" == principal"), "the schema has no entity type `Nobody`");
  EXPECT_EQ(faults("principal is Nobody"), "the schema has no entity type `Nobody`");
  EXPECT_EQ(faults("Color::\"blue\" == Color::\"red\""),
            "Color::\"blue\" is none of the entities of its type");
  EXPECT_EQ(faults("action == Action::\"nothing\""), "the schema has no action Action::\"nothing\"");
}

TEST_F(ValidatorTest, AScopeMustFitSomeAction) {
  constexpr std::string_view kNone = "no action of the schema is for such a principal and such a resource";
  EXPECT_EQ(faults("true", "principal is Photo, action, resource"), kNone);
  EXPECT_EQ(faults("true", "principal, action == Action::\"look\", resource"), kNone);
  EXPECT_EQ(faults("true", "principal, action == Action::\"view\", resource is Group"), kNone);
  EXPECT_EQ(faults("true", "principal, action in Action::\"look\", resource is Photo"), "");
  EXPECT_EQ(faults("true", "principal in Group::\"a\", action, resource in Group::\"b\""), "");
}

TEST_F(ValidatorTest, EveryKindOfRequestIsChecked) {
  EXPECT_EQ(faults("resource.owner == principal", "principal, action, resource"),
            "Group has no attribute `owner`");
  EXPECT_EQ(faults("resource is Photo && resource.owner == principal", "principal, action, resource"), "");
}

TEST_F(ValidatorTest, TemplatesAreCheckedForWhatMayFillTheirSlots) {
  EXPECT_EQ(faults("true", "principal in ?principal, action, resource == ?resource"), "");
  EXPECT_EQ(faults("principal.nothing", "principal == ?principal, action == Action::\"view\", resource"),
            "User has no attribute `nothing`");
}

TEST_F(ValidatorTest, WhatCanNeverApplyIsAWarning) {
  EXPECT_EQ(faults("false"), "");
  ASSERT_EQ(validation_.warnings.size(), 1u);
  EXPECT_EQ(validation_.warnings.front().message, "this policy can never apply");
  faults("true");
  EXPECT_TRUE(validation_.warnings.empty());
}

// Each of these costs a validator without bounds more than anyone waits.
TEST_F(ValidatorTest, WorkIsBounded) {
  std::string nested = "principal";
  for (int i = 0; i < 60; ++i)
    nested = "(if " + nested + " is User in Group::\"a\" then principal else principal)";
  EXPECT_EQ(faults(nested + " is User"), "");

  std::string many = "context.mfa";
  for (int i = 0; i < 20'000; ++i) many += " && principal.x" + std::to_string(i);
  faults(many);
  EXPECT_EQ(validation_.errors.size(), Source::kMaxProblems);

  ValidationBudget budget{.steps = 50};
  Policy policy = parse_policies("permit(principal, action, resource) when { context.mfa && " +
                                     std::string("context.mfa && context.mfa && ") + "context.mfa };",
                                 "p")
                      .value()
                      .front();
  EXPECT_TRUE(validate(policy,
                       parse_schema("entity U; action a appliesTo { principal: U, resource: U, context: "
                                    "{ mfa: Bool } };",
                                    "s")
                           .value(),
                       budget)
                  .passed());
  EXPECT_FALSE(validate(policy, schema_, budget).passed()) << "what is left over does not do for two";
}

TEST_F(ValidatorTest, ATagAndAnAttributeOfItsNameAreNotTakenForEachOther) {
  constexpr std::string_view kOddName = R"_(
    entity User = { ".getTag(\"a\")"?: Long } tags Long;
    action view appliesTo { principal: User, resource: User };)_";
  schema_ = parse_schema(kOddName, "s").value();
  EXPECT_EQ(faults(R"_(principal has ".getTag(\"a\")" && principal.getTag("a") > 1)_"),
            "the tag may be missing: ask with `hasTag` first");
}

}  // namespace
}  // namespace bailiwick::cedar
