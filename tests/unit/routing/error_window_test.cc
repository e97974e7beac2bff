// The window counts the calls of its last half minute, and nothing older.
#include "routing/error_window.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace bailiwick::routing {
namespace {

using namespace std::chrono_literals;
const MonoTime kStart{std::chrono::hours(1)};

CallOutcome outcome(bool failed) {
  return failed ? CallOutcome::kFailed : CallOutcome::kGood;
}

TEST(ErrorWindow, CountsCallsAndFailures) {
  ErrorWindow window;
  for (int i = 0; i < 8; ++i) window.add(outcome(i % 4 == 0), kStart + i * 1s);
  auto counts = window.counts(kStart + 8s);
  EXPECT_EQ(counts.calls, 8);
  EXPECT_EQ(counts.failed, 2);
  EXPECT_DOUBLE_EQ(counts.share(), 0.25);
}

TEST(ErrorWindow, ForgetsWhatIsOlderThanItsBuckets) {
  ErrorWindow window;
  window.add(CallOutcome::kFailed, kStart);
  EXPECT_EQ(window.counts(kStart + 29s).failed, 1);
  EXPECT_EQ(window.counts(kStart + 30s).calls, 0);
  window.add(CallOutcome::kGood, kStart + 30s);  // in the bucket that the first was in
  EXPECT_EQ(window.counts(kStart + 30s).calls, 1);
  EXPECT_EQ(window.counts(kStart + 30s).failed, 0);
}

TEST(ErrorWindow, HasNothingAtTheBeginningOfTime) {
  ErrorWindow window;
  EXPECT_EQ(window.counts(MonoTime()).calls, 0);
  window.add(CallOutcome::kFailed, MonoTime());
  EXPECT_EQ(window.counts(MonoTime()).failed, 1);
}

TEST(ErrorWindow, AFullBucketStaysFull) {
  ErrorWindow window;
  for (int i = 0; i < 70'000; ++i) window.add(CallOutcome::kFailed, kStart);
  EXPECT_EQ(window.counts(kStart).calls, 65'535);
  EXPECT_EQ(window.counts(kStart).failed, 65'535);
}

TEST(ErrorWindow, LosesNothingBetweenThreads) {
  ErrorWindow window;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&window, t] {
      for (int i = 0; i < 5'000; ++i) window.add(outcome(t == 0), kStart + (i % 3) * 5s);
    });
  threads.clear();
  auto counts = window.counts(kStart + 10s);
  EXPECT_LE(counts.calls, 20'000) << "a bucket's time may be begun anew, so a late thread's calls may go";
  EXPECT_GT(counts.calls, 0);
  EXPECT_LE(counts.failed, 5'000);
}

}  // namespace
}  // namespace bailiwick::routing
