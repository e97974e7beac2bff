// policies/evaluation.yaml: which answers are judged, by which scores, and what follows.
#pragma once

#include "snapshot/policy_header.h"
#include "snapshot/thresholds.h"

namespace bailiwick::snapshot {

/// What happens when an evaluation falls below its thresholds.
enum class EvaluationFailure { kRecord, kAlert, kBlockRelease };
constexpr std::array<std::pair<std::string_view, EvaluationFailure>, 3> enum_table(EvaluationFailure) {
  return {{{"record", EvaluationFailure::kRecord},
           {"alert", EvaluationFailure::kAlert},
           {"block_release", EvaluationFailure::kBlockRelease}}};
}

struct DriftPolicy {
  double ks_threshold = 0.2;
  std::chrono::milliseconds window{std::chrono::days(7)};
  std::int64_t min_samples = 30;
};
template <class Visitor>
void describe(Visitor& v, DriftPolicy& drift) {
  v.field("ks_threshold", drift.ks_threshold, "Kolmogorov-Smirnov distance from which scores have drifted.",
          {.min = 0, .max = 1});
  v.field("window", drift.window, "How far back scores are compared: 7d.");
  v.field("min_samples", drift.min_samples, "Fewer scores than this are not judged.", {.min = 2, .max = 1e6});
}

struct FeedbackPolicy {
  bool enabled = false;
  std::map<std::string, std::string> intents;  ///< what a user says → what is done
};
template <class Visitor>
void describe(Visitor& v, FeedbackPolicy& feedback) {
  v.field("enabled", feedback.enabled, "Feedback changes the pipeline; off unless asked for.");
  v.field("intents", feedback.intents, "Kind of feedback to the action that answers it.",
          {.max_length = 100});
}

struct EvaluationPolicy : PolicyHeader {
  bool enabled = true;
  double sample_rate = 0.1;
  std::int64_t min_samples = 20;
  Thresholds thresholds;  ///< of a program, those of the tenant among them
  EvaluationFailure on_failure = EvaluationFailure::kRecord;
  std::string judge = "heuristic";  ///< or a model of the tenant's router
  DriftPolicy drift;
  FeedbackPolicy feedback;
};
template <class Visitor>
void describe(Visitor& v, EvaluationPolicy& policy) {
  describe(v, static_cast<PolicyHeader&>(policy));
  v.field("enabled", policy.enabled, "Answers are evaluated at all; otherwise nothing is judged.");
  v.field("sample_rate", policy.sample_rate, "Share of answers that are evaluated.", {.min = 0, .max = 1});
  v.field("min_samples", policy.min_samples, "Fewer evaluated answers than this are not judged.",
          {.min = 1, .max = 1e6});
  v.field(
      "thresholds", policy.thresholds,
      "By score: faithfulness, answer_relevancy, context_precision, context_recall, ndcg@10, recall@10, …; a "
      "program's hold beside the tenant's.",
      {.max_length = 100});
  v.field("on_failure", policy.on_failure, "What a failed evaluation does.");
  v.field("judge", policy.judge, "heuristic, or a model that router.yaml allows.", {.max_length = 200});
  v.field("drift", policy.drift, "When scores count as drifted.");
  v.field("feedback", policy.feedback, "What users' feedback does.");
}

}  // namespace bailiwick::snapshot
