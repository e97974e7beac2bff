// The report holds what was measured to what was expected, and does not pass what it could not measure.
#include "cli/soak/report.h"

#include <gtest/gtest.h>

namespace bailiwick::cli {
namespace {

using std::chrono::milliseconds;

class Report : public testing::Test {
 protected:
  Report() {
    scenario_ = parse_scenario(R"({"name": "n", "tenants": [{"tenant": "a"}, {"tenant": "b"}],
        "phases": [{"kind": "steady", "duration": "20s", "rate": 1}, {"kind": "overload", "duration": "5s", "rate": 9},
                   {"kind": "recovery", "duration": "5s", "rate": 1, "expect": {"error_rate": 1}}]})",
                               "s.json")
                    .value();
    run_.seconds = 30;
  }
  json::object report() {
    SoakFigures figures(scenario_);
    for (std::size_t phase : {0u, 1u, 2u}) {
      figures.begin_phase(phase, phase == 0 ? 0 : 15 + 5 * double(phase));
      for (int i = 0; i < 100; ++i) {
        figures.record({.phase = phase,
                        .tenant = static_cast<std::size_t>(i % 2),
                        .latency = milliseconds(10),
                        .status = i < 90 || phase == 0 ? 200 : 429});
      }
    }
    return soak_report(scenario_, figures, run_, {.url = "http://x"});
  }
  Scenario scenario_;
  SoakRun run_;
};

TEST_F(Report, HasFiguresOfEachPhaseAndTenant) {
  json::object whole = report();
  EXPECT_EQ(whole.at("phases").as_array().size(), 3u);
  const json::value& overload = whole.at("phases").at(1);
  EXPECT_EQ(overload.at("phase"), json::value("overload"));
  EXPECT_EQ(overload.at("asked").to_number<int>(), 100);
  EXPECT_DOUBLE_EQ(overload.at("error_rate").as_double(), 0.1);
  EXPECT_EQ(overload.at("statuses").at("429").to_number<int>(), 10);
  EXPECT_DOUBLE_EQ(overload.at("p99_ms").as_double(), 10);
  EXPECT_EQ(overload.at("tenants").at(1).at("tenant"), json::value("b"));
  EXPECT_EQ(whole.at("tenants").at(0).at("asked").to_number<int>(), 150);
  EXPECT_EQ(whole.at("passed"), json::value(true));
  ASSERT_EQ(whole.at("bounds").as_array().size(), 1u) << "that of the recovery phase";
  EXPECT_EQ(whole.at("bounds").at(0).at("phase"), json::value("recovery"));
}

// The scenario's bounds are for every phase but overload and those that have their own.
TEST_F(Report, BoundsAreHeld) {
  scenario_.expect.phases = {.p99_ms = 9.0, .error_rate = 0.0};
  json::object whole = report();
  EXPECT_EQ(whole.at("passed"), json::value(false));
  const json::array& bounds = whole.at("bounds").as_array();
  ASSERT_EQ(bounds.size(), 3u);
  EXPECT_EQ(bounds[0].at("met"), json::value(false));  // p99 of steady
  EXPECT_EQ(bounds[1].at("met"), json::value(true));   // errors of steady
  EXPECT_EQ(bounds[2].at("phase"), json::value("recovery"));
  EXPECT_EQ(bounds[2].at("met"), json::value(true));
}

TEST_F(Report, WhatWasNotMeasuredIsMissed) {
  scenario_.expect.rss_slope_kib_per_min = 1e9;
  json::object whole = report();
  EXPECT_EQ(whole.at("passed"), json::value(false));
  EXPECT_TRUE(whole.at("bounds").at(1).at("got").is_null());
}

// Caches fill in the first fifth of the steady phase, and an overload takes memory for a while: neither is a
// leak.
TEST_F(Report, GrowthIsThatOfTheSteadyPhase) {
  for (int second = 1; second <= 30; ++second) {
    double kib = second < 4 ? 100.0 * second : second <= 20 ? 1000.0 + second : 1e6;
    run_.memory.push_back({double(second), kib, kib / 2});
  }
  run_.memory.push_back({60.0, 7, std::nullopt});
  run_.before = ServerUsage{.resident_kib = 100, .cpu_seconds = 1};
  run_.after = ServerUsage{.resident_kib = 100, .cpu_seconds = 1.3};
  json::object whole = report();
  EXPECT_NEAR(whole.at("server").at("rss_slope_kib_per_min").as_double(), 60, 1e-6);
  const json::array& minutes = whole.at("server").at("memory_by_minute").as_array();
  ASSERT_EQ(minutes.size(), 2u);
  EXPECT_EQ(minutes[0].at("rss_kib"), json::value(1016.0));
  EXPECT_EQ(minutes[0].at("anonymous_kib"), json::value(508.0));
  EXPECT_EQ(minutes[1].at("minute"), json::value(1));
  EXPECT_TRUE(minutes[1].at("anonymous_kib").is_null());
  EXPECT_NEAR(whole.at("measured").at("cpu_us").as_double(), 1000, 1e-3);
  EXPECT_FALSE(whole.at("measured").as_object().contains("bytes_per_record"));
}

}  // namespace
}  // namespace bailiwick::cli
