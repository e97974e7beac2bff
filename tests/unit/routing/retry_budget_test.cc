// Retries are a share of the calls, plus what is saved up.
#include "routing/retry_budget.h"

#include <gtest/gtest.h>

namespace bailiwick::routing {
namespace {

TEST(RetryBudget, BeginsFullAndEarnsItsShare) {
  RetryBudget budget;
  for (int i = 0; i < RetryBudget::kMost; ++i) EXPECT_TRUE(budget.spend());
  EXPECT_FALSE(budget.spend());
  for (int i = 0; i < 9; ++i) budget.earn(0.1);
  EXPECT_FALSE(budget.spend());
  budget.earn(0.1);
  EXPECT_TRUE(budget.spend());
  EXPECT_FALSE(budget.spend());
}

TEST(RetryBudget, SavesNoMoreThanItsMost) {
  RetryBudget budget;
  for (int i = 0; i < 1000; ++i) budget.earn(1);
  int spent = 0;
  while (budget.spend()) ++spent;
  EXPECT_EQ(spent, RetryBudget::kMost);
}

TEST(RetryBudget, AShareOfNothingEarnsNothing) {
  RetryBudget budget;
  while (budget.spend()) {
  }
  for (int i = 0; i < 1000; ++i) budget.earn(0);
  EXPECT_FALSE(budget.spend());
}

}  // namespace
}  // namespace bailiwick::routing
