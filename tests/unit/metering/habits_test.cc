// Habits: estimates rise at once, fall slowly, and settle on what calls are like.
#include "metering/habits.h"

#include <gtest/gtest.h>

namespace bailiwick::metering {
namespace {

TEST(Habits, RiseAtOnceAndFallSlowly) {
  Habits habits;
  EXPECT_EQ(habits.output(), 0);
  habits.learn(100, 100, 1600);
  EXPECT_EQ(habits.output(), 1600);
  habits.learn(100, 100, 0);
  EXPECT_EQ(habits.output(), 1500);
  for (int i = 0; i < 500; ++i) habits.learn(100, 100, 20);
  EXPECT_EQ(habits.output(), 20);
}

TEST(Habits, InputBeyondTheEstimateIsRemembered) {
  Habits habits;
  habits.learn(100, 90, 1);
  EXPECT_EQ(habits.unforeseen_input(), 0);
  habits.learn(100, 1100, 1);
  EXPECT_EQ(habits.unforeseen_input(), 1000);
}

}  // namespace
}  // namespace bailiwick::metering
