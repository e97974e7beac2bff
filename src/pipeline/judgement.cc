#include "pipeline/judgement.h"

#include <algorithm>

#include <fmt/format.h>

#include "policy/rule_files.h"

namespace bailiwick::pipeline {
namespace {

using BoundsByScore = std::map<std::string, snapshot::ScoreBounds>;

/// A threshold that only the rules of before have, during a rollout, is as grave as any other rule.
bool is_mild(std::string_view code, const snapshot::ScoreBounds* bounds) {
  return code.starts_with(policy::kThresholdIds) && bounds != nullptr && !bounds->critical;
}

JudgedScore judge_score(const std::string& name, const GivenScore& given, const snapshot::ScoreBounds* bounds,
                        const AskScore& ask) {
  JudgedScore judged{.name = name,
                     .value = given.value,
                     .has_threshold = bounds != nullptr,
                     .critical = bounds != nullptr && bounds->critical};
  Status passes = ask({.score = name, .value = given.range});
  if (passes) return judged;
  judged.code = std::move(passes.error().reason);
  judged.reason = std::move(passes.error().message);
  judged.critical = !is_mild(judged.code, bounds);
  return judged;
}

/// Why nothing is judged, or nothing.
std::string why_unjudged(const snapshot::EvaluationPolicy& policy, const Evaluation& evaluation) {
  if (!policy.enabled) return "evaluation is disabled by policies/evaluation.yaml";
  if (evaluation.samples >= policy.min_samples) return {};
  return fmt::format("{} samples are fewer than min_samples, {}", evaluation.samples, policy.min_samples);
}

/// Says what fails the whole, or nothing.
std::string why_failed(const Judgement& made, const BoundsByScore& thresholds) {
  std::vector<std::string> critical, missing;
  std::ptrdiff_t failed = 0;
  for (const JudgedScore& score : made.scores) {
    if (score.passed()) continue;
    ++failed;
    if (score.critical) critical.push_back(score.name);
  }
  std::ranges::copy_if(made.missing, std::back_inserter(missing),
                       [&](const std::string& name) { return thresholds.at(name).critical; });
  if (!critical.empty()) return fmt::format("critical and failed: {}", fmt::join(critical, ", "));
  if (!missing.empty()) return fmt::format("critical and not given: {}", fmt::join(missing, ", "));
  auto judged = std::ranges::count_if(made.scores, &JudgedScore::has_threshold);
  if (2 * failed <= judged) return {};
  return fmt::format("{} of {} scores with a threshold failed", failed, judged);
}

void conclude(Judgement& made, const BoundsByScore& thresholds) {
  made.note = why_failed(made, thresholds);
  if (!made.note.empty()) {
    made.verdict = Verdict::kFail;
  } else if (std::ranges::any_of(made.scores, &JudgedScore::has_threshold)) {
    made.verdict = Verdict::kPass;
  } else {
    made.note = "no threshold speaks of the scores that were given";
  }
}

}  // namespace

Judgement judge(const snapshot::EvaluationPolicy& policy, const Evaluation& evaluation, const AskScore& ask) {
  Judgement made;
  made.note = why_unjudged(policy, evaluation);
  if (!made.note.empty()) return made;
  const BoundsByScore& thresholds = policy.thresholds.by_score;
  for (const auto& [name, given] : evaluation.scores) {
    auto bounds = thresholds.find(name);
    made.scores.push_back(
        judge_score(name, given, bounds == thresholds.end() ? nullptr : &bounds->second, ask));
  }
  for (const auto& [name, bounds] : thresholds) {
    if (!evaluation.scores.contains(name)) made.missing.push_back(name);
  }
  conclude(made, thresholds);
  return made;
}

}  // namespace bailiwick::pipeline
