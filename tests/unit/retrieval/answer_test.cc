// An answer is made of quotations that are where they say they are, or there is no answer.
#include "retrieval/answer.h"

#include <gtest/gtest.h>

#include "retrieval/corpus.h"

namespace bailiwick::retrieval {
namespace {

class AnswerTest : public testing::Test {
 protected:
  void add(std::string_view id, std::string_view text) {
    ASSERT_TRUE(corpus_.add(
        prepare(make_document("default", id, "", text, {}, WallTime()).value(), corpus_.limits())));
  }
  Answer ask(std::string_view question, const AnswerRules& rules = {}) const {
    std::vector<Hit> hits = corpus_.retrieve({.text = std::string(question)});
    return extract_answer(question, hits, corpus_, {}, rules);
  }
  Corpus corpus_{{}};
};

TEST_F(AnswerTest, QuotesTheSentenceThatAnswers) {
  add("blood", "# Blood bank\n\nSamples are kept\nat 4 degrees. A crossmatch sample is valid for 72 hours.");
  add("food", "Soup is warm. Bread is fresh.");
  Answer answer = ask("How long is a crossmatch sample valid?");
  ASSERT_FALSE(answer.abstained);
  EXPECT_EQ(answer.text, "A crossmatch sample is valid for 72 hours. [1]");
  ASSERT_EQ(answer.citations.size(), 1u);
  const Citation& citation = answer.citations[0];
  EXPECT_EQ(citation.hit.document->text.substr(citation.span.start, citation.span.size()), citation.quote());
  EXPECT_GE(citation.span.start, citation.hit.span.start);
  EXPECT_LE(citation.span.end, citation.hit.span.end);
}

TEST_F(AnswerTest, AQuotationOverTwoLinesReadsAsOne) {
  add("blood", "Samples are kept\nat 4 degrees.");
  Answer answer = ask("How are samples kept?");
  EXPECT_EQ(answer.text, "Samples are kept at 4 degrees. [1]");
  EXPECT_EQ(answer.citations.at(0).quote(), "Samples are kept\nat 4 degrees.");
}

TEST_F(AnswerTest, AbstainsWhenNothingSpeaksOfTheQuestion) {
  add("blood", "Samples are kept at 4 degrees in the blood bank.");
  for (const char* question : {"Which orchid flowers on the moons of Jupiter?", "", "the of",
                               "Which samples of orchid pollen from the moons of Jupiter flower?"}) {
    Answer answer = ask(question);
    EXPECT_TRUE(answer.abstained) << question << " → " << answer.text;
    EXPECT_EQ(answer.text, kAbstention);
    EXPECT_TRUE(answer.citations.empty());
  }
}

TEST_F(AnswerTest, TheThresholdDecides) {
  add("blood", "Samples are kept at 4 degrees.");
  EXPECT_FALSE(ask("samples kept orchid", {.min_support = 0.2}).abstained);
  EXPECT_TRUE(ask("samples kept orchid", {.min_support = 0.9}).abstained);
}

TEST_F(AnswerTest, SaysNothingTwiceAndNoMoreThanAllowed) {
  add("a", "Samples are kept cold.");
  add("b", "Samples are kept cold.");
  add("c", "Samples are kept cold, always.");
  EXPECT_EQ(ask("samples kept cold").citations.size(), 2u);
  EXPECT_EQ(ask("samples kept cold", {.max_sentences = 1}).citations.size(), 1u);
}

TEST_F(AnswerTest, AHeadingIsNoAnswer) {
  add("blood", "# Crossmatch sample validity\n\nIt depends.");
  EXPECT_NE(ask("crossmatch sample validity").text, "Crossmatch sample validity [1]");
}

}  // namespace
}  // namespace bailiwick::retrieval
