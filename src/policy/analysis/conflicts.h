// Conflicts: where rules stand in each other's way, each with a request that shows it.
//
// A finding is proven: its request has been put to the evaluator, and "every" means that no other request
// exists. What could not be proven either way is a finding of its own, never silence. docs/conflicts.md says
// what is exact.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/binding.h"
#include "base/json.h"
#include "policy/cedar/ast.h"
#include "policy/priority.h"

namespace bailiwick::cedar {
class Schema;
}

namespace bailiwick::policy {

enum class RuleOrigin { kPlatform, kTenant };
enum class RuleState { kActive, kProposed };

struct AnalysedRule {
  cedar::Policy policy;
  std::string id;     ///< for people
  std::string place;  ///< `file:line:column`
  RuleOrigin origin = RuleOrigin::kTenant;
  std::string tenant = {};  ///< whose; empty when that is not known
  RuleState state = RuleState::kActive;
  PriorityClass priority = PriorityClass::kDefault;
};
/// What `@priority` says; kDefault without one; nullopt for a word that is none.
std::optional<PriorityClass> priority_of(const cedar::Policy& policy);

enum class ConflictKind {
  kContradictsPlatform,  ///< the platform forbids what a tenant permits
  kCrossTenantReach,     ///< a tenant's rule can apply to another tenant
  kNeverApplies,
  kShadowed,   ///< a permit whose every request another rule forbids
  kRedundant,  ///< another rule of the same effect applies whenever this one does
  kUndecided,
  kOverlap,  ///< some request is both permitted and forbidden
};
enum class Severity { kNotice, kWarning, kError };

struct Conflict {
  ConflictKind kind = ConflictKind::kUndecided;
  Severity severity = Severity::kNotice;
  PriorityClass priority = PriorityClass::kDefault;  ///< the higher one of its rules
  std::size_t rule = 0;                              ///< index of the rule that it is about
  std::optional<std::size_t> other;
  std::string message;
  std::optional<json::object> witness;
};

struct ConflictReport {
  std::vector<Conflict> findings;     ///< the gravest first
  std::size_t overlaps_left_out = 0;  ///< pairs of a rule that overlaps with more than `kMaxOverlaps` others
  std::size_t questions = 0;          ///< put to the solver

  bool has_errors() const;
};

/// Of one permit: with forbids of its tenant, and with as many of the platform's.
inline constexpr std::size_t kMaxOverlaps = 5;

/// Rules that name Bailiwick's actions are read with its schema, the others with `application`, which may be
/// null. Rules of different tenants are never compared: they never meet.
ConflictReport find_conflicts(std::span<const AnalysedRule> rules, const cedar::Schema* application);

/// `{"conflicts": [{"kind", "severity", "priority", "message", "rules": [{"id", "place", …}], "witness"}],
/// …}`
json::object to_json(const ConflictReport& report, std::span<const AnalysedRule> rules);

constexpr std::array<std::pair<std::string_view, RuleOrigin>, 2> enum_table(RuleOrigin) {
  return {{{"platform", RuleOrigin::kPlatform}, {"tenant", RuleOrigin::kTenant}}};
}
constexpr std::array<std::pair<std::string_view, RuleState>, 2> enum_table(RuleState) {
  return {{{"active", RuleState::kActive}, {"proposed", RuleState::kProposed}}};
}
constexpr std::array<std::pair<std::string_view, ConflictKind>, 7> enum_table(ConflictKind) {
  return {{{"contradicts_platform", ConflictKind::kContradictsPlatform},
           {"cross_tenant_reach", ConflictKind::kCrossTenantReach},
           {"never_applies", ConflictKind::kNeverApplies},
           {"shadowed", ConflictKind::kShadowed},
           {"redundant", ConflictKind::kRedundant},
           {"undecided", ConflictKind::kUndecided},
           {"overlap", ConflictKind::kOverlap}}};
}
constexpr std::array<std::pair<std::string_view, Severity>, 3> enum_table(Severity) {
  return {{{"notice", Severity::kNotice}, {"warning", Severity::kWarning}, {"error", Severity::kError}}};
}

}  // namespace bailiwick::policy
