#include "snapshot/sovereignty_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "policy/cedar/format.h"
#include "snapshot/bundle_format.h"

namespace bailiwick::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using std::chrono::days;

policy::RulesPtr rules_of(const Sovereignty& sovereignty) {
  std::vector<cedar::Policy> policies;
  for (const policy::BuiltRule& rule : sovereignty_rules(sovereignty, Node{}, "f"))
    policies.push_back(rule.policy);
  return policy::Rules::compile(policies).value();
}
std::string reason(const Sovereignty& sovereignty, const policy::Facts& facts) {
  auto denial = refusal(*rules_of(sovereignty), facts);
  return denial ? denial->reason : "-";
}
bool allows(const Sovereignty& sovereignty, std::string_view region) {
  return reason(sovereignty, {.region = region}) == "-";
}

// Forbidden regions are globs too, and win over allowed ones; no list allows every region.
TEST(SovereigntyRules, ForbiddenWins) {
  Sovereignty rules{
      .region = "us-east-1", .allowed_regions = {"us-*", "cn-north-1"}, .forbidden_regions = {"cn-*"}};
  EXPECT_TRUE(allows(rules, "us-west-2"));
  EXPECT_FALSE(allows(rules, "cn-north-1"));
  EXPECT_FALSE(allows(rules, "eu-west-1"));
  rules.allowed_regions.clear();
  EXPECT_TRUE(allows(rules, "eu-west-1"));
  EXPECT_FALSE(allows(rules, "cn-south-1"));
  EXPECT_EQ(reason(rules, {.region = "cn-south-1"}), "sovereignty.region");
  EXPECT_EQ(reason(rules, {}), "-") << "what is not known breaks no rule";
}

TEST(SovereigntyRules, NothingYoungIsDeleted) {
  Sovereignty rules{.retention = {.logs_days = 90, .data_days = 365}};
  EXPECT_EQ(reason(rules, {.data_type = "data", .age = days(364)}), "sovereignty.retention");
  EXPECT_EQ(reason(rules, {.data_type = "data", .age = days(365)}), "-");
  EXPECT_EQ(reason(rules, {.data_type = "logs", .age = days(89)}), "sovereignty.retention");
  EXPECT_EQ(reason(rules, {.data_type = "logs", .age = days(364)}), "-");
  EXPECT_EQ(reason(rules, {.data_type = "backups", .age = days(0)}), "-");
  auto denial = refusal(*rules_of(rules), {.data_type = "data", .age = days(-1)});
  ASSERT_TRUE(denial) << "a clock that went back makes nothing old";
  EXPECT_EQ(
      denial->message,
      "RetentionViolation: data-sovereignty.yaml keeps data for 365 days, logs for 90 days at least, and "
      "this is younger; delete it when it is old enough");
}

TEST(SovereigntyRules, EncryptionIsAsStrongAsAsked) {
  Sovereignty rules{.encryption = {.at_rest = "AES-256", .in_transit = "TLS-1.2"}};
  EXPECT_EQ(reason(rules, {.at_rest = "none"}), "sovereignty.encryption");
  EXPECT_EQ(reason(rules, {.at_rest = "AES-256", .in_transit = "TLS-1.2"}), "-");
  EXPECT_EQ(reason(rules, {.in_transit = "TLS-1.3"}), "-");
  EXPECT_EQ(reason(rules, {.in_transit = "none"}), "sovereignty.encryption");
  rules.encryption.in_transit = "TLS-1.3";
  EXPECT_EQ(reason(rules, {.in_transit = "TLS-1.2"}), "sovereignty.encryption");
  EXPECT_EQ(rules_of({})->size(), 0u);
}

TEST(SovereigntyRules, WhatIsKnownOfAProvider) {
  auto in_transit = [](std::string_view url) {
    Provider provider{.base_url = std::string(url), .region = "eu-west-1"};
    policy::Facts facts = facts_of(provider);
    EXPECT_EQ(facts.region, "eu-west-1");
    return std::string(facts.in_transit);
  };
  EXPECT_EQ(in_transit("https://api.example"), "");
  EXPECT_EQ(in_transit("http://api.example:8080/v1"), "none");
  EXPECT_EQ(in_transit("http://127.0.0.1:8080"), "") << "it does not leave this machine";
  EXPECT_EQ(in_transit("http://[::1]:8080/v1"), "");
  EXPECT_EQ(in_transit("http://localhost/v1"), "");
  EXPECT_EQ(in_transit("http://127.0.0.1.example"), "none");
}

// They stand among the tenant's rules, pass the same checks, and nobody else may take their names.
TEST(SovereigntyRules, StandAmongTheRulesOfTheBundle) {
  FileTexts files{{"tenant.yaml", "id: acme-corp\nname: Acme\n"},
                  {"data-sovereignty.yaml",
                   "data_sovereignty:\n  region: us-east-1\n  allowed_regions: [us-*, eu-west-1]\n"
                   "  forbidden_regions: [cn-*]\n  retention: {data_days: 30}\n"
                   "  encryption: {at_rest: AES-256, in_transit: TLS-1.3}\n"}};
  ParsedBundle bundle = parse_bundle(files, "");
  validate_bundle(bundle, "acme-corp", "");
  EXPECT_THAT(bundle.problems, IsEmpty());
  EXPECT_THAT(
      bundle.rules.operation_places,
      ElementsAre("data-sovereignty.yaml:3:20", "data-sovereignty.yaml:5:14", "data-sovereignty.yaml:6:15"));
  std::string text = to_string(bundle.rules.operations);
  EXPECT_THAT(text, HasSubstr("when { context has region && (context.region like \"cn-*\" || "
                              "!(context.region like \"us-*\" || context.region == \"eu-west-1\")) };"));
  EXPECT_THAT(text, HasSubstr("when { context has age && context has data_type && (context.data_type == "
                              "\"data\" && context.age < duration(\"30d\")) };"));
  ASSERT_TRUE(bundle.files.compiled_rules);
  EXPECT_TRUE(refusal(*bundle.files.compiled_rules, {.region = "cn-1"}));

  files["own.cedar"] =
      "@id(\"sovereignty.mine\") forbid(principal, action == Bailiwick::Action::\"ask\", resource);";
  files["policies/governance.yaml"] = "rules: [{id: sovereignty.region, effect: forbid, actions: [ask]}]";
  ParsedBundle taken = parse_bundle(files, "");
  validate_bundle(taken, "acme-corp", "");
  ASSERT_EQ(taken.problems.size(), 2u);
  EXPECT_THAT(taken.problems[0].message, HasSubstr("ids that begin with `sovereignty.`"));
}

/// The definition of a glob, as slow as it is plain.
bool matches_by_definition(std::string_view glob, std::string_view text) {
  if (glob.empty()) return text.empty();
  if (glob.front() == '*') {
    for (std::size_t skip = 0; skip <= text.size(); ++skip) {
      if (matches_by_definition(glob.substr(1), text.substr(skip))) return true;
    }
    return false;
  }
  return !text.empty() && text.front() == glob.front() &&
         matches_by_definition(glob.substr(1), text.substr(1));
}

// The rules made of globs agree with their definition on every glob and region.
RC_GTEST_PROP(SovereigntyRulesProperty, GlobsFollowTheirDefinition, ()) {
  auto glob = *rc::gen::resize(8, rc::gen::container<std::string>(rc::gen::element('a', 'b', '*')));
  auto text =
      *rc::gen::resize(10, rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::element('a', 'b'))));
  bool matches = matches_by_definition(glob, text);
  RC_ASSERT(allows({.forbidden_regions = {glob}}, text) == !matches);
  RC_ASSERT(allows({.allowed_regions = {glob}}, text) == matches);
  RC_ASSERT(!allows({.allowed_regions = {glob}, .forbidden_regions = {glob}}, text));
}

}  // namespace
}  // namespace bailiwick::snapshot
