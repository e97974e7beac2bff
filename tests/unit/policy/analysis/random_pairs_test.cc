// Random pairs of policies: every witness is put to the engine that decides, and where the solver says that
// there is no request, none of the requests that were found for other pairs is one.
#include <gtest/gtest.h>

#include "policy/analysis/solver.h"
#include "policy/cedar/parser.h"
#include "policy/cedar/policy_set.h"
#include "support/random_policy.h"

namespace bailiwick::cedar::analysis {
namespace {

Policy random_policy(testing_support::RandomPolicy& random, std::string id) {
  std::string text = random.policy();
  auto parsed = parse_policies(text, "random");
  EXPECT_TRUE(parsed.has_value()) << text;
  parsed->front().id = std::move(id);
  return std::move(parsed->front());
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
  for (int i = 0; i < 150; ++i) {
    Policy a = random_policy(random, "a"), b = random_policy(random, "b");
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
  EXPECT_GT(witnesses.size(), 100U);
  EXPECT_GT(refused.size(), 20U);
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
