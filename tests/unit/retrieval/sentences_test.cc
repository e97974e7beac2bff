// Sentences are cut where a reader would cut them, and every byte of them is a byte of the text.
#include "retrieval/sentences.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::retrieval {
namespace {

std::vector<std::string> cut(std::string_view text, std::size_t heading = 0) {
  std::vector<std::string> out;
  for (const Sentence& sentence : sentences_of(text, heading)) {
    out.push_back((sentence.kind == SentenceKind::kHeading ? "# " : "") +
                  std::string(sentence.span.of(text)));
  }
  return out;
}
using Cut = std::vector<std::string>;

TEST(Sentences, EndAtTheirMarks) {
  EXPECT_EQ(cut("One. Two! Three? \"Four.\" Five"), (Cut{"One.", "Two!", "Three?", "\"Four.\"", "Five"}));
}

TEST(Sentences, GoOnAfterAbbreviationsNumbersAndInitials) {
  EXPECT_EQ(cut("Ask Dr. Smith, e.g. at 3.5 p.m. today. J. Doe knows."),
            (Cut{"Ask Dr. Smith, e.g. at 3.5 p.m. today.", "J. Doe knows."}));
  EXPECT_EQ(cut("Cells (Fig. 2) and Li et al. Nature agree."),
            (Cut{"Cells (Fig. 2) and Li et al. Nature agree."}));
}

TEST(Sentences, FlowOverWrappedLinesButNotOverBlankOnes) {
  EXPECT_EQ(cut("A long\nline. B\n\nC"), (Cut{"A long\nline.", "B", "C"}));
}

TEST(Sentences, OfMarkdownLeaveTheMarksOut) {
  EXPECT_EQ(cut("# Title\n\nText.\n- first\n- second\n1. third\n> quoted\n\n---\nlast"),
            (Cut{"# Title", "Text.", "first", "second", "third\n> quoted", "last"}));
}

TEST(Sentences, BeginWithTheGivenHeading) {
  EXPECT_EQ(cut("A title\nText.", 8), (Cut{"# A title", "Text."}));
}

RC_GTEST_PROP(Sentences, HoldEveryWordOnceInOrder, ()) {
  auto parts = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "word", "Dr.", "end.", "\n", "\n\n", "- ", "# ", " ", "?", "é", "»", "**", "[1]"));
  std::string text;
  for (const std::string& part : parts) text += part + " ";
  std::size_t last = 0, words = 0;
  for (const Sentence& sentence : sentences_of(text)) {
    RC_ASSERT(sentence.span.start >= last);
    RC_ASSERT(sentence.span.end <= text.size());
    RC_ASSERT(sentence.span.size() > 0u);
    last = sentence.span.end;
    words += words_of(sentence.span.of(text)).size();
  }
  RC_ASSERT(words == words_of(text).size());
}

}  // namespace
}  // namespace bailiwick::retrieval
