// Questions are answered from the tenant's own documents, by its model or by the house, with a record of
// every passage.
#include "pipeline/question_service.h"

#include <gtest/gtest.h>

#include "pipeline/local_answerer.h"
#include "support/corpus_rig.h"
#include "support/model_rig.h"

namespace bailiwick::pipeline {
namespace {

using tenancy::Action;
using testing_support::CorpusRig;
using testing_support::FakeUpstream;
using testing_support::ModelRig;
using testing_support::permit;
using testing_support::Script;

class QuestionServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    auto tenant = std::make_shared<snapshot::TenantSnapshot>(*models_.tenant);
    testing_support::settings_of(*tenant).retrieval.domain = "healthcare";
    testing_support::settings_of(*tenant).retrieval.usecase = "patient-qa";
    testing_support::settings_of(*tenant).retrieval.policy_semver = "1.2.3";
    models_.tenant = tenant;
    auto added = rig_.add(
        *tenant, {{"blood.md", "", "# Blood\n\nBlood is stored at 4 degrees. Red is its colour.", {}},
                  {"soup.md", "", "# Soup\n\nSoup is served warm.", {}}});
    ASSERT_TRUE(added);
    ASSERT_TRUE(rig_.add("beta-inc", "canary.md", "Blood is stored at the canary."));
    record_.request_id = "req_1";
    record_.principal = "token:tok_1";
  }
  /// The tenant's `auto` becomes a model that says `text`.
  void model_says(std::string_view text, int status = 200) {
    Script script;
    script.status = status;
    script.body = R"({"id":"c","choices":[{"message":{"content":")" + std::string(text) +
                  R"("}}],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}})";
    upstream_.play({script});
    auto tenant = std::make_shared<snapshot::TenantSnapshot>(*models_.tenant);
    testing_support::settings_of(*tenant).router.providers["one"] = ModelRig::openai(upstream_);
    testing_support::settings_of(*tenant).router.routing.primary = ModelRig::target("one", "big");
    models_.tenant = tenant;
  }
  Result<Asked> ask(std::string text) {
    auto may_ask = permit<Action::kAsk>("acme-corp");
    Search search{.text = std::move(text)};
    return models_.run(service_.ask(may_ask, models_.tenant, models_.loop, std::move(search), record_));
  }
  Result<Retrieved> retrieve(Search search) {
    auto may_retrieve = permit<Action::kRetrieve>("acme-corp");
    return models_.run(
        service_.retrieve(may_retrieve, models_.tenant, models_.loop, std::move(search), record_));
  }

  FakeUpstream upstream_;
  ModelRig models_{{}};
  CorpusRig rig_{models_.clock};
  SeededRandom random_{7};
  QuestionService service_{rig_.corpora(), models_.router, models_.clock, random_};
  ledger::Record record_;
};

TEST_F(QuestionServiceTest, RetrievesPassagesAndRecordsEach) {
  Retrieved found = retrieve({.text = "How is blood stored?"}).value();
  ASSERT_EQ(found.hits.size(), 1u);
  EXPECT_EQ(found.hits[0].document->id, "blood.md");
  EXPECT_EQ(record_.query_id, found.lineage_id);
  ASSERT_EQ(found.lineage.size(), 1u);
  const ledger::Record& lineage = found.lineage[0];
  EXPECT_EQ(lineage.kind, ledger::RecordKind::kLineage);
  EXPECT_EQ(lineage.request_id, "req_1");
  EXPECT_EQ(lineage.source_id, "blood.md");
  EXPECT_EQ(lineage.chunk_id, found.hits[0].id());
  EXPECT_EQ(lineage.query_id, found.lineage_id);
  EXPECT_EQ(lineage.domain, "healthcare");
  EXPECT_EQ(lineage.usecase, "patient-qa");
  EXPECT_EQ(lineage.extra.at("policy_version"), "1.2.3");
  EXPECT_EQ(lineage.trust_score, found.hits[0].trust);
}

TEST_F(QuestionServiceTest, TheSearchIsNarrowedAsAsked) {
  EXPECT_TRUE(retrieve({.text = "blood", .collection = "elsewhere"})->hits.empty());
  EXPECT_EQ(retrieve({.text = "blood soup", .top_k = 1})->hits.size(), 1u);
  EXPECT_TRUE(
      retrieve({.text = "blood", .filter = retrieval::Filter::parse({{"a", 1}}).value()})->hits.empty());
}

TEST_F(QuestionServiceTest, TheHouseAnswersWithQuotations) {
  Asked asked = ask("At how many degrees is blood stored?").value();
  EXPECT_EQ(asked.answer.text, "Blood is stored at 4 degrees. [1]");
  EXPECT_EQ(asked.cost, PicoDollars());
  EXPECT_EQ(record_.provider, "local");
  ASSERT_EQ(asked.lineage.size(), 1u);
  EXPECT_EQ(asked.lineage[0].agent_id, "local/extractive");
  EXPECT_EQ(asked.lineage[0].source_id, "blood.md");
}

TEST_F(QuestionServiceTest, WhatNoDocumentSpeaksOfIsNotAnswered) {
  model_says("Everything is known to me [1]");
  Asked asked = ask("Which orchid flowers on Jupiter?").value();
  EXPECT_TRUE(asked.answer.abstained);
  EXPECT_EQ(asked.answer.text, retrieval::kAbstention);
  EXPECT_TRUE(asked.lineage.empty());
  EXPECT_TRUE(upstream_.seen().empty()) << "no money is spent on it";
}

TEST_F(QuestionServiceTest, TheTenantsModelAnswersFromThePassagesAndIsPaid) {
  model_says("It is kept at 4 degrees [1].");
  Asked asked = ask("At how many degrees is blood stored?").value();
  EXPECT_EQ(asked.answer.text, "It is kept at 4 degrees [1].");
  EXPECT_EQ(asked.answer.citations.at(0).quote(), "Blood is stored at 4 degrees.");
  EXPECT_EQ(asked.cost, PicoDollars(10 * 10'000'000 + 5 * 20'000'000));
  EXPECT_EQ(record_.model, "big");
  EXPECT_EQ(record_.cost, asked.cost);
  EXPECT_EQ(asked.lineage.at(0).agent_id, "one/big");
  const std::string sent = upstream_.seen().at(0).body;
  EXPECT_NE(sent.find("Blood is stored at 4 degrees."), std::string::npos);
  EXPECT_EQ(sent.find("canary"), std::string::npos) << "nothing of the neighbour";
}

TEST_F(QuestionServiceTest, AModelThatCitesNothingHasNotAnswered) {
  model_says("Trust me.");
  Asked asked = ask("At how many degrees is blood stored?").value();
  EXPECT_TRUE(asked.answer.abstained);
  EXPECT_NE(asked.cost, PicoDollars()) << "it was paid all the same";
}

TEST_F(QuestionServiceTest, TheHouseStepsInWhereTheRouteSaysSo) {
  model_says("{}", 500);
  auto tenant = std::make_shared<snapshot::TenantSnapshot>(*models_.tenant);
  testing_support::settings_of(*tenant).router.routing.fallback = ModelRig::target("local", "extractive");
  models_.tenant = tenant;
  EXPECT_EQ(ask("At how many degrees is blood stored?")->answer.text, "Blood is stored at 4 degrees. [1]");
}

TEST_F(QuestionServiceTest, TheBuiltInModelAnswersTheLastThingSaid) {
  LocalAnswerer local(rig_.corpora(), models_.clock);
  auto may_chat = permit<Action::kModelsChat>("acme-corp");
  auto say = [&](std::vector<routing::Message> messages) {
    routing::LocalQuestion question{may_chat.scope(), *models_.tenant, models_.loop, std::move(messages)};
    return models_.run(local.answer(question)).value();
  };
  std::string text =
      say({{"user", "Is soup warm?"}, {"assistant", "Yes."}, {"user", "Where is blood stored?"}});
  EXPECT_TRUE(text.starts_with("Blood is stored at 4 degrees. [1]\n\n[1] blood.md (chk_")) << text;
  EXPECT_EQ(say({{"system", "Be kind."}}), retrieval::kAbstention);
}

}  // namespace
}  // namespace bailiwick::pipeline
