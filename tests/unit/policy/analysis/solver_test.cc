#include "policy/analysis/solver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/cedar/parser.h"
#include "policy/cedar/policy_set.h"
#include "support/random_policy.h"

namespace bailiwick::cedar::analysis {
namespace {

/// What the solver says of expressions that come out so; a witness is evaluated by the solver itself.
class SolverTest : public testing::Test {
 protected:
  Answer ask(std::vector<std::pair<std::string_view, Outcomes>> wanted) {
    Solver solver(worlds_of(schema_ ? &*schema_ : nullptr, actions_ ? &*actions_ : nullptr));
    std::vector<Goal> goals;
    for (const auto& [text, outcomes] : wanted) {
      auto parsed = parse_expression(text, "test");
      EXPECT_TRUE(parsed.has_value()) << text;
      kept_.push_back(*parsed);
      goals.push_back({kept_.back().get(), outcomes});
    }
    solution_ = solver.solve(goals);
    for (const Goal& goal : goals) {
      if (solution_.witness)
        EXPECT_NE(solver.evaluate(*solution_.witness, *goal.expression) & goal.outcomes, 0);
    }
    return solution_.answer;
  }
  Answer can(std::string_view text) { return ask({{text, kTrue}}); }
  /// Some request makes the first true and not the second.
  Answer implies_not(std::string_view a, std::string_view b) { return ask({{a, kTrue}, {b, kNotTrue}}); }

  void use_schema(std::string_view text) {
    schema_ = parse_schema(text, "test").value();
    actions_ = action_entities_of(*schema_).value();
  }

  std::vector<ExprPtr> kept_;
  std::optional<Schema> schema_;
  std::optional<Entities> actions_;
  Solution solution_;
};

constexpr Answer kYes = Answer::kFound, kNo = Answer::kNone;

TEST_F(SolverTest, ComparesNumbersWithConstantsAndWithEachOther) {
  EXPECT_EQ(can("context.n > 3 && context.n < 5"), kYes);
  EXPECT_EQ(can("context.n > 3 && context.n < 4"), kNo);
  EXPECT_EQ(can("context.a < context.b && context.b < context.c && context.c < context.a"), kNo);
  EXPECT_EQ(can("context.a < context.b && context.b < context.a + 2 && context.a + 1 != context.b"), kNo);
  EXPECT_EQ(can("context.n >= 1 && context.n <= 2 && context.n != 1 && context.n != 2"), kNo);
  EXPECT_EQ(can("context.n < -9223372036854775808"), kNo);
  EXPECT_EQ(can("context.a * 3 == 12 && context.a != 4"), kNo);
  EXPECT_EQ(can("context.a * 3 == 13"), kNo);
  EXPECT_EQ(can("context.a + context.b == 10 && context.a > 7 && context.b > 7"), kNo);
}

TEST_F(SolverTest, KnowsThatArithmeticOverflows) {
  EXPECT_EQ(ask({{"context.n + 1 > 0", kFails}, {"context.n > 5", kTrue}}), kYes);
  EXPECT_EQ(ask({{"context.n + 1 > 0", kFails}, {"context.n < 5 && context.n > -5", kTrue}}), kNo);
  EXPECT_EQ(ask({{"context.a * context.b > 0", kFails},
                 {"context.a == 4611686018427387904 && context.b == context.a", kTrue}}),
            kYes);
  EXPECT_EQ(ask({{"context.a * 4611686018427387904 > 0", kFails}, {"context.a > 1000", kTrue}}), kYes);
  EXPECT_EQ(ask({{"context.a * 3 > 0", kFails}, {"context.a > 10 && context.a < 1000", kTrue}}), kNo);
  EXPECT_EQ(ask({{"-context.n > 0", kFails}, {"context.n > -5", kTrue}}), kNo);
}

TEST_F(SolverTest, TellsMissingFromFalse) {
  EXPECT_EQ(ask({{"context.flag", kFails}, {"context has flag", kFalse}}), kYes);
  EXPECT_EQ(ask({{"context.flag", kFails}, {"context has flag && context.flag == true", kTrue}}), kNo);
  EXPECT_EQ(ask({{"context has a.b && context.a.b == 1", kFails}, {"context has a", kFalse}}), kNo);
  EXPECT_EQ(ask({{"context.x == 1 || true", kNotTrue}}), kYes);
  EXPECT_EQ(ask({{"true || context.x == 1", kNotTrue}}), kNo);
  // Of another type: it is there, and `<` fails.
  EXPECT_EQ(ask({{"context.x < 1", kFails}, {"context has x", kTrue}}), kYes);
}

TEST_F(SolverTest, FollowsEqualityThroughAttributes) {
  EXPECT_EQ(can("principal == resource && principal.n == 1 && resource.n == 2"), kNo);
  EXPECT_EQ(can("principal == User::\"a\" && User::\"a\".n == 1 && principal.n != 1"), kNo);
  EXPECT_EQ(can("principal.owner == resource && resource.n > 3 && principal.owner.n < 3"), kNo);
  EXPECT_EQ(can("context.a == context.b && context.a like \"x*\" && context.b like \"y*\""), kNo);
}

TEST_F(SolverTest, KnowsTheHierarchy) {
  EXPECT_EQ(can("principal in G::\"a\" && principal in G::\"b\" && principal != G::\"a\""), kYes);
  EXPECT_EQ(implies_not("principal in resource && resource in G::\"a\"", "principal in G::\"a\""), kNo);
  EXPECT_EQ(can("principal in resource && resource in principal && principal != resource"), kNo);
  EXPECT_EQ(can("principal == G::\"a\" && !(principal in [G::\"b\", G::\"a\"])"), kNo);
  EXPECT_EQ(can("principal is User && principal is Group"), kNo);
  EXPECT_EQ(can("principal is User in G::\"a\" && principal == G::\"a\""), kNo);
  EXPECT_EQ(can("principal in context.groups && context.groups.contains(G::\"z\")"), kYes);
  EXPECT_EQ(can("action is User"), kNo);
}

TEST_F(SolverTest, IntersectsPatterns) {
  EXPECT_EQ(can("context.s like \"a*\" && context.s like \"*b\" && !(context.s like \"a*b\")"), kNo);
  EXPECT_EQ(can("context.s like \"a*\" && context.s like \"*a\" && !(context.s like \"a*a\")"), kYes);
  EXPECT_EQ(can("context.s like \"a*\" && context.s like \"*a\" && !(context.s like \"a*a\") && context.s != "
                "\"a\""),
            kNo);
  EXPECT_EQ(can("context.s like \"*\\u{e9}*\" && !(context.s like \"*\\u{e9}\")"), kYes);
  EXPECT_EQ(can("!(context.s like \"*\")"), kNo);
  EXPECT_EQ(can("context.s like \"abcdefghijklmnop*qrstuvwxyz\" && context.s like \"*klm*\""), kYes);
}

TEST_F(SolverTest, KnowsSets) {
  EXPECT_EQ(can("context.s.contains(1) && !context.s.containsAny([1, 2])"), kNo);
  EXPECT_EQ(can("context.s.containsAll([1, 2]) && !context.s.contains(2)"), kNo);
  EXPECT_EQ(can("context.s.containsAny([1, 2]) && !context.s.contains(2)"), kYes);
  EXPECT_EQ(can("context.s.containsAny([1, 2]) && !context.s.contains(2) && !context.s.contains(1)"), kNo);
  EXPECT_EQ(can("[1, 2].containsAll(context.s) && context.s.contains(3)"), kNo);
  EXPECT_EQ(can("context.s == [1, 2] && context.s == [2, 1, 2]"), kYes);
  EXPECT_EQ(can("context.s == [1, 2] && context.s == [2, 3]"), kNo);
  EXPECT_EQ(
      can("context.a.containsAll(context.b) && context.b.containsAll(context.a) && context.a != context.b"),
      kNo);
  EXPECT_EQ(can("context.s.isEmpty() && context.s.containsAny(context.t)"), kNo);
  EXPECT_EQ(can("[context.x, 3].contains(context.y) && context.y != 3 && context.y != context.x"), kNo);
}

TEST_F(SolverTest, KnowsAddresses) {
  EXPECT_EQ(can("context.ip.isInRange(ip(\"10.0.0.0/8\")) && context.ip.isInRange(ip(\"192.168.0.0/16\"))"),
            kNo);
  EXPECT_EQ(can("context.ip.isInRange(ip(\"10.1.0.0/16\")) && !context.ip.isInRange(ip(\"10.0.0.0/8\"))"),
            kNo);
  EXPECT_EQ(can("context.ip.isInRange(ip(\"10.0.0.0/8\")) && !context.ip.isInRange(ip(\"10.1.0.0/16\"))"),
            kYes);
  EXPECT_EQ(can("context.ip.isLoopback() && context.ip.isIpv6() && context.ip != ip(\"::1\")"), kNo);
  EXPECT_EQ(can("context.ip.isMulticast() && context.ip.isLoopback()"), kNo);
  EXPECT_EQ(can("!context.ip.isIpv4() && !context.ip.isIpv6()"), kNo);
}

TEST_F(SolverTest, KnowsTimesAndDecimals) {
  EXPECT_EQ(can("context.t.toTime() >= duration(\"6h\") && context.t.toTime() < duration(\"20h\") && "
                "context.t > datetime(\"2030-01-01\")"),
            kYes);
  EXPECT_EQ(can("context.t.toTime() >= duration(\"24h\")"), kNo);
  EXPECT_EQ(can("context.t.toDate() == datetime(\"2024-01-01\") && context.t >= datetime(\"2024-01-02\")"),
            kNo);
  EXPECT_EQ(can("context.t.toDate() == datetime(\"2024-01-01T01:00:00Z\")"), kNo);
  EXPECT_EQ(can("context.d.lessThan(decimal(\"1.5\")) && context.d.greaterThan(decimal(\"1.4999\"))"), kNo);
  EXPECT_EQ(can("context.t.durationSince(context.u) > duration(\"1h\") && context.t <= context.u"), kNo);
}

TEST_F(SolverTest, TakesConditionalsApart) {
  EXPECT_EQ(can("(if context.a then 1 else 2) == 2 && context.a"), kNo);
  EXPECT_EQ(can("(context.n > 1) == context.flag && context.flag && context.n == 0"), kNo);
  EXPECT_EQ(can("if context has a then context.a else false"), kYes);
  EXPECT_EQ(can("{a: 1, b: context.x}.a == 2"), kNo);
  EXPECT_EQ(can("context.r == {a: 1} && context.r has b"), kNo);
  EXPECT_EQ(can("principal.hasTag(\"k\") && principal.getTag(context.key) == 1 && context.key == \"k\""),
            kYes);
  EXPECT_EQ(can("!principal.hasTag(\"k\") && principal.getTag(context.key) == 1 && context.key == \"k\""),
            kNo);
}

TEST_F(SolverTest, SaysUndecidedWhereItDoesNotKnow) {
  // Reading an address from a text that is not known lies outside of what is exact.
  EXPECT_EQ(can("ip(context.s).isLoopback() && context.s like \"*x*\""), Answer::kUndecided);
}

TEST_F(SolverTest, OperandsAreEvaluatedInTurn) {
  // What is skipped cannot fail; what is not can.
  EXPECT_EQ(ask({{"context has a && context.a == 1", kFails}}), kNo);
  EXPECT_EQ(ask({{"context.a == 1 && context has a", kFails}}), kYes);
  EXPECT_EQ(ask({{"if context has a then context.a == 1 else true", kFails}}), kNo);
  EXPECT_EQ(ask({{"principal in [User::\"a\", context.x]", kFails}, {"context has x", kFalse}}), kYes);
  EXPECT_EQ(ask({{"principal in [User::\"a\", User::\"b\"]", kFails}}), kNo);
  EXPECT_EQ(ask({{"context.s.contains(context.x)", kFails}, {"context has s && context has x", kTrue}}),
            kYes);
}

TEST_F(SolverTest, KeepsToTheSchema) {
  use_schema(R"(
    entity Group; entity User in [Group] = { level: Long, team?: String }; entity Doc = { owner: User };
    action "read", "write" in ["any"] appliesTo { principal: User, resource: Doc, context: { ip: ipaddr } };
    action "any";)");
  EXPECT_EQ(can("principal has level"), kYes);
  EXPECT_EQ(ask({{"principal.level > 3", kFails}}), kNo);
  EXPECT_EQ(ask({{"principal.team == \"a\"", kFails}}), kYes);
  EXPECT_EQ(can("action == Action::\"delete\""), kNo);
  EXPECT_EQ(ask({{"action in Action::\"any\"", kFalse}}), kNo);
  EXPECT_EQ(can("!(action in [Action::\"read\", Action::\"write\"])"), kNo);
  EXPECT_EQ(can("principal in Doc::\"x\""), kNo);
  EXPECT_EQ(can("resource.owner == principal && resource.owner.level != principal.level"), kNo);
  ASSERT_EQ(can("action == Action::\"write\" && resource.owner.level > 3 && principal in Group::\"g\""),
            kYes);
  json::object witness = to_json(*solution_.witness);
  EXPECT_EQ(witness.at("action").at("id").as_string(), "write");
  EXPECT_TRUE(witness.at("context").as_object().contains("ip"));
}

/// How a policy of a compiled set comes out, as the engine says it.
bool applies(const Policy& policy, const Witness& witness) {
  Policy permit = policy;
  permit.effect = Effect::kPermit;
  PolicySet set = PolicySet::compile(std::span(&permit, 1)).value();
  Scratch scratch;
  return set.explain(witness.request, witness.entities, scratch).allowed;
}

TEST(RandomPairs, WitnessesHoldAndRefusalsAreNeverRefuted) {
  testing_support::RandomPolicy random(1);
  struct Refused {
    ExprPtr a, b;
    bool b_applies;
  };
  std::vector<Refused> refused;
  std::vector<std::shared_ptr<const Witness>> witnesses;
  std::vector<ExprPtr> kept;
  Solver solver(worlds_of(nullptr, nullptr));
  int undecided = 0, asked = 0;
  for (int i = 0; i < 80; ++i) {
    std::vector<Policy> pair = parse_policies(random.pair(), "random").value();
    const Policy &a = pair[0], &b = pair[1];
    kept.push_back(whole_expression(a));
    kept.push_back(whole_expression(b));
    for (bool b_applies : {true, false}) {
      std::vector<Goal> goals = {{kept[kept.size() - 2].get(), kTrue},
                                 {kept.back().get(), b_applies ? kTrue : kNotTrue}};
      Solution solution = solver.solve(goals);
      ++asked;
      undecided += solution.answer == Answer::kUndecided;
      if (solution.answer == Answer::kNone)
        refused.push_back({kept[kept.size() - 2], kept.back(), b_applies});
      if (solution.answer != Answer::kFound) continue;
      EXPECT_TRUE(applies(a, *solution.witness));
      EXPECT_EQ(applies(b, *solution.witness), b_applies);
      witnesses.push_back(std::move(solution.witness));
    }
  }
  EXPECT_GT(witnesses.size(), 60U);
  EXPECT_GT(refused.size(), 15U);
  EXPECT_LT(undecided * 20, asked);
  for (const Refused& pair : refused) {
    for (const auto& witness : witnesses) {
      bool a = solver.evaluate(*witness, *pair.a) == kTrue, b = solver.evaluate(*witness, *pair.b) == kTrue;
      EXPECT_FALSE(a && b == pair.b_applies);
    }
  }
}

}  // namespace
}  // namespace bailiwick::cedar::analysis
