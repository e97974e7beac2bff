#include "cli/soak/figures.h"

namespace bailiwick::cli {

void Tally::add(const SoakOutcome& outcome) {
  ++asked;
  retries += static_cast<std::uint64_t>(outcome.retries);
  if (outcome.good()) ++good;
  if (outcome.good() || outcome.error == "timeout") latency.record(outcome.latency);
  if (outcome.status != 0) ++statuses[outcome.status];
  if (!outcome.error.empty()) ++errors[std::string(outcome.error)];
}

void Tally::merge(const Tally& other) {
  asked += other.asked;
  good += other.good;
  retries += other.retries;
  latency.merge(other.latency);
  for (const auto& [status, count] : other.statuses) statuses[status] += count;
  for (const auto& [error, count] : other.errors) errors[error] += count;
}

double Tally::error_rate() const {
  return asked == 0 ? 0 : static_cast<double>(asked - good) / static_cast<double>(asked);
}

SoakFigures::SoakFigures(const Scenario& scenario)
    : scenario_(scenario),
      tallies_(scenario.phases.size(), std::vector<Tally>(scenario.tenants.size())),
      begun_(scenario.phases.size()) {
  for (std::size_t i = 0; i < scenario.phases.size(); ++i) {
    if (scenario.phases[i].kind == PhaseKind::kRecovery) recovery_.try_emplace(i);
  }
}

void SoakFigures::record(const SoakOutcome& outcome) {
  tallies_[outcome.phase][outcome.tenant].add(outcome);
  auto found = recovery_.find(outcome.phase);
  if (found == recovery_.end()) return;
  auto second = static_cast<std::size_t>(std::chrono::floor<std::chrono::seconds>(outcome.due).count());
  if (second >= found->second.size()) found->second.resize(second + 1);
  if (outcome.good())
    found->second[second].answered.record(outcome.latency);
  else
    ++found->second[second].failed;
}

Tally SoakFigures::of_phase(std::size_t phase) const {
  Tally sum;
  for (const Tally& tally : tallies_[phase]) sum.merge(tally);
  return sum;
}

Tally SoakFigures::of_tenant(std::size_t tenant) const {
  Tally sum;
  for (const std::vector<Tally>& phase : tallies_) sum.merge(phase[tenant]);
  return sum;
}

std::optional<double> SoakFigures::jain(std::size_t phase) const {
  std::vector<double> shares;
  for (const Tally& tally : tallies_[phase]) {
    if (tally.asked > 0) shares.push_back(1 - tally.error_rate());
  }
  return jain_index(shares);
}

std::optional<std::uint64_t> SoakFigures::recovery() const {
  if (recovery_.empty()) return std::nullopt;
  const auto& [phase, seconds] = *recovery_.rbegin();
  for (std::size_t before = phase; before-- > 0;) {
    if (scenario_.phases[before].kind != PhaseKind::kSteady) continue;
    auto p95 = of_phase(before).latency.quantile(0.95);
    return p95 ? seconds_to_recover(seconds, *p95) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace bailiwick::cli
