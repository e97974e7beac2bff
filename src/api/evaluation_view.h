// The scores of an evaluation and what is said of them, as the API reads and writes them.
#pragma once

#include "base/printing.h"
#include "pipeline/judgement.h"

namespace bailiwick::api {

struct GivenScores {
  std::map<std::string, pipeline::GivenScore> by_name;
};

struct JudgeBody {
  GivenScores scores;
  std::int64_t samples = 0;
};
template <class Visitor>
void describe(Visitor& v, JudgeBody& body) {
  v.required("scores", body.scores, "Name of the score to its number: {\"faithfulness\": 0.91}.",
             {.max_length = 100});
  v.required("samples", body.samples, "How many evaluated answers they are made of.", {.min = 0, .max = 1e9});
}

struct JudgedScoreView {
  std::string score;
  double value = 0;
  bool passed = false;
  bool critical = false;
  std::optional<std::string> rule, code, reason;
};
template <class Visitor>
void describe(Visitor& v, JudgedScoreView& view) {
  v.required("score", view.score, "Its name.");
  v.required("value", view.value, "As it was given.");
  v.required("passed", view.passed, "No rule denies it.");
  v.required("critical", view.critical, "Its failure alone fails the whole.");
  v.required("rule", view.rule, "That failed it, by its id in `policy show`; null = none.");
  v.required("code", view.code, "As records and denials name it; null = it passed.");
  v.required("reason", view.reason, "Why it failed and what to do; null = it passed.");
}

struct JudgementView {
  pipeline::Verdict verdict = pipeline::Verdict::kUnjudged;
  std::string note;
  std::vector<JudgedScoreView> scores;
  std::vector<std::string> missing;
  std::int64_t samples = 0, min_samples = 0;
  snapshot::EvaluationFailure on_failure = snapshot::EvaluationFailure::kRecord;
  std::string policy_revision, request_id;
};
template <class Visitor>
void describe(Visitor& v, JudgementView& view) {
  v.required("verdict", view.verdict, "docs/rules.md says what makes it.");
  v.required("note", view.note, "Why it is no pass; empty = it is one.");
  v.required("scores", view.scores, "In order of their names; empty when nothing was judged.");
  v.required("missing", view.missing, "Scores that have a threshold and were not given.");
  v.required("samples", view.samples, "As given.");
  v.required("min_samples", view.min_samples, "Fewer are not judged.");
  v.required("on_failure", view.on_failure, "What a fail means here; callers keep to it.");
  v.required("policy_revision", view.policy_revision, "Of the roles and rules that were asked.");
  v.required("request_id", view.request_id, "Of the ledger's record.");
}

/// The answer but for the request's own words.
JudgementView view_of(const pipeline::Judgement& judgement, const pipeline::Evaluation& evaluation,
                      const snapshot::EvaluationPolicy& policy);

/// What the ledger keeps of it.
json::object record_of(const pipeline::Judgement& judgement, const pipeline::Evaluation& evaluation,
                       const snapshot::EvaluationPolicy& policy);

}  // namespace bailiwick::api

namespace bailiwick {

template <>
struct Binding<pipeline::GivenScore> {
  static bool read(BindContext& c, const Node& n, pipeline::GivenScore& out, const Rule& r);
  static json::object schema(const Rule& r) { return number_schema("number", r); }
};
template <>
struct Binding<api::GivenScores> {
  static bool read(BindContext& c, const Node& n, api::GivenScores& out, const Rule& r);
  static json::object schema(const Rule& r);
};

}  // namespace bailiwick
