#include "api/evaluation_view.h"

#include "snapshot/score_name.h"

namespace bailiwick::api {
namespace {

using pipeline::Evaluation, pipeline::JudgedScore, pipeline::Judgement;
using snapshot::EvaluationPolicy;

/// A rule of one's own is `rule.ID` in records; one that Bailiwick made is its id there too.
std::optional<std::string> rule_of(const std::string& code) {
  constexpr std::string_view kOwn = "rule.";
  if (code == "rule.no_permit") return std::nullopt;
  return code.starts_with(kOwn) ? code.substr(kOwn.size()) : code;
}

JudgedScoreView view_of(const JudgedScore& judged) {
  JudgedScoreView view{.score = judged.name,
                       .value = judged.value,
                       .passed = judged.passed(),
                       .critical = judged.critical,
                       .rule = {},
                       .code = {},
                       .reason = {}};
  if (judged.passed()) return view;
  view.rule = rule_of(judged.code);
  view.code = judged.code;
  view.reason = judged.reason;
  return view;
}

}  // namespace

JudgementView view_of(const Judgement& judgement, const Evaluation& evaluation,
                      const EvaluationPolicy& policy) {
  JudgementView view{.verdict = judgement.verdict,
                     .note = judgement.note,
                     .scores = {},
                     .missing = judgement.missing,
                     .samples = evaluation.samples,
                     .min_samples = policy.min_samples,
                     .on_failure = policy.on_failure,
                     .policy_revision = {},
                     .request_id = {}};
  for (const JudgedScore& judged : judgement.scores) view.scores.push_back(view_of(judged));
  return view;
}

json::object record_of(const Judgement& judgement, const Evaluation& evaluation,
                       const EvaluationPolicy& policy) {
  json::object scores, failed;
  for (const auto& [name, given] : evaluation.scores) scores[name] = to_json_value(given.value);
  for (const JudgedScore& judged : judgement.scores) {
    if (!judged.passed()) failed[judged.name] = json::string(judged.code);
  }
  return {{"verdict", to_json_value(judgement.verdict)},
          {"note", json::string(judgement.note)},
          {"scores", std::move(scores)},
          {"failed", std::move(failed)},
          {"missing", to_json_value(judgement.missing)},
          {"samples", evaluation.samples},
          {"on_failure", to_json_value(policy.on_failure)}};
}

}  // namespace bailiwick::api

namespace bailiwick {

using pipeline::GivenScore;
using ScoresByName = std::map<std::string, GivenScore>;

bool Binding<GivenScore>::read(BindContext& c, const Node& n, GivenScore& out, const Rule& r) {
  if (!read_scalar(c, n, out.value, r)) return false;
  auto range = policy::decimals_around(out.value);
  if (!range) return c.problem(n, "is beyond what decimals hold, ±922337203685477.58"), false;
  out.range = *range;
  return true;
}

bool Binding<api::GivenScores>::read(BindContext& c, const Node& n, api::GivenScores& out, const Rule& r) {
  bool good = Binding<ScoresByName>::read(c, n, out.by_name, r);
  return snapshot::check_score_names(c, n) && good;
}

json::object Binding<api::GivenScores>::schema(const Rule& r) {
  json::object schema = Binding<ScoresByName>::schema(r);
  schema["propertyNames"] = json::object{{"pattern", json::string(snapshot::kScoreNamePattern)}};
  return schema;
}

}  // namespace bailiwick
