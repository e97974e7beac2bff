// Documents go in, are found, change and go, each tenant's for itself, and the store and the search never
// disagree.
#include "pipeline/corpus_service.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "policy/rule_files.h"
#include "policy/rules.h"
#include "support/corpus_rig.h"
#include "support/tenant_settings.h"

namespace bailiwick::pipeline {
namespace {

using tenancy::Action;
using testing_support::CorpusRig;
using testing_support::permit;
using Ids = std::vector<std::string>;
using Kind = Outcome::Kind;

class CorpusServiceTest : public testing::Test {
 protected:
  Kind put(std::string_view id, std::string_view text) {
    return rig_.add("acme-corp", id, text).value().at(0).kind;
  }
  Result<DocumentView> get(std::string_view tenant, std::string_view id) {
    return rig_.service().get(permit<Action::kCorpusRead>(tenant), {"default", std::string(id)});
  }
  Result<DocumentPage> list(std::string_view collection, std::string_view after, std::int64_t limit) {
    return rig_.service().list(permit<Action::kCorpusRead>("acme-corp"), collection, after, limit);
  }

  ManualClock clock_{*parse_rfc3339("2026-11-25T12:00:00Z")};
  CorpusRig rig_{clock_};
};

TEST_F(CorpusServiceTest, TheSameBytesAgainChangeNothing) {
  EXPECT_EQ(put("a", "blood is cold"), Kind::kAdded);
  clock_.advance(std::chrono::seconds(5));
  EXPECT_EQ(put("a", "blood is cold"), Kind::kUnchanged);
  EXPECT_EQ(get("acme-corp", "a")->summary.added_at, *parse_rfc3339("2026-11-25T12:00:00Z"));
  EXPECT_EQ(put("a", "soup is warm"), Kind::kUpdated);
  EXPECT_EQ(get("acme-corp", "a")->text, "soup is warm");
}

TEST_F(CorpusServiceTest, WhatIsAddedIsFoundBeforeAndAfterARestart) {
  put("before", "blood is cold");
  EXPECT_EQ(rig_.find("acme-corp", "blood"), Ids{"before"});
  put("while", "blood is red");
  EXPECT_EQ(rig_.find("acme-corp", "red"), Ids{"while"});
  put("before", "soup is warm");
  EXPECT_EQ(rig_.find("acme-corp", "cold"), Ids{});
  ASSERT_TRUE(rig_.remove("acme-corp", "while"));
  EXPECT_EQ(rig_.find("acme-corp", "red soup"), Ids{"before"});
  rig_.restart();
  EXPECT_EQ(rig_.find("acme-corp", "red soup blood"), Ids{"before"});
}

TEST_F(CorpusServiceTest, ANeighboursDocumentIsAnAbsentOne) {
  put("secret", "canary words");
  EXPECT_EQ(rig_.find("beta-inc", "canary"), Ids{});
  auto error_of = [](const auto& result) { return result.error().reason + result.error().message; };
  EXPECT_EQ(error_of(get("beta-inc", "secret")), error_of(get("beta-inc", "never-was")));
  EXPECT_EQ(error_of(rig_.remove("beta-inc", "secret")), error_of(rig_.remove("beta-inc", "never-was")));
  EXPECT_TRUE(get("acme-corp", "secret"));
  ASSERT_TRUE(rig_.add("beta-inc", "secret", "of another kind"));
  EXPECT_EQ(get("acme-corp", "secret")->text, "canary words");
}

TEST_F(CorpusServiceTest, AForbiddenDocumentIsKeptAsideAndReported) {
  auto tenant = CorpusRig::tenant("acme-corp");
  ASSERT_TRUE(rig_.add(*tenant, {{"a", "", "plain words", {}}}));
  EXPECT_EQ(rig_.find("acme-corp", "words"), Ids{"a"});
  testing_support::settings_of(*tenant).retrieval.trust.forbidden_patterns = {"malware"};
  auto outcomes = rig_.add(*tenant, {{"a", "", "MALWARE words", {}}, {"b", "", "good words", {}}}).value();
  EXPECT_EQ(outcomes[0].kind, Kind::kQuarantined);
  EXPECT_EQ(outcomes[0].reason, "forbidden: malware");
  EXPECT_EQ(outcomes[1].kind, Kind::kAdded);
  EXPECT_EQ(rig_.find("acme-corp", "words"), Ids{"b"});
  rig_.restart();
  EXPECT_EQ(rig_.find("acme-corp", "words"), Ids{"b"});
  EXPECT_EQ(get("acme-corp", "a")->summary.status, DocumentStatus::kQuarantined);
  testing_support::settings_of(*tenant).retrieval.trust.forbidden_patterns.clear();
  EXPECT_EQ(rig_.add(*tenant, {{"a", "", "MALWARE words", {}}}).value()[0].kind, Kind::kUpdated)
      << "allowed now";
  EXPECT_EQ(rig_.find("acme-corp", "malware"), Ids{"a"});
}

TEST_F(CorpusServiceTest, UnsignedDocumentsStayOutWhenThePolicyWantsSignatures) {
  auto tenant = CorpusRig::tenant("acme-corp");
  testing_support::settings_of(*tenant).retrieval.trust.signature_required = true;
  EXPECT_EQ(rig_.add(*tenant, {{"a", "", "words", {}}}).value()[0].reason, "signature.required");
}

TEST_F(CorpusServiceTest, AFaultyUploadChangesNothingAndNamesEveryFault) {
  auto tenant = CorpusRig::tenant("acme-corp");
  Error error =
      rig_.add(*tenant,
               {{"good", "", "words", {}}, {"", "", "x", {}}, {"bad", "", "\xFF", {}}, {"good", "", "y", {}}})
          .error();
  EXPECT_EQ(error.reason, "corpus.invalid");
  ASSERT_EQ(error.problems.size(), 3u);
  EXPECT_EQ(error.problems[0].where, "/documents/1");
  EXPECT_EQ(error.problems[1].where, "/documents/2");
  EXPECT_EQ(error.problems[2].where, "/documents/3");
  EXPECT_FALSE(get("acme-corp", "good"));
  EXPECT_EQ(rig_.add(*tenant, {{"a", "", "x", {}}}, "no/slash").error().reason, "collection.invalid");
}

TEST_F(CorpusServiceTest, NothingIsDeletedBeforeItsTime) {
  auto rules = [](std::string_view text) {
    return policy::Rules::compile(
               policy::read_rules({{"r.cedar", std::string(text)}}, "", policy::RulesOf::kTenant)->operations)
        .value();
  };
  auto tenant = CorpusRig::tenant("acme-corp");
  tenant->rules =
      rules(R"(@id("young") forbid(principal, action == Bailiwick::Action::"corpus.delete", resource)
    when { context has age && context has data_type && context.data_type == "data" &&
           context.age < duration("30d") && resource.name == "default/a" };)");
  put("a", "blood is cold");
  put("b", "soup is warm");
  clock_.advance(std::chrono::days(30) - std::chrono::milliseconds(1));
  EXPECT_EQ(rig_.remove(*tenant, "a").error().reason, "rule.young");
  EXPECT_TRUE(get("acme-corp", "a"));
  EXPECT_TRUE(rig_.remove(*tenant, "b"));
  EXPECT_EQ(rig_.remove(*tenant, "c").error().reason, "document.not_found");
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(rig_.remove(*tenant, "a"));
  EXPECT_FALSE(get("acme-corp", "a"));
}

TEST_F(CorpusServiceTest, StorageIsLimitedExactly) {
  auto tenant = CorpusRig::tenant("acme-corp");
  tenant->tenant.quotas.max_storage_gb = 12e-9;  // ten bytes of text, two of metadata
  EXPECT_TRUE(rig_.add(*tenant, {{"a", "", "ten bytes.", {}}}));
  Error error = rig_.add(*tenant, {{"b", "", "x", {}}}).error();
  EXPECT_EQ(error.reason, "quota.storage");
  EXPECT_FALSE(get("acme-corp", "b"));
  EXPECT_EQ(rig_.find("acme-corp", "x"), Ids{});
  ASSERT_TRUE(rig_.remove("acme-corp", "a"));
  EXPECT_TRUE(rig_.add(*tenant, {{"b", "", "x", {}}}));
}

TEST_F(CorpusServiceTest, AnInterruptedUploadLearnsWhatIsMissing) {
  put("same", "one");
  put("differs", "two");
  std::vector<Fingerprint> held{
      {"same", get("acme-corp", "same")->summary.sha256}, {"differs", "0"}, {"new", "0"}};
  EXPECT_EQ(rig_.service().missing(permit<Action::kCorpusWrite>("acme-corp"), "default", held).value(),
            (Ids{"differs", "new"}));
}

TEST_F(CorpusServiceTest, AListGoesThroughEverythingOnceInOrder) {
  auto tenant = CorpusRig::tenant("acme-corp");
  for (const char* collection : {"y", "x"}) {
    ASSERT_TRUE(rig_.add(*tenant, {{"b", "", "w", {}}, {"a", "", "w", {}}, {"c", "", "w", {}}}, collection));
  }
  std::string seen, after;
  do {
    DocumentPage page = list("", after, 2).value();
    for (const DocumentSummary& document : page.documents)
      seen += document.collection + document.document_id + " ";
    after = page.next;
  } while (!after.empty());
  EXPECT_EQ(seen, "xa xb xc ya yb yc ");
  DocumentPage page = list("y", "", 2).value();
  EXPECT_EQ(list("y", page.next, 2)->documents.at(0).document_id, "c");
  EXPECT_EQ(list("", "garbage", 2).error().reason, "page.token");
}

RC_GTEST_FIXTURE_PROP(CorpusServiceTest, StoreAndSearchTellTheSameStory, ()) {
  auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 3), rc::gen::inRange(0, 4)));
  bool looked = false;
  for (auto [id, what] : steps) {
    std::string name = std::to_string(id);
    if (what == 0)
      (void)rig_.remove("acme-corp", name);
    else
      put(name, "common version" + std::to_string(what));
    looked = looked || what == 3;
    if (looked) rig_.find("acme-corp", "common");  // from here on the index follows every change
  }
  Ids live = rig_.find("acme-corp", "common version1 version2 version3");
  rig_.restart();
  RC_ASSERT(live == rig_.find("acme-corp", "common version1 version2 version3"));
}

}  // namespace
}  // namespace bailiwick::pipeline
