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

TEST(Habits, WhatIsNotReportedIsBookedOnTheHighSideOfWhatWas) {
  Habits habits;
  EXPECT_EQ(habits.likely_output(300), 100) << "three bytes a token, until one is known";
  EXPECT_EQ(habits.likely_input(300), 300);
  habits.learn_stream(512, 128);
  habits.learn(512, 384, 100);
  EXPECT_EQ(habits.likely_output(512), 128);
  EXPECT_EQ(habits.likely_input(512), 384);
  habits.learn_stream(512, 256);
  EXPECT_EQ(habits.likely_output(512), 256) << "rises at once";
  for (int i = 0; i < 10; ++i) habits.learn_stream(512, 128);
  EXPECT_GT(habits.likely_output(512), 250) << "and falls slowly";
  habits.learn_stream(10, 5'000);
  habits.learn_stream(0, 100);
  habits.learn_stream(100, 0);
  EXPECT_GT(habits.likely_output(512), 250);
}

}  // namespace
}  // namespace bailiwick::metering
