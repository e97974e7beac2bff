// Chunks cover a document in whole sentences and are called the same wherever and whenever they are made.
#include "retrieval/chunker.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "retrieval/sentences.h"

namespace bailiwick::retrieval {
namespace {

DocumentPtr make(std::string_view text, std::string_view id = "id", std::string_view title = "") {
  return make_document("default", id, title, text, {}, WallTime()).value();
}
std::vector<std::string> cut(const DocumentPtr& document, const ChunkLimits& limits) {
  std::vector<std::string> out;
  for (Span span : chunks_of(*document, limits)) out.emplace_back(span.of(document->text));
  return out;
}
using Cut = std::vector<std::string>;

TEST(Chunks, AreWholeSentencesThatOverlap) {
  DocumentPtr document = make("One two three. Four five. Six seven. Eight nine ten.");
  EXPECT_EQ(cut(document, {.max_words = 5, .overlap_words = 2}),
            (Cut{"One two three. Four five.", "Four five. Six seven.", "Six seven. Eight nine ten."}));
  EXPECT_EQ(cut(document, {.max_words = 5, .overlap_words = 0}),
            (Cut{"One two three. Four five.", "Six seven. Eight nine ten."}));
}

TEST(Chunks, OfALongSentenceAreCutBetweenWords) {
  EXPECT_EQ(cut(make("one two three four five six seven"), {.max_words = 3, .overlap_words = 0}),
            (Cut{"one two three", "four five six", "seven"}));
}

TEST(Chunks, KeepAHeadingWithWhatItHeads) {
  EXPECT_EQ(cut(make("Aa bb cc.\n\n# Head\n\nDd ee ff."), {.max_words = 4, .overlap_words = 0}),
            (Cut{"Aa bb cc.", "# Head\n\nDd ee ff."}));
}

TEST(Chunks, BeginWithTheTitle) {
  EXPECT_EQ(cut(make("Some text.", "id", "A title"), {}), Cut{"A title\nSome text."});
}

TEST(ChunkId, IsFixedByCollectionDocumentContentAndPlace) {
  DocumentPtr document = make("Some text.");
  std::string id = chunk_id(*document, {0, 4});
  EXPECT_EQ(id, "chk_96eef881341104dae384e2de") << "a changed rule renames every chunk ever cited";
  EXPECT_NE(id, chunk_id(*document, {0, 5}));
  EXPECT_NE(id, chunk_id(*make("Some text!"), {0, 4}));
  EXPECT_NE(id, chunk_id(*make("Some text.", "other"), {0, 4}));
  auto elsewhere = make_document("notes", "id", "", "Some text.", {}, WallTime()).value();
  EXPECT_NE(id, chunk_id(*elsewhere, {0, 4}));
}

RC_GTEST_PROP(Chunks, CoverEveryWordWithinTheLimit, ()) {
  auto parts = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "alpha", "beta.", "Gamma?", "\n\n", "# Head\n", "- item\n", "日本", "x.y")));
  std::string text = "start ";
  for (const std::string& part : parts) text += part + " ";
  ChunkLimits limits{.max_words = *rc::gen::inRange<std::size_t>(1, 12),
                     .overlap_words = *rc::gen::inRange<std::size_t>(0, 12)};
  DocumentPtr document = make(text);
  std::vector<Span> chunks = chunks_of(*document, limits);
  std::vector<Span> words = words_of(document->text);
  for (Span word : words) {
    bool covered =
        std::ranges::any_of(chunks, [&](Span c) { return c.start <= word.start && word.end <= c.end; });
    RC_ASSERT(covered);
  }
  for (Span chunk : chunks) RC_ASSERT(words_of(chunk.of(document->text)).size() <= limits.max_words + 0u);
}

}  // namespace
}  // namespace bailiwick::retrieval
