// features.yaml: which features a tenant has, what they need, what they exclude, and how they are let in.
#pragma once

#include "base/binding.h"
#include "tenancy/tenant_id.h"

namespace bailiwick::snapshot {

/// A feature that is let in for a growing share of requests.
struct Canary {
  std::int64_t percent = 10;
  std::vector<std::int64_t> stages{10, 50, 100};
  std::int64_t min_samples = 100;
  std::optional<double> max_error_rate;
};
template <class Visitor>
void describe(Visitor& v, Canary& canary) {
  v.required("percent", canary.percent,
             "Share of requests that see the feature now; the same caller stays in.", {.min = 0, .max = 100});
  v.field("stages", canary.stages, "Percent at each stage, rising to 100.",
          {.max_length = 10, .min_length = 1});
  v.field("min_samples", canary.min_samples, "Requests that a stage must see.", {.min = 1, .max = 1e9});
  v.field("max_error_rate", canary.max_error_rate, "More failures than this take the feature back.",
          {.min = 0, .max = 1});
  bool rising = !canary.stages.empty() && canary.stages.front() > 0 && canary.stages.back() == 100;
  for (std::size_t i = 1; i < canary.stages.size(); ++i)
    rising = rising && canary.stages[i - 1] < canary.stages[i];
  v.require(rising, "stages must rise from above 0 to 100, like [10, 50, 100]");
}

struct Feature {
  bool enabled = false;
  std::string description;
  std::vector<std::string> depends_on;      ///< features that must be enabled too
  std::vector<std::string> conflicts_with;  ///< features that must not be
  std::optional<Canary> canary;             ///< absent = for every request
  std::optional<PicoDollars> max_cost_per_day;
  bool experimental = false;  ///< switched off when the latency objective is broken
};
template <class Visitor>
void describe(Visitor& v, Feature& feature) {
  v.required("enabled", feature.enabled, "Whether the tenant has it.");
  v.field("description", feature.description, "One sentence.", {.max_length = 2000});
  v.field("depends_on", feature.depends_on, "Features that must be enabled too.", {.max_length = 50});
  v.field("conflicts_with", feature.conflicts_with, "Features that must not be enabled with it.",
          {.max_length = 50});
  v.field("canary", feature.canary, "Lets the feature in for a growing share of requests.");
  v.field("max_cost_per_day", feature.max_cost_per_day, "USD of a day from which it is off until the next.");
  v.field("experimental", feature.experimental, "Switched off when the latency objective is broken.");
}

struct FeatureMatrix {
  std::optional<tenancy::TenantId> tenant_id;
  std::map<std::string, Feature> features;
};
template <class Visitor>
void describe(Visitor& v, FeatureMatrix& matrix) {
  v.field("tenant_id", matrix.tenant_id, "Whose file this is; must be the folder's name.");
  v.field("features", matrix.features, "By name: a slug like hybrid-search.", {.max_length = 500});
}

/// A fault of the matrix and the feature it stands at.
struct FeatureFault {
  std::string feature;
  std::string message;
};
/// Unknown names, cycles of dependencies, enabled features whose dependency is off or whose conflict is on.
std::vector<FeatureFault> faults_of(const FeatureMatrix& matrix);

}  // namespace bailiwick::snapshot
