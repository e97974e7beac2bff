#include "api/evaluations.h"

#include <fmt/format.h>

#include "api/evaluation_view.h"
#include "base/log.h"
#include "identity/late_question.h"

namespace bailiwick::api {
namespace {

using edge::Reply;
using pipeline::Judgement, pipeline::Verdict;
using snapshot::EvaluationFailure, snapshot::EvaluationPolicy;
using tenancy::Action;
using JudgeCall = edge::Call<Action::kEvaluationsJudge>;

const EvaluationPolicy& policy_of(const JudgeCall& call) {
  const auto& program = call.permit.scope().program();
  return call.snapshot->files->settings_of(program ? program->view() : "").evaluation;
}

struct Evaluations {
  Counter alerts;

  static net::Task<Result<Reply>> judge(Evaluations self, JudgeCall& call, JudgeBody body) {
    const EvaluationPolicy& policy = policy_of(call);
    pipeline::Evaluation evaluation{.scores = std::move(body.scores.by_name), .samples = body.samples};
    auto ask = [&](const policy::Facts& facts) {
      return identity::check_facts(identity::Permitted::by(call.permit), *call.snapshot, call.record.resource,
                                   facts, call.clock.wall());
    };
    Judgement judgement = pipeline::judge(policy, evaluation, ask);
    call.record.extra["judgement"] = record_of(judgement, evaluation, policy);
    if (judgement.verdict == Verdict::kFail && policy.on_failure != EvaluationFailure::kRecord)
      self.alert(call, judgement, policy.on_failure);
    JudgementView view = view_of(judgement, evaluation, policy);
    view.policy_revision = call.permit.policy_revision();
    view.request_id = call.request_id;
    co_return Reply::json(200, to_json_value(view));
  }

  /// Nothing in Bailiwick releases anything yet: who asked is told, and whoever reads the log.
  void alert(const JudgeCall& call, const Judgement& judgement, EvaluationFailure on_failure) const {
    alerts.add();
    log_warn("evaluation.failed", {{"tenant", call.permit.tenant().view()},
                                   {"program", call.record.program},
                                   {"note", judgement.note},
                                   {"action", name_of(on_failure)},
                                   {"request_id", call.request_id}});
  }
};

}  // namespace

std::vector<edge::Route> evaluation_routes(Metrics& metrics) {
  Evaluations self{
      metrics.counter("bailiwick_evaluation_alerts_total",
                      "Evaluations that failed where policies/evaluation.yaml says more than record.")};
  return {edge::route<Action::kEvaluationsJudge, JudgeBody>(
      "POST", "/v1/evaluations/judge",
      {.summary = "Are these scores good enough, by the tenant's thresholds and rules?",
       .tag = "evaluations",
       .answer = edge::schema_of<JudgementView>},
      std::bind_front(Evaluations::judge, self))};
}

}  // namespace bailiwick::api
