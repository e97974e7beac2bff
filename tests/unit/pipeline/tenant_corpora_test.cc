// Corpora share a bounded memory: the one unused for longest goes first, and comes back when it is asked for.
#include "pipeline/tenant_corpora.h"

#include <thread>

#include <gtest/gtest.h>

#include "support/corpus_rig.h"

namespace bailiwick::pipeline {
namespace {

using testing_support::CorpusRig;
using Ids = std::vector<std::string>;

class TenantCorporaTest : public testing::Test {
 protected:
  ManualClock clock_{*parse_rfc3339("2026-11-25T12:00:00Z")};
};

TEST_F(TenantCorporaTest, NothingIsReadBeforeItIsNeeded) {
  CorpusRig rig(clock_);
  ASSERT_TRUE(rig.add("acme-corp", "a", "blood"));
  EXPECT_FALSE(rig.is_loaded("acme-corp"));
  EXPECT_EQ(rig.find("acme-corp", "blood"), Ids{"a"});
  EXPECT_TRUE(rig.is_loaded("acme-corp"));
}

TEST_F(TenantCorporaTest, TheLeastRecentlyUsedMakesRoom) {
  CorpusRig rig(clock_, 3000);  // room for two small corpora
  for (const char* tenant : {"acme-corp", "beta-inc", "gamma-co"})
    ASSERT_TRUE(rig.add(tenant, tenant, "blood"));
  EXPECT_EQ(rig.find("acme-corp", "blood"), Ids{"acme-corp"});
  EXPECT_EQ(rig.find("beta-inc", "blood"), Ids{"beta-inc"});
  EXPECT_EQ(rig.find("acme-corp", "blood"), Ids{"acme-corp"});
  EXPECT_EQ(rig.find("gamma-co", "blood"), Ids{"gamma-co"});
  EXPECT_FALSE(rig.is_loaded("beta-inc"));
  EXPECT_TRUE(rig.is_loaded("acme-corp"));
  EXPECT_EQ(rig.find("beta-inc", "blood"), Ids{"beta-inc"}) << "it comes back";
}

TEST_F(TenantCorporaTest, ACorpusLargerThanAllMemoryIsServedAlone) {
  CorpusRig rig(clock_, 1);
  ASSERT_TRUE(rig.add("acme-corp", "a", "blood"));
  EXPECT_EQ(rig.find("acme-corp", "blood"), Ids{"a"});
}

TEST_F(TenantCorporaTest, OtherLimitsCutAgain) {
  CorpusRig rig(clock_);
  ASSERT_TRUE(rig.add("acme-corp", "a", "One two. Three four."));
  auto permit = testing_support::permit<tenancy::Action::kRetrieve>("acme-corp");
  auto chunks = [](const retrieval::Corpus& corpus) { return corpus.chunks(); };
  ASSERT_TRUE(rig.corpora().load(permit, {}));
  EXPECT_EQ(rig.corpora().of(permit)->read({}, chunks), 1u);
  retrieval::ChunkLimits small{.max_words = 2, .overlap_words = 0};
  EXPECT_EQ(rig.corpora().of(permit)->read(small, chunks), std::nullopt);
  ASSERT_TRUE(rig.corpora().load(permit, small));
  EXPECT_EQ(rig.corpora().of(permit)->read(small, chunks), 2u);
}

TEST_F(TenantCorporaTest, SearchesAndChangesOfManyThreadsDoNotDisturbEachOther) {
  CorpusRig rig(clock_);
  ASSERT_TRUE(rig.add("acme-corp", "always", "blood"));
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&rig, t] {
        for (int i = 0; i < 10; ++i) {
          Ids found = rig.find("acme-corp", "blood");
          EXPECT_NE(std::ranges::find(found, "always"), found.end());
          EXPECT_TRUE(rig.add("acme-corp", std::to_string(t), "blood " + std::to_string(i)));
        }
      });
    }
  }
  EXPECT_EQ(rig.find("acme-corp", "blood").size(), 4u);
}

}  // namespace
}  // namespace bailiwick::pipeline
