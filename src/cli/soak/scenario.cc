#include "cli/soak/scenario.h"

#include <numeric>
#include <set>

#include <fmt/format.h>

namespace bailiwick::cli {
namespace {

using std::chrono::milliseconds;

/// Rules across phases and tenants, each reported at the item that breaks it.
class ScenarioChecks {
 public:
  ScenarioChecks(BindContext& context, const Node& tree) : context_(context), tree_(tree) {}

  void tenants(const Scenario& scenario) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < scenario.tenants.size(); ++i) {
      const std::string& id = scenario.tenants[i].tenant.str();
      if (!seen.insert(id).second) {
        report("tenants", i, fmt::format("tenant: '{}' is here twice; give its weight once", id));
      }
    }
  }

  /// Names phases that have no name after their kind: `burst`, `burst-2`.
  void phases(Scenario& scenario) {
    std::set<std::string> seen;
    bool steady = false, overload = false;
    for (std::size_t i = 0; i < scenario.phases.size(); ++i) {
      SoakPhase& phase = scenario.phases[i];
      if (phase.name.empty()) phase.name = free_name(name_of(phase.kind), seen);
      if (!seen.insert(phase.name).second)
        report("phases", i, fmt::format("name: '{}' is here twice; give each its own", phase.name));
      if (phase.kind == PhaseKind::kRecovery && !(steady && overload)) {
        report("phases", i,
               "kind: a recovery is held against a steady phase, after an overload; put both before it");
      }
      steady = steady || phase.kind == PhaseKind::kSteady;
      overload = overload || phase.kind == PhaseKind::kOverload;
    }
  }

  void bounds(const Scenario& scenario) {
    bool recovers = std::ranges::any_of(
        scenario.phases, [](const SoakPhase& phase) { return phase.kind == PhaseKind::kRecovery; });
    if (scenario.expect.recovery_s && !recovers)
      context_.problem(*tree_.find("expect"),
                       "recovery_s: no phase is of kind recovery; add one, or remove it");
    if (scenario.duration() > kLongestSoak)
      context_.problem(*tree_.find("phases"), "the phases take more than 24h together; shorten them");
  }

 private:
  static std::string free_name(std::string_view kind, const std::set<std::string>& seen) {
    std::string name(kind);
    for (int number = 2; seen.contains(name); ++number) name = fmt::format("{}-{}", kind, number);
    return name;
  }
  void report(std::string_view list, std::size_t index, std::string message) {
    context_.problem(tree_.find(list)->items[index], std::move(message));
  }

  BindContext& context_;
  const Node& tree_;
};

}  // namespace

milliseconds Scenario::duration() const {
  return std::accumulate(phases.begin(), phases.end(), milliseconds(0),
                         [](milliseconds sum, const SoakPhase& phase) { return sum + phase.duration; });
}

void Scenario::stretch_to(milliseconds total) {
  double factor = static_cast<double>(total.count()) / static_cast<double>(duration().count());
  for (SoakPhase& phase : phases) {
    phase.duration = std::max(
        milliseconds(1000),
        milliseconds(static_cast<std::int64_t>(static_cast<double>(phase.duration.count()) * factor)));
  }
}

Result<Scenario> parse_scenario(std::string_view text, std::string_view file) {
  TRY(Node tree, parse_yaml(text, file));
  BindContext context{std::string(file)};
  Scenario scenario;
  if (Binding<Scenario>::read(context, tree, scenario, Rule{})) {
    ScenarioChecks checks(context, tree);
    checks.tenants(scenario);
    checks.phases(scenario);
    checks.bounds(scenario);
  }
  if (context.problems().empty()) return scenario;
  Error error(ErrorCode::kInvalid, "scenario.invalid",
              fmt::format("{} is no scenario that can be played; mend what is named", file));
  error.problems = context.take();
  return std::unexpected(std::move(error));
}

}  // namespace bailiwick::cli
