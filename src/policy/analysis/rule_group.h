// RuleGroup: the rules that may meet each other, compared pair by pair.
//
// Each rule first gets a request to which it applies. Those requests are put to all rules, which answers most
// questions about pairs; only what they leave open, and what the scopes do not exclude, goes to the solver.
#pragma once

#include <array>
#include <set>

#include "policy/analysis/conflicts.h"
#include "policy/analysis/rule_scope.h"
#include "policy/analysis/solver.h"
#include "policy/cedar/policy_set.h"

namespace bailiwick::policy::analysis {

class RuleGroup {
 public:
  /// `rules` are those of the report; `members` index them. `schema` may be null.
  RuleGroup(std::span<const AnalysedRule> rules, std::vector<std::size_t> members,
            const cedar::Schema* schema, ConflictReport& report);

  void run();

 private:
  using WitnessPtr = std::shared_ptr<const cedar::analysis::Witness>;
  struct Member {
    std::size_t index;  ///< among the report's rules
    cedar::ExprPtr expression;
    cedar::analysis::RuleScope scope;
    std::size_t asked_with = 0;                ///< a number for its tenant; 0 for the platform
    WitnessPtr witness = nullptr;              ///< a request to which it applies
    std::vector<std::uint32_t> applies_to;     ///< the witnesses to which it applies, by member; ascending
    std::vector<WitnessPtr> alone = {};        ///< requests to which it applies and some other rule does not
    std::array<std::size_t, 2> overlaps = {};  ///< reported, with its tenant's forbids and the platform's
  };

  /// Checks of the solver for all questions of a group, and for one.
  static constexpr std::uint64_t kMaxChecks = 400'000;
  static constexpr std::size_t kMaxAlone = 12;

  const AnalysedRule& rule(const Member& member) const { return rules_[member.index]; }
  bool is_forbid(const Member& member) const { return rule(member).policy.effect == cedar::Effect::kForbid; }
  /// The outcomes with which it takes part in a decision: a forbid that fails denies.
  cedar::analysis::Outcomes counts(const Member& member) const;
  bool are_asked_together(const Member& a, const Member& b) const;
  cedar::analysis::Solution ask(std::vector<cedar::analysis::Goal> goals);

  void prepare();
  void find_witness(Member& member);
  void put_witnesses_to_all();
  std::size_t at(const Member& member) const { return static_cast<std::size_t>(&member - members_.data()); }
  bool applies_to(const Member& member, std::size_t witness) const {
    return applies_[witness * members_.size() + at(member)];
  }
  void compare_with_forbids(Member& permit);
  void compare(Member& permit, Member& forbid);
  std::size_t& overlaps(Member& permit, const Member& forbid) const {
    return permit.overlaps[forbid.asked_with == 0 ? 1 : 0];
  }
  WitnessPtr common_request(const Member& permit, const Member& forbid, bool* undecided);
  void report_meeting(Member& permit, Member& forbid, const WitnessPtr& both);
  void find_redundant(Member& member);
  bool never_without(Member& member, const Member& other, bool* undecided);
  void find_reach(const Member& member);

  Conflict& report(ConflictKind kind, Severity severity, const Member& member, const Member* other,
                   std::string message, const WitnessPtr& witness = nullptr);
  std::string name(const Member& member) const;

  std::span<const AnalysedRule> rules_;
  std::vector<std::size_t> indices_;
  const cedar::Schema* schema_;
  ConflictReport& report_;
  std::optional<cedar::Entities> actions_;
  std::optional<cedar::analysis::Solver> solver_;
  cedar::Program program_;
  std::vector<Member> members_;
  std::vector<bool> applies_;  ///< by witness, then by member
  std::vector<cedar::ExprPtr> kept_;
  std::set<std::pair<std::size_t, std::size_t>> redundant_;
};

}  // namespace bailiwick::policy::analysis
