// Forbidden words are found as words, however they are written, and nothing else is.
#include "retrieval/guard.h"

#include <gtest/gtest.h>

namespace bailiwick::retrieval {
namespace {

TEST(ForbiddenWords, AreWholeWordsInAnyCase) {
  ForbiddenWords forbidden({"malware", "free money", "inject*"});
  EXPECT_EQ(forbidden.find_in("This is MALWARE and VIRUS"), "malware");
  EXPECT_EQ(forbidden.find_in("Free,\n money!"), "free money");
  EXPECT_EQ(forbidden.find_in("an injection"), "inject*");
  EXPECT_EQ(forbidden.find_in("antimalwares; free the money; in ject"), "");
}

TEST(ForbiddenWords, NoneForbidNothing) {
  EXPECT_EQ(ForbiddenWords({}).find_in("malware"), "");
  EXPECT_EQ(ForbiddenWords({"", "...", "*"}).find_in("any text at all"), "");
}

}  // namespace
}  // namespace bailiwick::retrieval
