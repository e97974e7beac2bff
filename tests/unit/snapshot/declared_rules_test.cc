#include "snapshot/declared_rules.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "base/json.h"
#include "policy/cedar/format.h"
#include "policy/cedar/parser.h"
#include "policy/rules.h"
#include "snapshot/bundle_format.h"

namespace bailiwick::snapshot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::string_view kTenantYaml =
    "id: acme-corp\nname: Acme\nprograms: [bed-planning, triage]\nnamespaces: [x]\n";

ParsedBundle bundle_of(FileTexts files) {
  files.try_emplace("tenant.yaml", kTenantYaml);
  ParsedBundle bundle = parse_bundle(files, "");
  validate_bundle(bundle, "acme-corp", "");
  return bundle;
}
ParsedBundle governed(const std::string& rules) {
  return bundle_of({{"policies/governance.yaml", "rules:\n" + rules}});
}
std::vector<std::string> findings(const ParsedBundle& bundle) {
  std::vector<std::string> out;
  for (const Problem& problem : bundle.problems) out.push_back(problem.where + " " + problem.message);
  return out;
}
std::string cedar_of(const ParsedBundle& bundle) {
  EXPECT_THAT(findings(bundle), IsEmpty());
  return to_string(bundle.rules.operations);
}

TEST(DeclaredRules, EachIsOneCedarPolicy) {
  EXPECT_EQ(cedar_of(governed(R"(
  - id: deletes-by-day
    effect: forbid
    principal: operator
    actions: [corpus.delete]
    resource: program:bed-planning
    unless: context.time.toTime() >= duration("6h")
    reason: documents are deleted by day
    remedy: "try again at 06:00 \"UTC\""
    priority: regulatory
    labels: [gxp, audit]
)")),
            R"(@id("deletes-by-day")
@reason("documents are deleted by day")
@remedy("try again at 06:00 \"UTC\"")
@priority("regulatory")
@labels("gxp,audit")
forbid (
  principal in Bailiwick::Role::"operator",
  action == Bailiwick::Action::"corpus.delete",
  resource in Bailiwick::Program::"bed-planning"
)
unless { context.time.toTime() >= duration("6h") };
)");
}

TEST(DeclaredRules, GroupsListsAndTheRest) {
  std::string text = cedar_of(governed(R"(
  - {id: a, effect: permit, principal: "token:tok_1", actions: [corpus], resource: "document:default/a b", when: true}
  - {id: b, effect: forbid, actions: [ask, content, ask], resource: namespace:x, when: "false", unless: "true"}
)"));
  EXPECT_THAT(text,
              HasSubstr("principal == Bailiwick::Principal::\"token:tok_1\",\n  "
                        "action in Bailiwick::Action::\"corpus\",\n  "
                        "resource == Bailiwick::Resource::\"document:default/a b\"\n)\nwhen { true };"));
  EXPECT_THAT(text,
              HasSubstr("principal,\n  action in [Bailiwick::Action::\"ask\", "
                        "Bailiwick::Action::\"content\"],\n  resource in Bailiwick::Namespace::\"x\"\n)\n"
                        "when { false }\nunless { true };"));
}

TEST(DeclaredRules, AProgramsRulesHoldInItAlone) {
  ParsedBundle bundle = bundle_of(
      {{"policies/governance.yaml", "rules: [{id: all, effect: forbid, actions: [ask]}]"},
       {"programs/triage/policies/governance.yaml",
        "rules:\n  - {id: own, effect: forbid, actions: [ask]}\n"
        "  - {id: named, effect: forbid, actions: [ask], resource: program:triage}\n"
        "  - {id: narrower, effect: forbid, actions: [ask], resource: namespace:x, when: \"true\"}\n"}});
  std::string text = cedar_of(bundle);
  EXPECT_EQ(bundle.rules.operations.size(), 4u);
  EXPECT_THAT(text, HasSubstr("resource in Bailiwick::Namespace::\"x\"\n)\nwhen { resource in "
                              "Bailiwick::Program::\"triage\" }\nwhen { true };"));
  EXPECT_THAT(bundle.rules.operation_places,
              ElementsAre("policies/governance.yaml:1:9", "programs/triage/policies/governance.yaml:2:5",
                          "programs/triage/policies/governance.yaml:3:5",
                          "programs/triage/policies/governance.yaml:4:5"));
  EXPECT_THAT(findings(bundle_of({{"programs/triage/policies/governance.yaml",
                                   "rules: [{id: o, effect: forbid, actions: [ask], resource: "
                                   "program:bed-planning}]"}})),
              ElementsAre(HasSubstr(":1:59 resource: this file's rules hold in the program 'triage'")));
}

TEST(DeclaredRules, FaultsOfAConditionStandWhereTheyAreWritten) {
  auto rule = [](const std::string& condition) {
    return "  - id: r\n    effect: forbid\n    actions: [ask]\n    when: " + condition + "\n";
  };
  // Line 5 of the file; the value begins at column 11.
  EXPECT_THAT(findings(governed(rule("1 ==   )"))),
              ElementsAre(StartsWith("policies/governance.yaml:5:18 when: expected an expression")));
  EXPECT_THAT(findings(governed(rule("'\"it''s\" like 3'"))),
              ElementsAre(StartsWith("policies/governance.yaml:5:25 when: expected a pattern")));
  EXPECT_THAT(findings(governed(rule("\"principal.subject == \\\"b\\\" && context.nothing\""))),
              ElementsAre(StartsWith("policies/governance.yaml:5:42 ")));
  EXPECT_THAT(findings(governed(rule("|\n      true &&\n        context.nothing == 1"))),
              ElementsAre(StartsWith("policies/governance.yaml:7:9 ")));
  EXPECT_THAT(findings(governed(rule(">-\n      true\n      && 1 <"))),
              ElementsAre(StartsWith("policies/governance.yaml:7:13 when: ")));
  EXPECT_THAT(findings(governed(rule("\"1 + true == 2\"\n    unless: context.program == \"p\""))),
              ElementsAre(StartsWith("policies/governance.yaml:5:16 "),
                          StartsWith("policies/governance.yaml:6:13 ")));
  EXPECT_THAT(findings(governed(rule("\"\""))),
              ElementsAre(StartsWith("policies/governance.yaml:5:11 when: ")));
}

TEST(DeclaredRules, EveryOtherFaultStandsAtItsKey) {
  EXPECT_THAT(
      findings(governed("  - id: r\n    effect: forbid\n    principal: operater\n"
                        "    actions: [ask, corpus.delet, tenants.create]\n    resource: bed\n"
                        "    labels: [\"a,b\"]\n")),
      ElementsAre(HasSubstr(".yaml:7:13 a label is"), HasSubstr(".yaml:4:16 principal: 'operater' is none"),
                  HasSubstr(".yaml:5:20 actions: there is no operation or group 'corpus.delet'; did you "
                            "mean 'corpus.delete'?"),
                  HasSubstr(".yaml:5:34 actions: 'tenants.create' is the platform's"),
                  HasSubstr(".yaml:6:15 resource: 'bed' is none")));
  EXPECT_THAT(findings(governed("  - {id: r, effect: forbid, actions: [ask], principal: platform_admin}\n")),
              ElementsAre(HasSubstr("principal: 'platform_admin' is none")));
  EXPECT_THAT(findings(governed("  - {id: No Name, effect: forbid, actions: [ask]}\n")),
              ElementsAre(HasSubstr(".yaml:2:5 a rule needs an id")));
  EXPECT_THAT(findings(governed("  - {id: r, effect: forbid, actions: [ask], resource: program:triag}\n")),
              ElementsAre(HasSubstr(":2:55 resource: tenant.yaml names no such program")));
  // Faults of form and of meaning are told at once.
  EXPECT_THAT(findings(governed("  - {id: r, effect: deny, actions: [ask]}\n"
                                "  - {id: q, effect: forbid, actions: [ask], when: \"1 +\"}\n")),
              ElementsAre(HasSubstr(":2:21 rules/0/effect: "), HasSubstr(":3:55 when: ")));
}

TEST(DeclaredRules, IdsAreUniqueOverAllFiles) {
  EXPECT_THAT(
      findings(bundle_of(
          {{"own.cedar", "@id(\"r\") forbid(principal, action == Bailiwick::Action::\"ask\", resource);"},
           {"policies/governance.yaml", "rules: [{id: r, effect: forbid, actions: [ask]}]"}})),
      ElementsAre("policies/governance.yaml:1:9 another rule has the id `r`"));
  EXPECT_THAT(
      findings(bundle_of({{"policies/governance.yaml", "rules: [{id: r, effect: forbid, actions: [ask]}]"},
                          {"programs/triage/policies/governance.yaml",
                           "rules: [{id: r, effect: forbid, actions: [ask]}]"}})),
      ElementsAre(HasSubstr("programs/triage/policies/governance.yaml:1:9 another rule has the id")));
}

// Nothing that a rule says ends its policy or begins another.
TEST(DeclaredRules, NothingCanBeInjected) {
  for (std::string_view attack : {
           "true } ; permit(principal,action,resource) when { true",
           "true } unless { false",
           "true };",
           "true // \n } ; permit(principal, action, resource) when { true",
           "",
           "// nothing",
           "true \" } ; permit(principal,action,resource);",
           "principal == ?principal",
       }) {
    ParsedBundle bundle = governed(fmt::format("  - {{id: r, effect: forbid, actions: [ask], when: {}}}\n",
                                               json::serialize(json::string(attack))));
    EXPECT_FALSE(bundle.problems.empty()) << attack;
    EXPECT_TRUE(bundle.rules.operations.empty()) << attack;
  }
  // In every other place it is a word like any other, or refused.
  const std::string kBreak = R"("\") forbid(principal,action,resource); //")";
  ParsedBundle told = governed("  - {id: r, effect: permit, actions: [ask], reason: " + kBreak +
                               ", remedy: " + kBreak + ", resource: 'document:\") ; //'}\n");
  EXPECT_THAT(findings(told), IsEmpty());
  ASSERT_EQ(told.rules.operations.size(), 1u);
  auto again = cedar::parse_policies(to_string(told.rules.operations), "again");
  ASSERT_TRUE(again);
  ASSERT_EQ(again->size(), 1u);
  EXPECT_EQ(again->front().annotation("reason"), "\") forbid(principal,action,resource); //");
  for (std::string key : {"id", "principal", "resource", "actions"}) {
    std::map<std::string, std::string> rule{{"id", "r"}, {"effect", "forbid"}, {"actions", "[ask]"}};
    rule[key] = key == "actions" ? "[" + kBreak + "]" : kBreak;
    std::string text = "  - {";
    for (const auto& [name, value] : rule) text += name + ": " + value + ", ";
    EXPECT_FALSE(governed(text + "}\n").problems.empty()) << key;
  }
}

/// Draws a rule and says it in YAML.
std::string random_rule() {
  auto maybe = [](const std::string& key, const std::string& value) {
    return *rc::gen::arbitrary<bool>() ? fmt::format("    {}: {}\n", key, value) : std::string();
  };
  auto condition = [] {
    std::string left = *rc::gen::element<std::string>(
        "principal in Bailiwick::Role::\"operator\"", "resource.name like \"hand*\"",
        "context has program && context.program == \"triage\"", "resource.kind == \"document\"",
        "principal.scopes.contains(\"ask\")", "context.time < datetime(\"1980-01-01\")", "-1 < 2", "false");
    std::string right = *rc::gen::element<std::string>(
        "true", "!(1 == 2)", "resource in Bailiwick::Tenant::\"acme-corp\"", "if true then 1 > 0 else false");
    std::string text = left + *rc::gen::element<std::string>(" && ", " || ") + right;
    if (*rc::gen::arbitrary<bool>()) return "|\n      " + text;
    return json::serialize(json::string(text));
  };
  std::string text =
      "rules:\n  - id: r\n    effect: " + *rc::gen::element<std::string>("permit", "forbid") + "\n";
  text += maybe("principal", *rc::gen::element<std::string>("operator", "owner", "token:tok_1"));
  text += "    actions: " +
          *rc::gen::element<std::string>("[ask]", "[content]", "[corpus, ask]", "[corpus.delete]") + "\n";
  text += maybe("resource",
                *rc::gen::element<std::string>("program:triage", "namespace:x", "document:handbook/3"));
  text += maybe("reason", json::serialize(json::string(*rc::gen::string<std::string>())));
  text += maybe("when", condition());
  return text + maybe("unless", condition());
}

// What is printed of a rule, read again as a file of Cedar, decides as the rule does.
RC_GTEST_PROP(DeclaredRules, PrintedAndReadAgainTheyDecideTheSame, ()) {
  std::string yaml = random_rule();
  bool in_program = *rc::gen::arbitrary<bool>();
  ParsedBundle said = bundle_of(
      {{in_program ? "programs/triage/policies/governance.yaml" : "policies/governance.yaml", yaml}});
  RC_PRE(said.problems.empty());
  RC_ASSERT(said.rules.operations.size() == 1u);
  ParsedBundle printed = bundle_of({{"own.cedar", to_string(said.rules.operations)}});
  RC_ASSERT(printed.problems.empty());
  RC_ASSERT(to_string(printed.rules.operations) == to_string(said.rules.operations));

  auto tenant = tenancy::TenantId::parse("acme-corp").value();
  auto program = tenancy::ProgramId::parse("triage").value();
  auto name_space = tenancy::NamespaceId::parse("x").value();
  for (tenancy::Role role : {tenancy::Role::kOperator, tenancy::Role::kOwner}) {
    tenancy::Principal principal{"token:tok_1", tenant, {{role, {}, {}}}, {"ask"}};
    for (tenancy::Action action : {tenancy::Action::kAsk, tenancy::Action::kCorpusDelete}) {
      for (int named = 0; named < 4; ++named) {
        policy::Question question{.principal = principal,
                                  .action = action,
                                  .tenant = &tenant,
                                  .program = (named & 1) != 0 ? &program : nullptr,
                                  .name_space = (named & 2) != 0 ? &name_space : nullptr,
                                  .resource = "document:handbook/3"};
        auto ours = said.files.compiled_rules->deny(question);
        auto theirs = printed.files.compiled_rules->deny(question);
        RC_ASSERT(ours.has_value() == theirs.has_value());
        if (ours) {
          RC_ASSERT(ours->reason == theirs->reason);
          RC_ASSERT(ours->message == theirs->message);
        }
      }
    }
  }
}

}  // namespace
}  // namespace bailiwick::snapshot
