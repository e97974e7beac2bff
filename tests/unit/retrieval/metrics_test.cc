// The measures are those of trec_eval, by numbers worked out by hand.
#include "retrieval/metrics.h"

#include <cmath>

#include <gtest/gtest.h>

namespace bailiwick::retrieval {
namespace {

const Judgements kJudged{{"a", 2}, {"b", 1}, {"c", 0}};
using Ranking = std::vector<std::string>;

TEST(Ndcg, DiscountsByRankAndNormalisesByTheBestOrder) {
  double best = 2 + 1 / std::log2(3);
  EXPECT_DOUBLE_EQ(ndcg_at(10, Ranking{"a", "b"}, kJudged), 1);
  EXPECT_DOUBLE_EQ(ndcg_at(10, Ranking{"b", "x", "a"}, kJudged), (1 + 2 / std::log2(4)) / best);
  EXPECT_DOUBLE_EQ(ndcg_at(1, Ranking{"b", "a"}, kJudged), 0.5);
  EXPECT_DOUBLE_EQ(ndcg_at(10, Ranking{"c", "x"}, kJudged), 0);
  EXPECT_DOUBLE_EQ(ndcg_at(10, Ranking{"c"}, {{"c", 0}}), 0);
}

TEST(Recall, IsTheShareOfTheRelevant) {
  EXPECT_DOUBLE_EQ(recall_at(2, Ranking{"x", "a", "b"}, kJudged), 0.5);
  EXPECT_DOUBLE_EQ(recall_at(3, Ranking{"x", "a", "b"}, kJudged), 1);
  EXPECT_DOUBLE_EQ(recall_at(3, Ranking{}, kJudged), 0);
}

TEST(ReciprocalRank, IsOfTheFirstRelevant) {
  EXPECT_DOUBLE_EQ(reciprocal_rank_at(10, Ranking{"c", "x", "b", "a"}, kJudged), 1.0 / 3);
  EXPECT_DOUBLE_EQ(reciprocal_rank_at(2, Ranking{"c", "x", "b"}, kJudged), 0);
}

}  // namespace
}  // namespace bailiwick::retrieval
