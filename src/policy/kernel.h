// Kernel: the one place that answers "may this principal do this action on this resource, in this context?".
//
// Allowed is what the principal's roles and scopes permit, no guardrail of the platform forbids, and the
// tenant's own rules do not deny.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "policy/decimal_range.h"
#include "tenancy/action.h"
#include "tenancy/principal.h"

namespace bailiwick::policy {

class Rules;

/// Which of a tenant's rules hold for a principal while new ones are rolled out.
enum class HeldTo {
  kNew,   ///< those of now
  kBoth,  ///< and those of before: what either denies is denied
};
/// What the new rules change in one decision.
enum class RuleChange {
  kNone,
  kLooser,  ///< the rules of before denied it, and the new ones do not
  kFaulty,  ///< a new rule could not be evaluated, and so denied
};

/// What is known of the operation beyond its names: at the door little, later more. Empty = not known, and no
/// rule is broken by what is not known.
struct Facts {
  std::string_view region;                       ///< where the data would go, or be kept
  std::string_view data_type;                    ///< of what would be deleted: `data`, `logs`, `backups`
  std::optional<std::chrono::milliseconds> age;  ///< of what would be deleted
  std::string_view at_rest;                      ///< how it would be encrypted there: `AES-256`, `none`
  std::string_view in_transit;                   ///< and on the way: `TLS-1.3`, `TLS-1.2`, `none`
  std::string_view score;                        ///< of an evaluation that is judged, by name: `ndcg@10`
  std::optional<DecimalRange> value;             ///< what that score is
};

struct Question {
  const tenancy::Principal& principal;
  tenancy::Action action;
  const tenancy::TenantId* tenant = nullptr;         ///< whose data; null for a platform action
  const tenancy::ProgramId* program = nullptr;       ///< the program named by the request, if any
  const tenancy::NamespaceId* name_space = nullptr;  ///< the namespace named by the request, if any
  std::string_view resource = {};  ///< `document:default/handbook/3`, empty = the tenant itself
  WallTime time = {};
  const Rules* guardrails = nullptr;  ///< the platform's rules; null = none
  const Rules* rules = nullptr;       ///< the tenant's own; null = none
  const Rules* before = nullptr;      ///< its rules of before, while a rollout is under way
  HeldTo held_to = HeldTo::kNew;
  Facts facts = {};
};

/// The binding's role counts in this question: it is not bound to another program or namespace.
inline bool reaches(const tenancy::RoleBinding& binding, const Question& question) {
  if (binding.program && (question.program == nullptr || *question.program != *binding.program)) return false;
  return !binding.name_space ||
         (question.name_space != nullptr && *question.name_space == *binding.name_space);
}

enum class Effect { kAllow, kDeny };

struct Decision {
  Effect effect = Effect::kDeny;
  std::string reason;        ///< stable machine word: `role.operator`, `role.insufficient`, `rule.no-deletes`
  std::string message = {};  ///< of a denial by a rule: why, and what to do
  std::string policy_revision;       ///< of the rules that decided
  std::optional<RuleChange> change;  ///< nothing: it did not come to the rules of a rollout
};

class Kernel {
 public:
  virtual ~Kernel() = default;
  /// Pure and quick: no I/O, no lock.
  virtual Decision decide(const Question& question) const = 0;
};

}  // namespace bailiwick::policy
