#include "snapshot/score_name.h"

#include <gtest/gtest.h>

namespace bailiwick::snapshot {
namespace {

// A dot would make it unclear where a rule's id has the program and where the score.
TEST(ScoreName, IsAWordThatAnIdCanHold) {
  for (std::string_view good : {"faithfulness", "ndcg@10", "ROUGE-L", "f1", "context_recall"})
    EXPECT_TRUE(is_score_name(good)) << good;
  for (std::string_view bad : {"", "a.b", "a b", "a/b", "né", "a\n", "a\""})
    EXPECT_FALSE(is_score_name(bad)) << bad;
  EXPECT_TRUE(is_score_name(std::string(63, 'a')));
  EXPECT_FALSE(is_score_name(std::string(64, 'a')));
}

}  // namespace
}  // namespace bailiwick::snapshot
