// What is counted where: refusals are errors but no latencies, and each tenant has figures of its own.
#include "cli/soak/figures.h"

#include <gtest/gtest.h>

namespace bailiwick::cli {
namespace {

using std::chrono::milliseconds;

class Figures : public testing::Test {
 protected:
  Figures() {
    scenario_.tenants.resize(2);
    scenario_.phases = {{.kind = PhaseKind::kSteady, .duration = milliseconds(1000)},
                        {.kind = PhaseKind::kOverload, .duration = milliseconds(1000)},
                        {.kind = PhaseKind::kRecovery, .duration = milliseconds(3000)}};
    figures_.emplace(scenario_);
  }
  void answer(std::size_t phase, std::size_t tenant, int status, int ms, std::string_view error = "",
              milliseconds due = milliseconds(0)) {
    figures_->record({.phase = phase,
                      .tenant = tenant,
                      .due = due,
                      .latency = milliseconds(ms),
                      .status = status,
                      .error = error});
  }
  Scenario scenario_;
  std::optional<SoakFigures> figures_;
};

TEST_F(Figures, RefusalsAreErrorsAndNoLatencies) {
  answer(0, 0, 200, 10);
  answer(0, 0, 429, 1);
  answer(0, 0, 0, 3000, "timeout");
  answer(0, 0, 200, 20, "cut");
  Tally tally = figures_->of_phase(0);
  EXPECT_EQ(tally.asked, 4u);
  EXPECT_EQ(tally.good, 1u);
  EXPECT_DOUBLE_EQ(tally.error_rate(), 0.75);
  EXPECT_EQ(tally.latency.count(), 2u);
  EXPECT_EQ(tally.latency.max(), milliseconds(3000));
  EXPECT_EQ(tally.statuses, (std::map<int, std::uint64_t>{{200, 2}, {429, 1}}));
  EXPECT_EQ(tally.errors.at("cut"), 1u);
}

TEST_F(Figures, TenantsAreApartAndTogether) {
  for (int i = 0; i < 4; ++i) answer(0, 0, 200, 10);
  answer(0, 1, 200, 10);
  answer(0, 1, 429, 1);
  answer(1, 1, 200, 10);
  EXPECT_EQ(figures_->tally(0, 1).good, 1u);
  EXPECT_EQ(figures_->of_tenant(1).good, 2u);
  EXPECT_EQ(figures_->of_phase(0).asked, 6u);
  EXPECT_NEAR(figures_->jain(0).value(), 0.9, 1e-9);  // (1 + 0.5)² / (2 × (1 + 0.25))
  EXPECT_EQ(figures_->jain(2), std::nullopt);
}

TEST_F(Figures, RecoveryIsHeldAgainstTheSteadyPhase) {
  for (int i = 0; i < 20; ++i) answer(0, 0, 200, 10);
  EXPECT_EQ(figures_->recovery(), std::nullopt);
  answer(2, 0, 200, 50, "", milliseconds(100));
  answer(2, 0, 429, 1, "", milliseconds(1100));
  answer(2, 0, 200, 12, "", milliseconds(2100));
  EXPECT_EQ(figures_->recovery(), 3u);
}

}  // namespace
}  // namespace bailiwick::cli
