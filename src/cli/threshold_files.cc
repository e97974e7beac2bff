#include "cli/threshold_files.h"

#include <algorithm>
#include <iterator>

#include "snapshot/declared_rules.h"
#include "snapshot/evaluation_rules.h"

namespace bailiwick::cli {

void ThresholdFiles::add(std::string inside, std::string path, Node tree, policy::RuleState state) {
  if (state == policy::RuleState::kProposed) state_ = state;
  paths_.emplace(inside, std::move(path));
  trees_.emplace(std::move(inside), std::move(tree));
}

/// What stands before paths in the folder, where files were named by more than what lies in it.
std::string ThresholdFiles::place() const {
  const auto& [inside, path] = *paths_.begin();
  return path.ends_with(inside) ? path.substr(0, path.size() - inside.size()) : std::string();
}

std::vector<policy::BuiltRule> ThresholdFiles::rules(std::vector<Problem>& problems) const {
  snapshot::BundleFiles files;
  // In the order of paths the tenant's comes first.
  for (const auto& [inside, tree] : trees_) {
    std::string program(snapshot::program_of(inside));
    snapshot::Settings& settings =
        program.empty() ? files.settings : files.programs.try_emplace(program, files.settings).first->second;
    BindContext binding(paths_.at(inside));
    Binding<snapshot::EvaluationPolicy>::read(binding, tree, settings.evaluation, Rule{});
    std::ranges::move(binding.take(), std::back_inserter(problems));
  }
  return snapshot::evaluation_rules(files, trees_, place());
}

}  // namespace bailiwick::cli
