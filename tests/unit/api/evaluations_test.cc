// The scores of an evaluation over HTTP: judged by the tenant's thresholds and rules, and on the record.
#include "api/evaluations.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "api/bundles.h"
#include "api/tenants.h"
#include "support/registry_api_test.h"

namespace bailiwick::api {
namespace {

using tenancy::Role;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::Answer;

constexpr std::string_view kEvaluation =
    "min_samples: 10\non_failure: block_release\n"
    "thresholds:\n  faithfulness: {min: 0.85, critical: true}\n  latency: {max: 2}\n";
constexpr std::string_view kOwn =
    R"(@id("no-toxic-answers") @reason("answers are not toxic") @remedy("ask the safety team")
forbid (principal, action == Bailiwick::Action::"evaluations.judge", resource)
when { context has score && context.score == "toxicity" && context has value &&
       context.value.ceiling.greaterThan(decimal("0.1")) };)";

class EvaluationsApiTest : public testing_support::RegistryApiTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(registry_.load());
    rig_.credential("root", "", Role::kPlatformAdmin);
    rig_.credential("operator", "acme-corp", Role::kOperator);
    rig_.credential("viewer", "acme-corp", Role::kViewer);
    rig_.credential("triage", "acme-corp", {rig_.in_program(Role::kOperator, "triage")});
    std::vector<edge::Route> routes = tenant_routes(registry_);
    for (edge::Route& route : bundle_routes(registry_)) routes.push_back(std::move(route));
    for (edge::Route& route : evaluation_routes(rig_.metrics)) routes.push_back(std::move(route));
    rig_.serve(std::move(routes));
    ASSERT_EQ(rig_.call("root", "POST", "/v1/tenants", R"({"id": "acme-corp", "name": "Acme"})").status, 201);
    push(kEvaluation);
  }
  void push(std::string_view evaluation) {
    json::object files{{"tenant.yaml", "id: acme-corp\nname: Acme\nprograms: [triage]\n"},
                       {"policies/evaluation.yaml", json::string(evaluation)},
                       {"programs/triage/policies/evaluation.yaml",
                        "thresholds: {faithfulness: {min: 0.5, priority: tenant}}\n"},
                       {"own.cedar", json::string(kOwn)}};
    Answer pushed = rig_.call("root", "POST", "/v1/tenants/acme-corp/bundles",
                              json::serialize(json::object{{"files", std::move(files)}}));
    ASSERT_EQ(pushed.status, 200) << pushed.body;
  }
  Answer send(std::string_view body, std::string_view credential = "operator", std::string_view more = "") {
    return rig_.call(credential, "POST", "/v1/evaluations/judge", body, more);
  }
  /// The answer to these scores.
  json::object judge(std::string_view scores, std::string_view credential = "operator",
                     std::string_view more = "") {
    Answer answer = send(fmt::format(R"({{"scores": {}, "samples": 40}})", scores), credential, more);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json();
  }
  static std::string verdict(const json::object& judged) {
    return std::string(judged.at("verdict").as_string());
  }
  json::object last_record() {
    auto kept = rig_.ledger.kept();
    return parse_json_object(ledger::to_json(kept.back().record, kept.back().chain, 1)).value();
  }
};

TEST_F(EvaluationsApiTest, GoodScoresPassAndAreOnTheRecord) {
  json::object judged = judge(R"({"faithfulness": 0.85, "latency": 1, "other": 7})");
  EXPECT_EQ(verdict(judged), "pass");
  EXPECT_EQ(judged.at("note"), json::value(""));
  EXPECT_EQ(judged.at("scores").as_array().size(), 3u);
  EXPECT_EQ(judged.at("scores").at(0).at("critical"), json::value(true));
  EXPECT_TRUE(judged.at("scores").at(0).at("rule").is_null());
  EXPECT_EQ(judged.at("min_samples"), json::value(10));
  json::object record = last_record();
  EXPECT_EQ(record.at("action"), json::value("evaluations.judge"));
  EXPECT_EQ(record.at("decision"), json::value("allow"));
  EXPECT_EQ(record.at("policy_revision"), judged.at("policy_revision"));
  EXPECT_EQ(record.at("request_id"), judged.at("request_id"));
  EXPECT_EQ(
      record.at("extra").at("judgement"),
      parse_json(R"({"failed": {}, "missing": [], "note": "", "on_failure": "block_release", "samples": 40,
                           "scores": {"faithfulness": 0.85, "latency": 1, "other": 7}, "verdict": "pass"})")
          .value());
  EXPECT_THAT(rig_.log(), Not(HasSubstr("evaluation.failed")));
}

// No denial: who may judge is answered, whatever the verdict.
TEST_F(EvaluationsApiTest, BadScoresFailWithTheirRules) {
  json::object judged = judge(R"({"faithfulness": 0.84999, "toxicity": 0.2})");
  EXPECT_EQ(verdict(judged), "fail");
  EXPECT_EQ(judged.at("note"), json::value("critical and failed: faithfulness, toxicity"));
  const json::value& faithful = judged.at("scores").at(0);
  EXPECT_EQ(faithful.at("rule"), json::value("evaluation.faithfulness"));
  EXPECT_THAT(std::string(faithful.at("reason").as_string()),
              HasSubstr("QualityViolation: faithfulness must be at least 0.85; "));
  const json::value& toxic = judged.at("scores").at(1);
  EXPECT_EQ(toxic.at("rule"), json::value("no-toxic-answers"));
  EXPECT_EQ(toxic.at("code"), json::value("rule.no-toxic-answers"));
  EXPECT_EQ(toxic.at("reason"), json::value("answers are not toxic; ask the safety team"));
  EXPECT_EQ(toxic.at("critical"), json::value(true));
  EXPECT_EQ(judged.at("missing"), (json::value{"latency"}));
  EXPECT_EQ(judged.at("on_failure"), json::value("block_release"));
  EXPECT_EQ(json::serialize(last_record().at("extra").at("judgement").at("failed")),
            R"({"faithfulness":"evaluation.faithfulness","toxicity":"rule.no-toxic-answers"})");
  EXPECT_THAT(rig_.log(), HasSubstr("evaluation.failed"));
  EXPECT_THAT(rig_.metrics.expose(), HasSubstr("bailiwick_evaluation_alerts_total 1"));
}

TEST_F(EvaluationsApiTest, AFailureThatIsOnlyRecordedAlertsNobody) {
  push("min_samples: 10\nthresholds: {faithfulness: {min: 0.85, critical: true}}\n");
  EXPECT_EQ(verdict(judge(R"({"faithfulness": 0})")), "fail");
  EXPECT_THAT(rig_.log(), Not(HasSubstr("evaluation.failed")));
}

// A program is named as everywhere: by header, or by a credential that belongs to it alone.
TEST_F(EvaluationsApiTest, AProgramIsHeldToItsOwnBounds) {
  constexpr std::string_view kScores = R"({"faithfulness": 0.6})";
  EXPECT_EQ(verdict(judge(kScores)), "fail");
  EXPECT_EQ(verdict(judge(kScores, "operator", "X-Bailiwick-Program: triage\r\n")), "pass");
  EXPECT_EQ(verdict(judge(kScores, "triage")), "pass");
  json::object judged = judge(R"({"faithfulness": 0.4})", "triage");
  EXPECT_EQ(judged.at("scores").at(0).at("rule"), json::value("evaluation.triage.faithfulness"));
  EXPECT_EQ(last_record().at("program"), json::value("triage"));
  EXPECT_EQ(send(R"({"scores": {}, "samples": 40})", "operator", "X-Bailiwick-Program: none\r\n").code(),
            "program.unknown");
}

TEST_F(EvaluationsApiTest, TooFewSamplesAreNotJudged) {
  Answer answer = send(R"({"scores": {"faithfulness": 0}, "samples": 9})");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(verdict(answer.json()), "unjudged");
  EXPECT_TRUE(answer.json().at("scores").as_array().empty());
  EXPECT_EQ(last_record().at("extra").at("judgement").at("verdict"), json::value("unjudged"));
}

TEST_F(EvaluationsApiTest, WhatIsNoScoreIsRefusedWithItsPlace) {
  auto faults = [&](std::string_view body) {
    Answer answer = send(body);
    EXPECT_EQ(answer.status, 400) << body << answer.body;
    return answer.body;
  };
  EXPECT_THAT(faults(R"({"scores": {"a": 1e15, "b": "0.9", "c d": 1, "e": null}, "samples": -1})"),
              AllOf(HasSubstr(R"("pointer":"/scores/a")"), HasSubstr(R"("pointer":"/scores/b")"),
                    HasSubstr(R"("pointer":"/scores/c d")"), HasSubstr(R"("pointer":"/scores/e")"),
                    HasSubstr(R"("pointer":"/samples")")));
  for (const char* number : {"NaN", "1e999", "Infinity", "-1e400"})
    faults(fmt::format(R"({{"scores": {{"a": {}}}, "samples": 1}})", number));
  EXPECT_THAT(faults(R"({"scores": [1], "samples": 1})"), HasSubstr(R"("pointer":"/scores")"));
  EXPECT_THAT(faults(R"({"scores": {}})"), HasSubstr(R"("pointer":"/samples")"));
}

TEST_F(EvaluationsApiTest, ViewersAndThePlatformDoNotJudge) {
  constexpr std::string_view kBody = R"({"scores": {"a": 1}, "samples": 1})";
  EXPECT_EQ(send(kBody, "viewer").code(), "role.insufficient");
  EXPECT_EQ(send(kBody, "root").code(), "platform_admin.no_content");
}

}  // namespace
}  // namespace bailiwick::api
