#include "cli/soak/report.h"

#include <cmath>

namespace bailiwick::cli {
namespace {

/// With three decimals; null when there is none.
json::value rounded(std::optional<double> number) {
  if (!number) return nullptr;
  return std::round(*number * 1000) / 1000;
}

json::value milliseconds_of(std::optional<LatencyHistogram::Duration> duration) {
  if (!duration) return nullptr;
  return static_cast<double>(duration->count()) / 1000;
}

/// One row of figures: of a phase, a tenant, or a tenant in a phase.
json::object tally_row(const Tally& tally) {
  json::object statuses, errors;
  for (const auto& [status, count] : tally.statuses) statuses[std::to_string(status)] = count;
  for (const auto& [error, count] : tally.errors) errors[error] = count;
  const LatencyHistogram& latency = tally.latency;
  std::optional<LatencyHistogram::Duration> max;
  if (latency.count() > 0) max = latency.max();
  return {{"asked", tally.asked},
          {"good", tally.good},
          {"error_rate", rounded(tally.error_rate())},
          {"p50_ms", milliseconds_of(latency.quantile(0.5))},
          {"p95_ms", milliseconds_of(latency.quantile(0.95))},
          {"p99_ms", milliseconds_of(latency.quantile(0.99))},
          {"p999_ms", milliseconds_of(latency.quantile(0.999))},
          {"max_ms", milliseconds_of(max)},
          {"retries", tally.retries},
          {"statuses", std::move(statuses)},
          {"errors", std::move(errors)}};
}

json::array phase_rows(const Scenario& scenario, const SoakFigures& figures) {
  json::array rows;
  for (std::size_t i = 0; i < scenario.phases.size(); ++i) {
    if (!figures.begun(i)) continue;
    const SoakPhase& phase = scenario.phases[i];
    json::object row{{"phase", json::string(phase.name)},
                     {"kind", json::string(name_of(phase.kind))},
                     {"seconds", std::chrono::duration<double>(phase.duration).count()}};
    for (auto& member : tally_row(figures.of_phase(i))) row.insert(member);
    row["jain"] = rounded(figures.jain(i));
    json::array tenants;
    for (std::size_t t = 0; t < scenario.tenants.size(); ++t) {
      json::object tenant{{"tenant", json::string(scenario.tenants[t].tenant.str())}};
      for (auto& member : tally_row(figures.tally(i, t))) tenant.insert(member);
      tenants.push_back(std::move(tenant));
    }
    row["tenants"] = std::move(tenants);
    rows.push_back(std::move(row));
  }
  return rows;
}

json::array tenant_rows(const Scenario& scenario, const SoakFigures& figures) {
  json::array rows;
  for (std::size_t t = 0; t < scenario.tenants.size(); ++t) {
    json::object row{{"tenant", json::string(scenario.tenants[t].tenant.str())}};
    for (auto& member : tally_row(figures.of_tenant(t))) row.insert(member);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::uint64_t all_asked(const SoakFigures& figures, const Scenario& scenario) {
  std::uint64_t asked = 0;
  for (std::size_t i = 0; i < scenario.phases.size(); ++i) asked += figures.of_phase(i).asked;
  return asked;
}

std::optional<double> cpu_us_per_request(const SoakRun& run, std::uint64_t asked) {
  if (!run.before || !run.after || asked == 0) return std::nullopt;
  return (run.after->cpu_seconds - run.before->cpu_seconds) * 1e6 / static_cast<double>(asked);
}

/// Medians of each minute.
json::array memory_by_minute(std::span<const MemorySample> samples) {
  json::array minutes;
  for (std::size_t begin = 0; begin < samples.size();) {
    const auto minute = static_cast<std::int64_t>(samples[begin].seconds / 60);
    std::vector<double> resident, anonymous;
    std::size_t at = begin;
    for (; at < samples.size() && static_cast<std::int64_t>(samples[at].seconds / 60) == minute; ++at) {
      resident.push_back(samples[at].kib);
      if (samples[at].anonymous_kib) anonymous.push_back(*samples[at].anonymous_kib);
    }
    begin = at;
    minutes.push_back(json::object{{"minute", minute},
                                   {"rss_kib", rounded(median(std::move(resident)))},
                                   {"anonymous_kib", rounded(median(std::move(anonymous)))}});
  }
  return minutes;
}

json::object server_figures(const SoakRun& run, std::optional<double> slope) {
  std::optional<double> first, last, peak;
  if (run.before) first = run.before->resident_kib;
  for (const MemorySample& sample : run.memory) {
    last = sample.kib;
    peak = std::max(peak.value_or(0), sample.kib);
  }
  return {{"rss_first_kib", rounded(first)},         {"rss_last_kib", rounded(last)},
          {"rss_peak_kib", rounded(peak)},           {"rss_samples", run.memory.size()},
          {"rss_slope_kib_per_min", rounded(slope)}, {"memory_by_minute", memory_by_minute(run.memory)}};
}

/// What `bailiwick capacity` reads; only what was measured.
json::object measured_figures(const SoakRun& run, std::uint64_t asked, const SoakSurroundings& around) {
  json::object measured;
  if (auto cpu = cpu_us_per_request(run, asked)) measured["cpu_us"] = rounded(cpu);
  if (run.before) measured["base_mib"] = rounded(run.before->resident_kib / 1024);
  if (around.written_bytes && asked > 0) {
    measured["bytes_per_record"] =
        rounded(static_cast<double>(*around.written_bytes) / static_cast<double>(asked));
  }
  return measured;
}

/// Holds figures to bounds, one row for each bound that was named.
class Bounds {
 public:
  void hold(std::string_view bound, std::string_view phase, std::optional<double> want,
            std::optional<double> got) {
    if (!want) return;
    bool met = got && *got <= *want;
    passed_ = passed_ && met;
    rows_.push_back(json::object{{"bound", json::string(bound)},
                                 {"phase", json::string(phase)},
                                 {"want", *want},
                                 {"got", rounded(got)},
                                 {"met", met}});
  }
  bool passed() const { return passed_; }
  json::array take() { return std::move(rows_); }

 private:
  json::array rows_;
  bool passed_ = true;
};

/// A phase that the run never came to holds no bound.
void hold_phases(const Scenario& scenario, const SoakFigures& figures, Bounds& bounds) {
  for (std::size_t i = 0; i < scenario.phases.size(); ++i) {
    const SoakPhase& phase = scenario.phases[i];
    PhaseBounds want =
        phase.expect.value_or(phase.kind == PhaseKind::kOverload ? PhaseBounds() : scenario.expect.phases);
    Tally tally = figures.of_phase(i);
    std::optional<double> p99, error_rate;
    if (auto value = tally.latency.quantile(0.99)) p99 = static_cast<double>(value->count()) / 1000;
    if (tally.asked > 0) error_rate = tally.error_rate();
    bounds.hold("p99_ms", phase.name, want.p99_ms, p99);
    bounds.hold("error_rate", phase.name, want.error_rate, error_rate);
  }
}

}  // namespace

std::optional<double> memory_slope(const Scenario& scenario, const SoakFigures& figures, const SoakRun& run) {
  double begin = 0, end = run.seconds;
  std::chrono::milliseconds longest{0};
  for (std::size_t i = 0; i < scenario.phases.size(); ++i) {
    const SoakPhase& phase = scenario.phases[i];
    if (phase.kind != PhaseKind::kSteady || !figures.begun(i) || phase.duration <= longest) continue;
    longest = phase.duration;
    double seconds = std::chrono::duration<double>(phase.duration).count();
    begin = *figures.begun(i) + seconds / 5;
    end = *figures.begun(i) + seconds;
  }
  std::vector<MemorySample> inside;
  for (const MemorySample& sample : run.memory) {
    if (sample.seconds >= begin && sample.seconds <= end) inside.push_back(sample);
  }
  return slope_per_minute(inside);
}

json::object soak_report(const Scenario& scenario, const SoakFigures& figures, const SoakRun& run,
                         const SoakSurroundings& around) {
  std::optional<double> slope = memory_slope(scenario, figures, run), recovery;
  if (auto seconds = figures.recovery()) recovery = static_cast<double>(*seconds);
  Bounds bounds;
  hold_phases(scenario, figures, bounds);
  bounds.hold("recovery_s", "", scenario.expect.recovery_s, recovery);
  bounds.hold("rss_slope_kib_per_min", "", scenario.expect.rss_slope_kib_per_min, slope);
  std::uint64_t asked = all_asked(figures, scenario);
  json::object measured = measured_figures(run, asked, around);
  json::object generator{{"late_p99_ms", milliseconds_of(run.lateness.quantile(0.99))},
                         {"most_in_flight", run.most_in_flight},
                         {"unfinished", figures.unfinished()}};
  return {{"scenario", json::string(scenario.name)},
          {"url", json::string(around.url)},
          {"seconds", rounded(run.seconds)},
          {"interrupted", run.interrupted},
          {"asked", asked},
          {"phases", phase_rows(scenario, figures)},
          {"tenants", tenant_rows(scenario, figures)},
          {"recovery_s", rounded(recovery)},
          {"server", server_figures(run, slope)},
          {"generator", std::move(generator)},
          {"measured", std::move(measured)},
          {"passed", bounds.passed()},
          {"bounds", bounds.take()}};
}

}  // namespace bailiwick::cli
