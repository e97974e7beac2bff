// Fairness, growth and recovery on figures whose answer is known.
#include "cli/soak/statistics.h"

#include <gtest/gtest.h>

namespace bailiwick::cli {
namespace {

using std::chrono::milliseconds;

TEST(JainIndex, IsOneForEqualsAndItsInverseCountForOne) {
  EXPECT_DOUBLE_EQ(jain_index(std::vector<double>{0.4, 0.4, 0.4}).value(), 1);
  EXPECT_DOUBLE_EQ(jain_index(std::vector<double>{1, 0, 0, 0}).value(), 0.25);
  EXPECT_EQ(jain_index(std::vector<double>{}), std::nullopt);
  EXPECT_EQ(jain_index(std::vector<double>{0, 0}), std::nullopt);
}

TEST(SlopePerMinute, IsThatOfALine) {
  std::vector<MemorySample> samples;
  for (int second = 5; second < 100; ++second) samples.push_back({double(second), 1000.0 + 2 * second});
  EXPECT_NEAR(slope_per_minute(samples).value(), 120, 1e-6);
}

TEST(SlopePerMinute, DoesNotGuess) {
  EXPECT_EQ(slope_per_minute(std::vector<MemorySample>{{1, 5}, {2, 6}}), std::nullopt);
  EXPECT_EQ(slope_per_minute(std::vector<MemorySample>{{1, 5}, {1, 6}, {1, 7}}), std::nullopt);
}

RecoverySecond second_of(int answers, milliseconds latency, std::uint64_t failed = 0) {
  RecoverySecond second;
  for (int i = 0; i < answers; ++i) second.answered.record(latency);
  second.failed = failed;
  return second;
}

TEST(SecondsToRecover, IsTheFirstThatIsQuickAgain) {
  std::vector<RecoverySecond> seconds{second_of(10, milliseconds(90)), second_of(10, milliseconds(16)),
                                      second_of(10, milliseconds(14)), second_of(10, milliseconds(10))};
  EXPECT_EQ(seconds_to_recover(seconds, milliseconds(10)), 3u);
  EXPECT_EQ(seconds_to_recover(seconds, milliseconds(5)), std::nullopt);
}

// Quick answers to few, and none to the rest, are no recovery; a second without requests shows nothing.
TEST(SecondsToRecover, CountsFailuresAsSlow) {
  std::vector<RecoverySecond> seconds{second_of(0, milliseconds(1)), second_of(90, milliseconds(1), 10),
                                      second_of(96, milliseconds(1), 4)};
  EXPECT_EQ(seconds_to_recover(seconds, milliseconds(10)), 3u);
}

}  // namespace
}  // namespace bailiwick::cli
