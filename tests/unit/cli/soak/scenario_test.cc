// Scenarios are read whole or refused with the place of every fault; a token never stands in one.
#include "cli/soak/scenario.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace bailiwick::cli {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

std::string faults(std::string_view text) {
  auto scenario = parse_scenario(text, "s.json");
  return scenario ? "" : to_string(scenario.error().problems);
}

std::string with_phases(std::string_view phases) {
  return R"({"name": "n", "tenants": [{"tenant": "a"}], "phases": [)" + std::string(phases) + "]}";
}

TEST(Scenario, TheExamplesCanBePlayed) {
  int read = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(BAILIWICK_SOURCE_DIR "/tools/traffic_scenarios")) {
    auto scenario = parse_scenario(read_file(entry.path(), 1 << 20).value(), entry.path().string());
    ASSERT_TRUE(scenario) << to_string(scenario.error().problems);
    EXPECT_EQ(scenario->name, entry.path().stem());
    ++read;
  }
  EXPECT_GE(read, 4);
}

TEST(Scenario, WhatIsNotSaidHasDefaults) {
  auto scenario = parse_scenario(with_phases(R"({"kind": "steady", "duration": "10s", "rate": 5},
                                                {"kind": "steady", "duration": "5s", "rate": 1.5})"),
                                 "s.json");
  ASSERT_TRUE(scenario) << scenario.error().message;
  EXPECT_EQ(scenario->phases[0].name, "steady");
  EXPECT_EQ(scenario->phases[1].name, "steady-2");
  EXPECT_EQ(scenario->requests.size(), 1u);
  EXPECT_EQ(scenario->requests[0].model, "auto");
  EXPECT_EQ(scenario->duration(), milliseconds(15'000));
}

TEST(Scenario, EveryFaultIsNamedWithItsPlace) {
  std::string said = faults(R"({"name": "n", "speed": 3,
 "tenants": [{"tenant": "Not A Slug"}, {"tenant": "b", "wait": 1}],
 "phases": [{"kind": "steddy", "duration": "1s", "rate": 1},
            {"kind": "steady", "duration": "1s", "rate": 0}]})");
  EXPECT_THAT(said, HasSubstr("s.json:1:15: speed"));
  EXPECT_THAT(said, HasSubstr("s.json:2:25: "));
  EXPECT_THAT(said, HasSubstr("wait"));
  EXPECT_THAT(said, HasSubstr("s.json:3:22: phases/0/kind: expected one of steady"));
  EXPECT_THAT(said, HasSubstr("s.json:4:58: phases/1/rate"));
}

TEST(Scenario, ATokenIsNamedAndNeverWritten) {
  std::string said = faults(R"({"name": "n", "tenants": [{"tenant": "a", "token": "bw_abcdef"}],
                               "phases": [{"kind": "steady", "duration": "1s", "rate": 1}]})");
  EXPECT_THAT(said, HasSubstr("env:NAME or file:/absolute/path"));
  EXPECT_THAT(said, ::testing::Not(HasSubstr("bw_abcdef")));
}

TEST(Scenario, PeaksBelongToBursts) {
  EXPECT_THAT(faults(with_phases(R"({"kind": "burst", "duration": "1s", "rate": 1})")),
              HasSubstr("burst_rate"));
  EXPECT_THAT(faults(with_phases(R"({"kind": "steady", "duration": "1s", "rate": 1, "burst_rate": 2})")),
              HasSubstr("only a phase of kind burst"));
  EXPECT_THAT(faults(with_phases(R"({"kind": "burst", "duration": "1s", "rate": 1, "burst_rate": 2,
                                     "burst_every": "1s", "burst_length": "2s"})")),
              HasSubstr("at most burst_every"));
}

TEST(Scenario, ARecoveryNeedsWhatItIsHeldAgainst) {
  EXPECT_THAT(faults(with_phases(R"({"kind": "recovery", "duration": "1s", "rate": 1})")),
              HasSubstr("after an overload"));
  EXPECT_EQ(faults(with_phases(R"({"kind": "steady", "duration": "1s", "rate": 1},
                                  {"kind": "overload", "duration": "1s", "rate": 9},
                                  {"kind": "recovery", "duration": "1s", "rate": 1})")),
            "");
  EXPECT_THAT(faults(R"({"name": "n", "tenants": [{"tenant": "a"}], "expect": {"recovery_s": 3},
                         "phases": [{"kind": "steady", "duration": "1s", "rate": 1}]})"),
              HasSubstr("no phase is of kind recovery"));
}

TEST(Scenario, NamesAreThereOnce) {
  EXPECT_THAT(faults(with_phases(R"({"name": "x", "kind": "steady", "duration": "1s", "rate": 1},
                                    {"name": "x", "kind": "steady", "duration": "1s", "rate": 1})")),
              HasSubstr("'x' is here twice"));
  EXPECT_THAT(faults(R"({"name": "n", "tenants": [{"tenant": "a"}, {"tenant": "a"}],
                         "phases": [{"kind": "steady", "duration": "1s", "rate": 1}]})"),
              HasSubstr("'a' is here twice"));
}

TEST(Scenario, NoneTakesMoreThanADay) {
  EXPECT_THAT(faults(with_phases(R"({"kind": "steady", "duration": "25h", "rate": 1})")),
              HasSubstr("more than 24h"));
}

TEST(Scenario, StretchesInProportion) {
  auto scenario = parse_scenario(with_phases(R"({"kind": "steady", "duration": "30s", "rate": 1},
                                                {"kind": "steady", "duration": "10s", "rate": 1},
                                                {"kind": "steady", "duration": "10ms", "rate": 1})"),
                                 "s.json")
                      .value();
  scenario.stretch_to(std::chrono::seconds(80));
  EXPECT_NEAR(static_cast<double>(scenario.phases[0].duration.count()), 60'000, 50);
  EXPECT_NEAR(static_cast<double>(scenario.phases[1].duration.count()), 20'000, 50);
  EXPECT_EQ(scenario.phases[2].duration, milliseconds(1000));
}

}  // namespace
}  // namespace bailiwick::cli
