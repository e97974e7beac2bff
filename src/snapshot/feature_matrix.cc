#include "snapshot/feature_matrix.h"

#include <algorithm>

#include <fmt/format.h>

namespace bailiwick::snapshot {
namespace {

class Inspector {
 public:
  explicit Inspector(const FeatureMatrix& matrix) : features_(matrix.features) {}

  std::vector<FeatureFault> inspect() {
    for (const auto& [name, feature] : features_) {
      if (!tenancy::is_slug(name)) fault(name, "write the name as a slug, like hybrid-search");
      for (const std::string& other : feature.depends_on) check_dependency(name, feature, other);
      for (const std::string& other : feature.conflicts_with) check_conflict(name, feature, other);
    }
    for (const auto& [name, feature] : features_) look_for_cycle(name);
    return std::move(faults_);
  }

 private:
  void fault(const std::string& feature, std::string message) {
    faults_.push_back({feature, std::move(message)});
  }

  const Feature* known(const std::string& name, const std::string& other, std::string_view key) {
    auto found = features_.find(other);
    if (found != features_.end()) return &found->second;
    fault(name, fmt::format("{} names '{}', which is not a feature of this file", key, other));
    return nullptr;
  }

  void check_dependency(const std::string& name, const Feature& feature, const std::string& other) {
    const Feature* needed = known(name, other, "depends_on");
    if (needed != nullptr && feature.enabled && !needed->enabled) {
      fault(name, fmt::format("is enabled but depends on '{}', which is not; enable both or neither", other));
    }
  }

  void check_conflict(const std::string& name, const Feature& feature, const std::string& other) {
    const Feature* excluded = known(name, other, "conflicts_with");
    if (excluded == nullptr) return;
    if (std::ranges::find(feature.depends_on, other) != feature.depends_on.end() || other == name) {
      fault(name, fmt::format("cannot conflict with '{}', which it needs", other));
    } else if (feature.enabled && excluded->enabled) {
      fault(name, fmt::format("and '{}' conflict and are both enabled; disable one", other));
    }
  }

  /// Depth-first search; each cycle is reported once, at the feature where the walk closes it.
  void look_for_cycle(const std::string& name) {
    auto found = features_.find(name);
    if (found == features_.end() || done_.contains(name)) return;
    if (auto open = std::ranges::find(path_, name); open != path_.end()) {
      std::vector<std::string> cycle(open, path_.end());
      cycle.push_back(name);
      fault(name, fmt::format("depends on itself: {}", fmt::join(cycle, " -> ")));
      return;
    }
    path_.push_back(name);
    for (const std::string& other : found->second.depends_on) look_for_cycle(other);
    path_.pop_back();
    done_.insert(name);
  }

  const std::map<std::string, Feature>& features_;
  std::vector<FeatureFault> faults_;
  std::vector<std::string> path_;
  std::set<std::string> done_;
};

}  // namespace

std::vector<FeatureFault> faults_of(const FeatureMatrix& matrix) {
  return Inspector(matrix).inspect();
}

}  // namespace bailiwick::snapshot
