// The report of a soak: one JSON value with every figure, and which of the scenario's bounds hold.
#pragma once

#include "base/json.h"
#include "cli/soak/load_generator.h"

namespace bailiwick::cli {

/// What is known of the server besides its answers.
struct SoakSurroundings {
  std::string url;
  std::optional<std::uint64_t> written_bytes;  ///< by the server, meanwhile
};

/// Growth of the server's memory in the longest steady phase, its first fifth left out: there caches fill.
/// Without a steady phase, in the whole run. Nothing while too few samples were taken.
std::optional<double> memory_slope(const Scenario& scenario, const SoakFigures& figures, const SoakRun& run);

/// `{"scenario", "phases": [{…, "tenants": […]}], "recovery_s", "server", "measured", "bounds": […],
/// "passed"}`. What could not be measured is null, and a bound on it is missed.
json::object soak_report(const Scenario& scenario, const SoakFigures& figures, const SoakRun& run,
                         const SoakSurroundings& around);

}  // namespace bailiwick::cli
