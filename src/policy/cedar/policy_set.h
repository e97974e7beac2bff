// PolicySet: compiled policies, and what they say of a request.
//
// Deny unless a permit applies and no forbid does. A policy whose evaluation fails does not apply, except
// that by default a forbid that fails denies: a broken guardrail must not open the gate. `kCedarCompatible`
// skips it, as Cedar's reference does. A decision looks at the few policies that can apply (CandidateTree),
// and takes memory from its scratch alone.
#pragma once

#include "policy/cedar/candidate_tree.h"

namespace bailiwick::cedar {

enum class FailedForbid { kDenies, kCedarCompatible };

struct CompiledPolicy {
  std::string id;
};

struct PolicyFault {
  std::uint32_t policy = 0;  ///< index into the set's policies
  FaultKind kind = FaultKind::kNone;
};

/// Everything that is to be said of a decision.
struct Verdict {
  bool allowed = false;
  std::vector<std::uint32_t>
      deciding;  ///< the policies that decided, ascending; none for a denial by default
  std::vector<std::uint32_t> applying;  ///< those whose scope and conditions hold, ascending
  std::vector<PolicyFault> faults;
};

/// What a decision needs to go on, and one policy to name.
struct QuickVerdict {
  static constexpr std::uint32_t kNobody = 0xFFFFFFFF;
  bool allowed = false;
  std::uint32_t deciding = kNobody;    ///< kNobody: denied because nothing permits
  FaultKind fault = FaultKind::kNone;  ///< of the deciding forbid, when it failed
  std::uint64_t steps = 0;             ///< of evaluation that it took
};

class PolicySet {
 public:
  PolicySet() = default;
  /// Compiles. Templates are left out: they decide nothing. `names` may be those of the entities that will be
  /// asked about. Errors: kConflict `policy.duplicate` when two have one id.
  static Result<PolicySet> compile(std::span<const Policy> policies, EntityNamesPtr names = nullptr);

  /// Looks until the answer is certain.
  QuickVerdict decide(const Request& request, const Entities& entities, Scratch& scratch,
                      FailedForbid failed_forbid = FailedForbid::kDenies) const;
  /// Looks at every policy that can apply.
  Verdict explain(const Request& request, const Entities& entities, Scratch& scratch,
                  FailedForbid failed_forbid = FailedForbid::kDenies) const;

  std::span<const CompiledPolicy> policies() const { return policies_; }
  /// Bytes.
  std::size_t footprint() const;

 private:
  explicit PolicySet(Program program) : program_(std::move(program)) {}

  Program program_;
  std::vector<CompiledPolicy> policies_;
  std::vector<std::uint32_t> conditions_;  // by policy: a node of the program, or none
  CandidateTree permits_;
  CandidateTree forbids_;
};

}  // namespace bailiwick::cedar
