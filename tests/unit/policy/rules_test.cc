#include "policy/rules.h"

#include <gtest/gtest.h>

#include "policy/cedar/parser.h"
#include "policy/cedar/schema.h"
#include "policy/operations.h"
#include "policy/rule_files.h"
#include "support/problems.h"

namespace bailiwick::policy {
namespace {

using tenancy::Action;
using testing_support::lines;

class RulesTest : public testing::Test {
 protected:
  RulesPtr compile(const std::string& text) {
    auto read = read_rules({{"own.cedar", text}}, "", RulesOf::kTenant);
    EXPECT_TRUE(read) << (read ? "" : lines(read.error().problems));
    return read ? Rules::compile(read->operations).value() : nullptr;
  }
  /// The reason of the denial, or "-".
  std::string deny(const std::string& text, Action action) {
    RulesPtr rules = compile(text);
    question_.action = action;
    auto denial = rules->deny(question_);
    if (denial) message_ = denial->message;
    return denial ? denial->reason : "-";
  }
  static std::string faults(const std::string& text, RulesOf whose = RulesOf::kTenant,
                            const cedar::Schema* application = nullptr) {
    auto rules = read_rules({{"own.cedar", text}}, "t/", whose, application);
    return rules ? "-" : lines(rules.error().problems);
  }

  tenancy::TenantId tenant_ = tenancy::TenantId::parse("acme-corp").value();
  tenancy::ProgramId program_ = tenancy::ProgramId::parse("support").value();
  tenancy::Principal principal_{"token:tok_1", tenant_, {{tenancy::Role::kOperator, {}, {}}}, {"corpus.*"}};
  Question question_{.principal = principal_,
                     .action = Action::kAsk,
                     .tenant = &tenant_,
                     .program = &program_,
                     .resource = "document:handbook/3",
                     .time = WallTime(std::chrono::hours(22))};
  std::string message_;
};

TEST_F(RulesTest, AForbidDeniesWithItsReasonAndRemedy) {
  constexpr std::string_view kRule = R"(@id("no-deletes") @reason("documents stay") @remedy("ask an owner")
    forbid(principal, action == Bailiwick::Action::"corpus.delete", resource);)";
  EXPECT_EQ(deny(std::string(kRule), Action::kCorpusDelete), "rule.no-deletes");
  EXPECT_EQ(message_, "documents stay; ask an owner");
  EXPECT_EQ(deny(std::string(kRule), Action::kCorpusRead), "-");
}

TEST_F(RulesTest, GroupsStandForTheirActions) {
  auto forbids = [](std::string_view group) {
    return "@id(\"r\") forbid(principal, action in Bailiwick::Action::\"" + std::string(group) +
           "\", resource);";
  };
  EXPECT_EQ(deny(forbids("all"), Action::kAsk), "rule.r");
  EXPECT_EQ(deny(forbids("content"), Action::kAsk), "rule.r");
  EXPECT_EQ(deny(forbids("management"), Action::kAsk), "-");
  EXPECT_EQ(deny(forbids("corpus"), Action::kCorpusWrite), "rule.r");
  EXPECT_EQ(deny(forbids("corpus"), Action::kAsk), "-");
  EXPECT_EQ(deny(forbids("all"), Action::kTenantsCreate), "-")
      << "no rule of a tenant speaks of the platform";
}

TEST_F(RulesTest, ConditionsSeeTheRequest) {
  for (std::string_view condition : {
           R"(principal in Bailiwick::Role::"operator")",
           R"(principal in Bailiwick::Tenant::"acme-corp")",
           R"(principal.subject == "token:tok_1")",
           R"(principal.scopes.contains("corpus.*"))",
           R"(resource in Bailiwick::Tenant::"acme-corp")",
           R"(resource in Bailiwick::Program::"support")",
           R"(resource.kind == "document" && resource.name like "handbook/*")",
           R"(context.time.toTime() >= duration("21h"))",
           R"(context has program && context.program == "support")",
           R"(!(context has "namespace"))",
           R"(!(principal in Bailiwick::Role::"owner"))",
       }) {
    std::string rule =
        "@id(\"r\") forbid(principal, action == Bailiwick::Action::\"ask\", resource) when { " +
        std::string(condition) + " };";
    EXPECT_EQ(deny(rule, Action::kAsk), "rule.r") << condition;
  }
}

TEST_F(RulesTest, ConditionsSeeWhatIsKnownOfTheOperation) {
  constexpr std::string_view kFacts[] = {
      R"(context has region && context.region like "eu-*")",
      R"(context has age && context.age == duration("2d") && context has data_type && context.data_type == "logs")",
      R"(context has encryption && context.encryption has in_transit && context.encryption.in_transit == "none")",
      R"(context has encryption.at_rest && context.encryption.at_rest == "AES-256")",
      R"(context has score && context.score == "ndcg@10")",
      R"(context has value && context.value.floor.lessThan(decimal("0.6667")))",
      R"(context has value && context.value.ceiling.greaterThan(decimal("0.6666")))"};
  auto rule = [](std::string_view condition) {
    return "@id(\"r\") forbid(principal, action in Bailiwick::Action::\"all\", resource) when { " +
           std::string(condition) + " };";
  };
  for (std::string_view condition : kFacts) EXPECT_EQ(deny(rule(condition), Action::kAsk), "-") << condition;
  question_.facts = {.region = "eu-west-1",
                     .data_type = "logs",
                     .age = std::chrono::days(2),
                     .at_rest = "AES-256",
                     .in_transit = "none",
                     .score = "ndcg@10",
                     .value = decimals_around(2.0 / 3)};
  for (std::string_view condition : kFacts)
    EXPECT_EQ(deny(rule(condition), Action::kAsk), "rule.r") << condition;
}

TEST_F(RulesTest, ARoleCountsWhereItsReachCoversTheRequest) {
  principal_.bindings = {{tenancy::Role::kViewer, program_, {}}};
  constexpr std::string_view kRule =
      R"(@id("r") forbid(principal in Bailiwick::Role::"viewer", action == Bailiwick::Action::"ask", resource);)";
  EXPECT_EQ(deny(std::string(kRule), Action::kAsk), "rule.r");
  question_.program = nullptr;
  EXPECT_EQ(deny(std::string(kRule), Action::kAsk), "-");
}

TEST_F(RulesTest, WherePermitsSpeakOneMustApply) {
  constexpr std::string_view kRule =
      R"(@id("p") permit(principal, action in Bailiwick::Action::"corpus", resource) when { resource.kind == "other" };)";
  EXPECT_EQ(deny(std::string(kRule), Action::kCorpusRead), "rule.no_permit");
  EXPECT_EQ(deny(std::string(kRule), Action::kAsk), "-");
  EXPECT_EQ(deny(R"(@id("p") permit(principal, action in Bailiwick::Action::"corpus", resource);)",
                 Action::kCorpusRead),
            "-");
}

TEST_F(RulesTest, ARuleThatFailsDenies) {
  constexpr std::string_view kRule =
      R"(@id("sum") forbid(principal, action == Bailiwick::Action::"ask", resource)
    when { context.time.toTime().toMilliseconds() * 9223372036854775807 == 1 };)";
  EXPECT_EQ(deny(std::string(kRule), Action::kAsk), "rule.sum");
  EXPECT_NE(message_.find("could not be evaluated"), std::string::npos) << message_;
}

// Whichever of them the engine meets first.
TEST_F(RulesTest, AThresholdIsNamedOnlyWhereNothingElseForbids) {
  const std::string kScope = R"(forbid(principal, action == Bailiwick::Action::"ask", resource))";
  for (std::string own : {"a", "z"}) {
    std::vector<BuiltRule> built;
    for (const char* id : {"evaluation.m", "evaluation.n"}) {
      auto parsed = cedar::parse_policies("@id(\"" + std::string(id) + "\") " + kScope + ";", "").value();
      built.push_back(
          {std::move(parsed.front()), [](std::uint32_t) { return ""; }, BuiltRule::Author::kBailiwick});
    }
    auto deny_with = [&](const std::string& text) {
      auto read = read_rules({{"own.cedar", text}}, "", RulesOf::kTenant, nullptr, built).value();
      return Rules::compile(read.operations).value()->deny(question_).value();
    };
    EXPECT_TRUE(deny_with("").reason.starts_with("evaluation."));
    EXPECT_EQ(deny_with("@id(\"" + own + "\") " + kScope + ";").reason, "rule." + own);
    Rules::Denial faulty =
        deny_with("@id(\"" + own + "\") " + kScope +
                  " when { context.time.toTime().toMilliseconds() * 9223372036854775807 == 1 };");
    EXPECT_EQ(faulty.reason, "rule." + own);
    EXPECT_TRUE(faulty.failed);
  }
}

TEST_F(RulesTest, FaultsAreNamedWithTheirPlace) {
  constexpr std::string_view kScope = R"((principal, action == Bailiwick::Action::"ask", resource))";
  auto rule = [&](std::string_view before, std::string_view after) {
    return std::string(before) + std::string(kScope) + std::string(after) + ";";
  };
  EXPECT_EQ(faults(rule("forbid", "")),
            "t/own.cedar:1:1: a rule needs an id of a-z, 0-9, `-`, `_` and `.`: write @id(\"no-deletes\") "
            "before it");
  EXPECT_EQ(faults(rule("@id(\"sovereignty.a\") forbid", "")),
            "t/own.cedar:1:1: ids that begin with `sovereignty.` are of rules that are made of "
            "data-sovereignty.yaml");
  EXPECT_EQ(faults(rule("@id(\"evaluation.a\") forbid", "")),
            "t/own.cedar:1:1: ids that begin with `evaluation.` are of rules that are made of "
            "policies/evaluation.yaml");
  EXPECT_EQ(faults(rule("@id(\"a\") forbid", "") + "\n" + rule("@id(\"a\") forbid", "")),
            "t/own.cedar:2:1: another rule has the id `a`");
  EXPECT_EQ(faults(rule("@id(\"a\") forbid", " when { principal.nothing }")),
            "t/own.cedar:1:81: Bailiwick::Principal has no attribute `nothing`");
  EXPECT_TRUE(faults("@id(\"a\") forbid(principal, action == Bailiwick::Action::\"eat\", resource);")
                  .starts_with("t/own.cedar:1:35: the schema has no action Bailiwick::Action::\"eat\""));
  EXPECT_NE(faults("permit(principal, action, resource);").find("names the operations"), std::string::npos);
  EXPECT_NE(faults("permit(principal, action == Action::\"x\", resource);").find("schema.cedarschema"),
            std::string::npos);
  EXPECT_EQ(faults(rule("@id(\"a\") permit", ""), RulesOf::kPlatform),
            "t/own.cedar:1:1: the platform's rules forbid; what is permitted is said by roles and tenants");
  EXPECT_EQ(faults(rule("@id(\"a\") forbid", ""), RulesOf::kPlatform), "-");
}

TEST_F(RulesTest, PoliciesOfAnApplicationAreCheckedAgainstItsSchema) {
  cedar::Schema schema =
      cedar::parse_schema(
          "entity User; entity Chart; action sign appliesTo { principal: User, resource: Chart };", "s")
          .value();
  EXPECT_EQ(faults("permit(principal, action == Action::\"sign\", resource);", RulesOf::kTenant, &schema),
            "-");
  EXPECT_EQ(faults("permit(principal, action == Action::\"sign\", resource) when { resource.x };",
                   RulesOf::kTenant, &schema),
            "t/own.cedar:1:62: Chart has no attribute `x`");
}

TEST_F(RulesTest, EveryOperationOfATenantIsInTheVocabulary) {
  for (const tenancy::ActionInfo& info : tenancy::kActions) {
    cedar::EntityUid uid{std::string(kOperationType), std::string(info.name)};
    EXPECT_EQ(operations_schema().action(uid) != nullptr, info.reach != tenancy::Reach::kPlatform)
        << info.name;
  }
}

}  // namespace
}  // namespace bailiwick::policy
