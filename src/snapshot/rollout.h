// Rollout: how far the rules of a new revision reach.
//
// Until it is over, a principal whom it has not reached is held to the rules of before and to the new ones.
// So what is stricter holds for all at once, a revocation too, and what is looser reaches a growing share of
// principals, the same ones through all stages. Denials therefore move nothing: counted are decisions that
// became looser, and principals for whom a new rule could not be evaluated, each once.
#pragma once

#include <atomic>
#include <set>

#include "base/mutex.h"
#include "policy/kernel.h"
#include "policy/rules.h"
#include "snapshot/governance_policy.h"

namespace bailiwick::snapshot {

enum class RolloutStatus {
  kRunning,
  kUndone,  ///< failed, or taken back: the new rules' loosenings reach nobody until another revision comes
};
constexpr std::array<std::pair<std::string_view, RolloutStatus>, 2> enum_table(RolloutStatus) {
  return {{{"running", RolloutStatus::kRunning}, {"undone", RolloutStatus::kUndone}}};
}

/// What is stored of one.
struct RolloutState {
  std::int64_t baseline_serial = 0;  ///< of the revision whose rules hold beside the new ones
  RolloutStatus status = RolloutStatus::kRunning;
  std::int64_t stage = 0;  ///< index of the policy's stages
  WallTime stage_since{};
  std::string approved_by;  ///< who accepted that decisions became looser; empty = nobody
  bool operator==(const RolloutState&) const = default;
};

/// Of the present stage.
struct RolloutCounts {
  std::int64_t samples = 0;  ///< decisions
  std::int64_t looser = 0;   ///< different pairs of principal and action that were denied and no longer are
  std::int64_t faulty = 0;   ///< different principals for whom a new rule could not be evaluated
};

/// Counts from any thread without waiting, save when a decision changed.
class Rollout {
 public:
  /// `before` is not null, `after` may be; `baseline` names the revision that `before` is of.
  Rollout(policy::RulesPtr before, const policy::RulesPtr& after, std::string baseline, RolloutPolicy policy,
          RolloutState state);

  const policy::Rules& before() const { return *before_; }
  const policy::RulesPtr& before_ptr() const { return before_; }
  const RolloutPolicy& policy() const { return policy_; }
  const RolloutState& state() const { return state_; }
  const std::string& baseline() const { return baseline_; }
  /// Of principals; 0 once undone.
  std::int64_t percent() const;
  /// Whether the new rules alone decide for this principal. The same for one principal and the same two sets
  /// of rules, at any stage, on any machine and under any revision, but for growing with the percentage.
  bool reaches(std::string_view subject) const;

  void note(std::string_view subject, tenancy::Action action, policy::RuleChange change) const;
  RolloutCounts counts() const;
  /// Goes on counting from where `other` is: for the same stage of the same rollout.
  void count_on_from(const Rollout& other);

  enum class Verdict { kStay, kAdvance, kUndo };
  Verdict verdict(WallTime now) const;

 private:
  const policy::RulesPtr before_;
  const std::string baseline_;
  const std::string salt_;
  const RolloutPolicy policy_;
  const RolloutState state_;
  mutable std::atomic<std::int64_t> samples_{0};
  mutable Mutex mutex_;
  mutable std::set<std::string> looser_ BW_GUARDED_BY(mutex_);
  mutable std::set<std::string> faulty_ BW_GUARDED_BY(mutex_);
};

using RolloutPtr = std::shared_ptr<const Rollout>;

}  // namespace bailiwick::snapshot
