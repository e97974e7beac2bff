#include "policy/analysis/conflicts.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/cedar/entities_json.h"
#include "policy/cedar/parser.h"
#include "policy/cedar/policy_set.h"
#include "policy/operations.h"

namespace bailiwick::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kDelete = "action == Bailiwick::Action::\"corpus.delete\"";
constexpr std::string_view kAll = "action in Bailiwick::Action::\"all\"";

class Conflicts : public testing::Test {
 protected:
  void rule(std::string_view id, std::string_view text, RuleOrigin origin = RuleOrigin::kTenant,
            std::string tenant = "acme") {
    auto parsed = cedar::parse_policies(text, "rules.cedar");
    ASSERT_TRUE(parsed.has_value()) << text;
    AnalysedRule made{.policy = std::move(parsed->front()), .id = std::string(id), .origin = origin};
    made.policy.id = id;
    made.priority = priority_of(made.policy).value();
    made.place = fmt::format("rules.cedar:{}", rules_.size() + 1);
    if (origin == RuleOrigin::kTenant) made.tenant = std::move(tenant);
    rules_.push_back(std::move(made));
  }
  void platform(std::string_view id, std::string_view text) { rule(id, text, RuleOrigin::kPlatform); }

  /// `kind severity rule other`, the gravest first.
  std::vector<std::string> found(const cedar::Schema* application = nullptr) {
    report_ = find_conflicts(rules_, application);
    std::vector<std::string> all;
    for (const Conflict& conflict : report_.findings) {
      all.push_back(fmt::format("{} {} {}{}", name_of(conflict.kind), name_of(conflict.severity),
                                rules_[conflict.rule].id,
                                conflict.other ? " " + rules_[*conflict.other].id : ""));
      if (conflict.witness) check_witness(conflict);
    }
    return all;
  }

  /// The witness as JSON, read back and put to the engine as it decides: a permit that is denied by a forbid
  /// is, and rules that apply do.
  void check_witness(const Conflict& conflict) {
    const json::object& witness = *conflict.witness;
    auto entities = cedar::parse_entities(witness.at("entities"), "witness", nullptr);
    ASSERT_TRUE(entities.has_value()) << json::serialize(witness);
    cedar::Arena arena;
    auto context = cedar::parse_context(witness.at("context"), nullptr, arena);
    ASSERT_TRUE(context.has_value());
    auto uid = [&](std::string_view who) {
      const json::object& named = witness.at(who).as_object();
      return cedar::Uid(named.at("type").as_string(), named.at("id").as_string());
    };
    // Actions are known by the schema.
    cedar::Entities actions = cedar::parse_entities(json::array(), "actions", &operations_schema()).value();
    cedar::EntitiesBuilder builder;
    for (const cedar::Entity& entity : entities->all()) {
      std::vector<cedar::Uid> parents(entity.ancestors.begin(), entity.ancestors.end());
      ASSERT_TRUE(builder.add(entity.uid, entity.attributes, entity.tags, parents));
    }
    cedar::Entities all = builder.build(&actions).value();
    cedar::Request request{.principal = uid("principal"),
                           .action = uid("action"),
                           .resource = uid("resource"),
                           .context = *context};
    cedar::Scratch scratch;
    for (std::size_t index : {conflict.rule, conflict.other.value_or(conflict.rule)}) {
      auto set = cedar::PolicySet::compile(std::span(&rules_[index].policy, 1)).value();
      cedar::Verdict verdict = set.explain(request, all, scratch);
      EXPECT_THAT(verdict.deciding, ElementsAre(0)) << rules_[index].id << json::serialize(witness);
    }
  }

  std::vector<AnalysedRule> rules_;
  ConflictReport report_;
};

TEST_F(Conflicts, NothingIsSaidOfRulesThatDoNotMeet) {
  rule("a", fmt::format("permit(principal in Bailiwick::Role::\"owner\", {}, resource);", kDelete));
  rule("b", "forbid(principal, action == Bailiwick::Action::\"corpus.read\", resource);");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Conflicts, APermitAndAForbidOverlap) {
  rule("owners", fmt::format("permit(principal in Bailiwick::Role::\"owner\", {}, resource);", kDelete));
  rule("by-day", fmt::format("forbid(principal, {}, resource) unless {{ context.time.toTime() >= "
                             "duration(\"6h\") && context.time.toTime() < duration(\"20h\") }};",
                             kDelete));
  EXPECT_THAT(found(), ElementsAre("overlap notice owners by-day"));
  EXPECT_FALSE(report_.has_errors());
}

TEST_F(Conflicts, APermitThatIsAlwaysForbiddenIsShadowed) {
  rule("docs", fmt::format("permit(principal, {}, resource) when {{ resource.kind == \"document\" && "
                           "resource.name like \"handbook/*\" }};",
                           kDelete));
  rule("never",
       fmt::format("forbid(principal, {}, resource) when {{ resource.name like \"*book*\" }};", kAll));
  EXPECT_THAT(found(), ElementsAre("shadowed error docs never"));
  EXPECT_TRUE(report_.has_errors());
}

TEST_F(Conflicts, ThePlatformIsContradictedWhollyOrInPart) {
  rule("wholly", fmt::format("permit(principal, {}, resource) when {{ context has program && "
                             "context.program == \"lab\" }};",
                             kDelete));
  rule("in-part", fmt::format("permit(principal, {}, resource);", kDelete));
  platform("no-lab",
           fmt::format("@priority(\"security\") forbid(principal, {}, resource) when {{ context has "
                       "program && context.program like \"la*\" }};",
                       kAll));
  EXPECT_THAT(found(),
              ElementsAre("contradicts_platform error wholly no-lab",
                          "contradicts_platform warning in-part no-lab", "redundant warning wholly in-part"));
  EXPECT_EQ(report_.findings[0].priority, PriorityClass::kSecurity);
}

TEST_F(Conflicts, ARuleThatAnotherImpliesIsRedundantOnce) {
  rule("a", fmt::format("forbid(principal, {}, resource) when {{ resource.name == \"x\" }};", kDelete));
  rule("b", fmt::format("forbid(principal, {}, resource) when {{ [\"x\", \"y\"].contains(resource.name) }};",
                        kAll));
  rule("c", fmt::format("forbid(principal, {}, resource) when {{ [\"y\", \"x\"].contains(resource.name) }};",
                        kAll));
  EXPECT_THAT(found(), ElementsAre("redundant warning a b", "redundant warning b c"));
}

TEST_F(Conflicts, ARuleThatCanNeverApplyIsFound) {
  rule("never", fmt::format("permit(principal, {}, resource) when {{ resource.kind == \"document\" }} unless "
                            "{{ resource.kind like \"doc*\" }};",
                            kDelete));
  EXPECT_THAT(found(), ElementsAre("never_applies error never"));
  EXPECT_THAT(report_.findings[0].message, HasSubstr("no request makes `never` apply"));
}

TEST_F(Conflicts, ATenantsRuleReachesIntoAnother) {
  rule("foreign", fmt::format("permit(principal in Bailiwick::Tenant::\"beta\", {}, resource);", kDelete));
  rule("own", fmt::format("permit(principal in Bailiwick::Tenant::\"acme\", {}, resource) when {{ "
                          "!(principal in Bailiwick::Tenant::\"beta\") && !(resource in "
                          "Bailiwick::Tenant::\"beta\") }};",
                          kDelete));
  EXPECT_THAT(found(), ElementsAre("cross_tenant_reach error foreign"));
}

TEST_F(Conflicts, TenantsAreNotCompared) {
  rule("a", fmt::format("permit(principal, {}, resource);", kDelete), RuleOrigin::kTenant, "acme");
  rule("b", fmt::format("forbid(principal, {}, resource);", kDelete), RuleOrigin::kTenant, "beta");
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(Conflicts, WhatIsNotDecidedIsSaid) {
  rule("unclear",
       "permit(principal, action, resource) when { ip(context.from).isLoopback() && context.from "
       "like \"*x*\" };");
  EXPECT_THAT(found(), ElementsAre("undecided warning unclear"));
}

TEST_F(Conflicts, APolicyOfAnApplicationIsReadWithItsSchema) {
  cedar::Schema schema =
      cedar::parse_schema(
          "entity User = { age: Long }; entity Doc; action \"read\" appliesTo { principal: "
          "User, resource: Doc };",
          "test")
          .value();
  rule("adults", "permit(principal, action, resource) when { principal.age >= 18 };");
  rule("teens", "forbid(principal, action, resource) when { principal.age >= 13 };");
  EXPECT_THAT(found(&schema), ElementsAre("shadowed error adults teens"));
  // Without the schema there may be a principal without an age: it permits nothing, and the forbid fails.
  EXPECT_THAT(found(), ElementsAre("shadowed error adults teens"));
}

TEST_F(Conflicts, ManyOverlapsOfOneRuleAreCounted) {
  rule("all", fmt::format("permit(principal, {}, resource);", kAll));
  for (int i = 0; i < 14; ++i)
    rule(fmt::format("f{}", i),
         fmt::format("forbid(principal, {}, resource) when {{ resource.name == \"{}\" }};", kAll, i));
  EXPECT_EQ(found().size(), kMaxOverlaps);
  EXPECT_EQ(report_.overlaps_left_out, 14 - kMaxOverlaps);
}

TEST_F(Conflicts, APriorityIsOneOfTheKnownWords) {
  auto policy =
      cedar::parse_policies("@priority(\"urgent\") permit(principal, action, resource);", "t").value();
  EXPECT_EQ(priority_of(policy.front()), std::nullopt);
}

}  // namespace
}  // namespace bailiwick::policy
