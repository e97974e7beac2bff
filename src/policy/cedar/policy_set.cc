#include "policy/cedar/policy_set.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "base/excerpt.h"

namespace bailiwick::cedar {
namespace {

enum class Outcome { kApplies, kDoesNot, kFails };

/// What one policy says, and why it fails if it does.
Outcome evaluate(Evaluator& evaluator, std::uint32_t root, FaultKind& fault) {
  Value value = evaluator.evaluate(root);
  if (value.is(ValueKind::kBool)) return value.as_bool() ? Outcome::kApplies : Outcome::kDoesNot;
  fault = value.is_error() ? evaluator.fault().kind : FaultKind::kType;
  return Outcome::kFails;
}

}  // namespace

Result<PolicySet> PolicySet::compile(std::span<const Policy> policies) {
  PolicySet set;
  std::unordered_set<std::string_view> ids;
  std::vector<ScopeKeys> keys;
  std::vector<std::uint32_t> permits, forbids, roots;
  for (const Policy& policy : policies) {
    if (!ids.insert(policy.id).second) {
      return fail(ErrorCode::kConflict, "policy.duplicate",
                  fmt::format("two policies have the id `{}`", excerpt(policy.id)));
    }
    if (policy.is_template()) continue;
    auto index = static_cast<std::uint32_t>(set.policies_.size());
    (policy.effect == Effect::kPermit ? permits : forbids).push_back(index);
    roots.push_back(set.program_.add(*whole_expression(policy)));
    keys.push_back(scope_keys(policy, set.program_, set.program_.arena()));
    set.policies_.push_back({policy.id, policy.effect, roots.back()});
  }
  set.permits_.build(keys, std::move(permits));
  set.forbids_.build(keys, std::move(forbids));
  set.program_.finish(roots);
  return set;
}

QuickVerdict PolicySet::decide(const Request& request, const Entities& entities, Scratch& scratch,
                               FailedForbid failed_forbid) const {
  scratch.begin();
  Evaluator evaluator(program_, entities, request, scratch);
  QuickVerdict verdict;
  auto first = [&](const CandidateTree& tree, bool failing_counts) {
    return !tree.visit(evaluator, [&](std::uint32_t index) {
      FaultKind fault = FaultKind::kNone;
      Outcome outcome = evaluate(evaluator, policies_[index].root, fault);
      bool decides = outcome == Outcome::kApplies || (outcome == Outcome::kFails && failing_counts);
      if (decides) verdict = {false, index, fault};
      return !decides;
    });
  };
  if (first(forbids_, failed_forbid == FailedForbid::kDenies)) return verdict;
  if (first(permits_, false)) verdict.allowed = true;
  return verdict;
}

Verdict PolicySet::explain(const Request& request, const Entities& entities, Scratch& scratch,
                           FailedForbid failed_forbid) const {
  scratch.begin();
  Evaluator evaluator(program_, entities, request, scratch);
  Verdict verdict;
  auto all = [&](const CandidateTree& tree, bool failing_counts) {
    std::vector<std::uint32_t> applying;
    tree.visit(evaluator, [&](std::uint32_t index) {
      FaultKind fault = FaultKind::kNone;
      Outcome outcome = evaluate(evaluator, policies_[index].root, fault);
      if (outcome == Outcome::kFails) verdict.faults.push_back({index, fault});
      bool applies = outcome == Outcome::kApplies || (outcome == Outcome::kFails && failing_counts);
      if (applies) applying.push_back(index);
      return true;
    });
    std::ranges::sort(applying);
    applying.erase(std::ranges::unique(applying).begin(), applying.end());
    return applying;
  };
  verdict.deciding = all(forbids_, failed_forbid == FailedForbid::kDenies);
  std::vector<std::uint32_t> permitting = all(permits_, false);
  if (verdict.deciding.empty() && !permitting.empty()) {
    verdict.allowed = true;
    verdict.deciding = std::move(permitting);
  }
  std::ranges::sort(verdict.faults, {}, &PolicyFault::policy);
  auto repeated = std::ranges::unique(verdict.faults, {}, &PolicyFault::policy);
  verdict.faults.erase(repeated.begin(), repeated.end());
  return verdict;
}

std::size_t PolicySet::footprint() const {
  std::size_t ids = 0;
  for (const CompiledPolicy& policy : policies_) ids += sizeof(policy) + policy.id.capacity();
  return program_.footprint() + permits_.footprint() + forbids_.footprint() + ids;
}

}  // namespace bailiwick::cedar
