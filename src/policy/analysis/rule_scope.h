// RuleScope: what a rule asks first, to tell at a glance that two rules never meet.
#pragma once

#include "policy/analysis/world.h"
#include "policy/cedar/scope_keys.h"

namespace bailiwick::cedar::analysis {

class RuleScope {
 public:
  /// `program` is shared by the rules that are compared, and outlives them.
  RuleScope(const Policy& policy, const Schema* schema, Program& program);

  /// False: whenever one of them applies, the other neither applies nor fails.
  bool may_meet(const RuleScope& other) const;

 private:
  bool actions_meet(const RuleScope& other) const;

  ScopeKeys keys_;
  bool knows_actions_ = false;
  std::vector<std::uint64_t> actions_;  ///< bits in the schema's order
};

}  // namespace bailiwick::cedar::analysis
