#include "policy/analysis/rule_scope.h"

#include <algorithm>

namespace bailiwick::cedar::analysis {
namespace {

bool covers(const ActionConstraint& constraint, const ActionInfo& action, const Schema& schema) {
  if (constraint.kind == ActionConstraint::Kind::kAny) return true;
  return std::ranges::any_of(constraint.entities, [&](const EntityUid& named) {
    if (named == action.uid) return true;
    const ActionInfo* group = schema.action(named);
    return constraint.kind != ActionConstraint::Kind::kEqual && group &&
           group->descendants.contains(action.uid);
  });
}

bool entities_meet(const EntityKey& a, const EntityKey& b) {
  if (!a.type.empty() && !b.type.empty() && a.type != b.type) return false;
  bool both_exact = a.match == EntityKey::Match::kExact && b.match == EntityKey::Match::kExact;
  return !both_exact || a.symbol == b.symbol;
}

}  // namespace

RuleScope::RuleScope(const Policy& policy, const Schema* schema, Program& program)
    : keys_(scope_keys(policy, program)), knows_actions_(schema != nullptr) {
  if (!schema) return;
  std::size_t bit = 0;
  actions_.assign(schema->actions().size() / 64 + 1, 0);
  for (const auto& [uid, action] : schema->actions()) {
    std::uint64_t covered = !action.principals.empty() && covers(policy.action, action, *schema) ? 1 : 0;
    actions_[bit / 64] |= covered << (bit % 64);
    ++bit;
  }
}

bool RuleScope::actions_meet(const RuleScope& other) const {
  if (knows_actions_ && other.knows_actions_) {
    for (std::size_t i = 0; i < actions_.size(); ++i) {
      if ((actions_[i] & other.actions_[i]) != 0) return true;
    }
    return false;
  }
  bool both_exact =
      keys_.action_match == EntityKey::Match::kExact && other.keys_.action_match == EntityKey::Match::kExact;
  return !both_exact || keys_.actions == other.keys_.actions;
}

bool RuleScope::may_meet(const RuleScope& other) const {
  if (!entities_meet(keys_.principal, other.keys_.principal) ||
      !entities_meet(keys_.resource, other.keys_.resource) || !actions_meet(other)) {
    return false;
  }
  for (const ValueKey& mine : keys_.values) {
    for (const ValueKey& theirs : other.keys_.values) {
      if (mine.node == theirs.node && !(mine.value == theirs.value)) return false;
    }
  }
  return true;
}

}  // namespace bailiwick::cedar::analysis
