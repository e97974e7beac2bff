// metric_registry.yaml: what each metric of a run means and when it drifts or fails; where baselines come
// from.
#pragma once

#include "base/binding.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

struct DistributionDrift {
  double ks_threshold = 0.2;
  std::int64_t min_samples = 8;
};
template <class Visitor>
void describe(Visitor& v, DistributionDrift& drift) {
  v.field("ks_threshold", drift.ks_threshold, "Kolmogorov-Smirnov distance from which samples have drifted.",
          {.min = 0, .max = 1});
  v.field("min_samples", drift.min_samples, "Fewer samples than this are not judged.",
          {.min = 2, .max = 1e6});
}

/// Every threshold is on its own; what is absent is not checked.
struct MetricRule {
  std::optional<double> drift_threshold;
  std::optional<double> drift_percent;
  std::optional<double> min_effect;
  std::optional<double> fail_threshold;
  std::optional<bool> critical;
  std::optional<double> invariant_eq;
  std::optional<double> invariant_min;
  std::optional<double> invariant_max;
  std::optional<std::string> unit;
  std::map<std::string, double> unit_map;
  std::vector<std::string> aliases;
  std::optional<DistributionDrift> distribution_drift;
};
template <class Visitor>
void describe(Visitor& v, MetricRule& rule) {
  constexpr Rule kDistance{.min = 0};
  v.field("drift_threshold", rule.drift_threshold, "Difference to the baseline from which it drifts.",
          kDistance);
  v.field("drift_percent", rule.drift_percent, "Difference in percent of the baseline from which it drifts.",
          kDistance);
  v.field("min_effect", rule.min_effect, "Smaller differences never drift.", kDistance);
  v.field("fail_threshold", rule.fail_threshold, "Difference to the baseline from which the run fails.",
          kDistance);
  v.field("critical", rule.critical, "Its drift fails the run.");
  v.field("invariant_eq", rule.invariant_eq, "The one value that passes.");
  v.field("invariant_min", rule.invariant_min, "The least that passes.");
  v.field("invariant_max", rule.invariant_max, "The most that passes.");
  v.field("unit", rule.unit, "The unit that thresholds are in: ms.", {.max_length = 32});
  v.field("unit_map", rule.unit_map, "Other units and what one of them is in `unit`: us: 0.001.",
          {.max_length = 32});
  v.field("aliases", rule.aliases, "Other names of the metric.", {.max_length = 32});
  v.field("distribution_drift", rule.distribution_drift, "Judges the samples, not the mean alone.");
  v.require(!rule.invariant_min || !rule.invariant_max || *rule.invariant_min <= *rule.invariant_max,
            "invariant_min must not be above invariant_max");
  v.require(!rule.unit_map.empty() ? rule.unit.has_value() : true, "unit_map needs unit");
}

/// A set of rules over those of the file: the keys of a rule that are given replace the file's.
struct MetricOverrides {
  std::map<std::string, MetricRule> metrics;
};
template <class Visitor>
void describe(Visitor& v, MetricOverrides& overrides) {
  v.required("metrics", overrides.metrics, "By name of the metric.", {.max_length = 1000});
}

enum class BaselineStrategy { kLastPass, kTag, kExplicit, kRolling, kGolden };
constexpr std::array<std::pair<std::string_view, BaselineStrategy>, 5> enum_table(BaselineStrategy) {
  return {{{"last_pass", BaselineStrategy::kLastPass},
           {"tag", BaselineStrategy::kTag},
           {"explicit", BaselineStrategy::kExplicit},
           {"rolling", BaselineStrategy::kRolling},
           {"golden", BaselineStrategy::kGolden}}};
}
enum class BaselineFallback { kLatest, kNone };
constexpr std::array<std::pair<std::string_view, BaselineFallback>, 2> enum_table(BaselineFallback) {
  return {{{"latest", BaselineFallback::kLatest}, {"none", BaselineFallback::kNone}}};
}

struct BaselinePolicy {
  BaselineStrategy strategy = BaselineStrategy::kLastPass;
  BaselineFallback fallback = BaselineFallback::kNone;
  std::string tag;
  std::int64_t window = 10;
  std::vector<std::string> context_match;
};
template <class Visitor>
void describe(Visitor& v, BaselinePolicy& baseline) {
  v.field("strategy", baseline.strategy, "Which run a new one is compared with.");
  v.field("fallback", baseline.fallback, "When the strategy finds none.");
  v.field("tag", baseline.tag, "Name of the baseline, for tag and golden.", {.max_length = 200});
  v.field("window", baseline.window, "Runs of a rolling baseline.", {.min = 2, .max = 1000});
  v.field("context_match", baseline.context_match,
          "Fields of a run that should agree: environment, operating_mode, scenario_id, …",
          {.max_length = 16});
  bool by_name =
      baseline.strategy == BaselineStrategy::kTag || baseline.strategy == BaselineStrategy::kGolden;
  v.require(!by_name || !baseline.tag.empty(), "tag is required by this strategy");
}

struct MetricRegistry {
  std::optional<tenancy::TenantId> tenant_id;
  std::map<std::string, MetricRule> metrics;
  std::map<std::string, MetricOverrides> programs;
  std::map<std::string, MetricOverrides> mode_overrides;
  BaselinePolicy baseline;
};
template <class Visitor>
void describe(Visitor& v, MetricRegistry& registry) {
  v.field("tenant_id", registry.tenant_id, "Whose file this is; must be the folder's name.");
  v.field("metrics", registry.metrics, "By name of the metric.", {.max_length = 1000});
  v.field("programs", registry.programs, "By program: rules over those above.", {.max_length = 100});
  v.field("mode_overrides", registry.mode_overrides, "By operating mode: rules over all of those.",
          {.max_length = 100});
  v.field("baseline", registry.baseline, "What runs are compared with.");
}

}  // namespace bailiwick::snapshot
