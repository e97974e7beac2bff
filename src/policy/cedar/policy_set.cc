#include "policy/cedar/policy_set.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include <fmt/format.h>

#include "base/excerpt.h"

namespace bailiwick::cedar {
namespace {

constexpr std::uint32_t kNoConditions = 0xFFFFFFFF;

enum class Outcome { kApplies, kDoesNot, kFails };

/// What the conditions of a policy say, and why they fail if they do.
Outcome evaluate(Evaluator& evaluator, std::uint32_t conditions, FaultKind& fault) {
  if (conditions == kNoConditions) return Outcome::kApplies;
  Value value = evaluator.evaluate(conditions);
  if (value.is(ValueKind::kBool)) return value.as_bool() ? Outcome::kApplies : Outcome::kDoesNot;
  fault = value.is_error() ? evaluator.fault().kind : FaultKind::kType;
  return Outcome::kFails;
}

}  // namespace

Result<PolicySet> PolicySet::compile(std::span<const Policy> policies, EntityNamesPtr names) {
  PolicySet set{Program(std::move(names))};
  std::unordered_set<std::string_view> ids;
  std::vector<ScopeKeys> keys;
  std::vector<std::uint32_t> permits, forbids;
  for (const Policy& policy : policies) {
    if (!ids.insert(policy.id).second) {
      return fail(ErrorCode::kConflict, "policy.duplicate",
                  fmt::format("two policies have the id `{}`", excerpt(policy.id)));
    }
    if (policy.is_template()) continue;
    auto index = static_cast<std::uint32_t>(set.policies_.size());
    (policy.effect == Effect::kPermit ? permits : forbids).push_back(index);
    set.conditions_.push_back(policy.conditions.empty() ? kNoConditions
                                                        : set.program_.add(*conditions_expression(policy)));
    keys.push_back(scope_keys(policy, set.program_));
    set.policies_.push_back({policy.id});
  }
  set.permits_.build(keys, std::move(permits));
  set.forbids_.build(keys, std::move(forbids));
  std::vector<std::uint32_t> roots;
  std::ranges::copy_if(set.conditions_, std::back_inserter(roots),
                       [](std::uint32_t root) { return root != kNoConditions; });
  set.program_.finish(roots);
  return set;
}

QuickVerdict PolicySet::decide(const Request& request, const Entities& entities, Scratch& scratch,
                               FailedForbid failed_forbid) const {
  scratch.begin();
  Evaluator evaluator(program_, entities, request, scratch);
  RequestSymbols symbols(evaluator, program_.entity_names(), entities, scratch.arena());
  QuickVerdict verdict;
  auto first = [&](const CandidateTree& tree, bool failing_counts) {
    return !tree.visit(evaluator, symbols, [&](std::uint32_t index) {
      FaultKind fault = FaultKind::kNone;
      Outcome outcome = evaluate(evaluator, conditions_[index], fault);
      bool decides = outcome == Outcome::kApplies || (outcome == Outcome::kFails && failing_counts);
      if (decides) verdict = {.deciding = index, .fault = fault};
      return !decides;
    });
  };
  if (!first(forbids_, failed_forbid == FailedForbid::kDenies)) verdict.allowed = first(permits_, false);
  verdict.steps = evaluator.steps();
  return verdict;
}

Verdict PolicySet::explain(const Request& request, const Entities& entities, Scratch& scratch,
                           FailedForbid failed_forbid) const {
  scratch.begin();
  Evaluator evaluator(program_, entities, request, scratch);
  RequestSymbols symbols(evaluator, program_.entity_names(), entities, scratch.arena());
  Verdict verdict;
  auto all = [&](const CandidateTree& tree, bool failing_counts) {
    std::vector<std::uint32_t> applying;
    tree.visit(evaluator, symbols, [&](std::uint32_t index) {
      FaultKind fault = FaultKind::kNone;
      Outcome outcome = evaluate(evaluator, conditions_[index], fault);
      if (outcome == Outcome::kFails) verdict.faults.push_back({index, fault});
      if (outcome == Outcome::kApplies) verdict.applying.push_back(index);
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
  std::ranges::sort(verdict.applying);
  verdict.applying.erase(std::ranges::unique(verdict.applying).begin(), verdict.applying.end());
  std::ranges::sort(verdict.faults, {}, &PolicyFault::policy);
  auto repeated = std::ranges::unique(verdict.faults, {}, &PolicyFault::policy);
  verdict.faults.erase(repeated.begin(), repeated.end());
  return verdict;
}

std::size_t PolicySet::footprint() const {
  std::size_t ids = 0;
  for (const CompiledPolicy& policy : policies_) ids += sizeof(policy) + policy.id.capacity();
  return program_.footprint() + permits_.footprint() + forbids_.footprint() + ids +
         conditions_.capacity() * sizeof(std::uint32_t);
}

}  // namespace bailiwick::cedar
