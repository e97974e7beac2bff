// Words become the terms that people mean by them, whatever their form, case or script.
#include "retrieval/words.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::retrieval {
namespace {

using Terms = std::vector<std::string>;

Terms written(std::string_view text) {
  Terms words;
  for (Span span : words_of(text)) words.emplace_back(span.of(text));
  return words;
}

TEST(Words, KeepNumbersAndApostrophesWhole) {
  EXPECT_EQ(written("3.5 mg of 1,000; don't, (really)."),
            (Terms{"3.5", "mg", "of", "1,000", "don't", "really"}));
  EXPECT_EQ(written("end. Next,then"), (Terms{"end", "Next", "then"}));
  EXPECT_EQ(written("low_case x-ray"), (Terms{"low", "case", "x", "ray"}));
}

TEST(Words, OfScriptsWithoutSpacesAreCharacters) {
  EXPECT_EQ(written("血液 bank"), (Terms{"血", "液", "bank"}));
}

TEST(Words, AreEmptyForNothing) {
  EXPECT_TRUE(words_of("").empty());
  EXPECT_TRUE(words_of(" …—!\n").empty());
}

TEST(Terms, AreStemmedWithoutStopWords) {
  EXPECT_EQ(terms_of("The patients were transfused"), (Terms{"patient", "transfus"}));
  EXPECT_EQ(terms_of("Nurse’s NURSES nurse's"), (Terms{"nurs", "nurs", "nurs"}));
  EXPECT_EQ(distinct_terms_of("b a b A b"), (Terms{"b"}));
}

TEST(Terms, OfOtherScriptsIgnoreCase) {
  EXPECT_EQ(terms_of("МОСКВА Ärzte"), terms_of("москва ärzte"));
}

TEST(Terms, OfEndlessWordsAreCut) {
  std::string endless(5000, 'x');
  EXPECT_LE(terms_of(endless).at(0).size(), 64u);
  std::string wide;
  for (int i = 0; i < 100; ++i) wide += "é";
  EXPECT_LE(terms_of(wide).at(0).size(), 64u);
}

RC_GTEST_PROP(Words, LieInOrderInsideTheText, (std::string text)) {
  std::size_t last = 0;
  for (Span span : words_of(text)) {
    RC_ASSERT(span.start >= last);
    RC_ASSERT(span.end > span.start);
    RC_ASSERT(span.end <= text.size());
    last = span.end;
  }
}

}  // namespace
}  // namespace bailiwick::retrieval
