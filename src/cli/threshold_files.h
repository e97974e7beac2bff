// ThresholdFiles: the policies/evaluation.yaml of one bundle's folder, the tenant's and its programs', which
// become rules together: a program's is read over the tenant's.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/document.h"
#include "policy/analysis/conflicts.h"
#include "policy/rule_files.h"

namespace bailiwick::cli {

class ThresholdFiles {
 public:
  /// `inside` is the file's path in the folder, `path` how it was named.
  void add(std::string inside, std::string path, Node tree, policy::RuleState state);

  /// Proposed as soon as one of the files is: each may change what the others mean.
  policy::RuleState state() const { return state_; }
  /// Some file of the folder, as it was named.
  const std::string& path() const { return paths_.begin()->second; }
  /// Their rules; what is wrong with a file goes to `problems`.
  std::vector<policy::BuiltRule> rules(std::vector<Problem>& problems) const;

 private:
  std::string place() const;

  std::map<std::string, Node> trees_;         // by path in the folder
  std::map<std::string, std::string> paths_;  // likewise: how it was named
  policy::RuleState state_ = policy::RuleState::kActive;
};

}  // namespace bailiwick::cli
