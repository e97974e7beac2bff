// A corpus finds the right passages, in an order that depends on nothing but the documents and the question.
#include "retrieval/corpus.h"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::retrieval {
namespace {

PreparedDocument document(std::string_view id, std::string_view text, json::object metadata = {},
                          std::string_view collection = "default", const ChunkLimits& limits = {}) {
  return prepare(make_document(collection, id, "", text, std::move(metadata), WallTime()).value(), limits);
}

Query ask(std::string_view text) {
  return {.text = std::string(text)};
}

std::vector<std::string> ids(const std::vector<Hit>& hits) {
  std::vector<std::string> out;
  for (const Hit& hit : hits) out.push_back(hit.document->id);
  return out;
}
using Ids = std::vector<std::string>;

TEST(Corpus, FindsWhatIsAskedForBestFirst) {
  Corpus corpus({});
  ASSERT_TRUE(corpus.add(document("cold", "Blood is stored cold.")));
  ASSERT_TRUE(corpus.add(document("warm", "Soup is served warm, and blood is not.")));
  std::vector<Hit> hits = corpus.retrieve(ask("How is blood stored?"));
  EXPECT_EQ(ids(hits), (Ids{"cold", "warm"}));
  EXPECT_GT(hits[0].score, hits[1].score);
  EXPECT_EQ(hits[0].text(), "Blood is stored cold.");
  EXPECT_TRUE(corpus.retrieve(ask("the of and")).empty());
  EXPECT_TRUE(corpus.retrieve(ask("")).empty());
}

TEST(Corpus, ANewVersionTakesThePlaceOfTheOld) {
  Corpus corpus({});
  ASSERT_TRUE(corpus.add(document("a", "old words")));
  std::vector<Hit> kept = corpus.retrieve(ask("old"));
  ASSERT_TRUE(corpus.add(document("a", "new words")));
  EXPECT_TRUE(corpus.retrieve(ask("old")).empty());
  EXPECT_EQ(corpus.documents(), 1u);
  EXPECT_EQ(kept.at(0).text(), "old words") << "what was found stays readable";
  EXPECT_TRUE(corpus.remove("default", "a"));
  EXPECT_FALSE(corpus.remove("default", "a"));
  EXPECT_EQ(corpus.bytes(), 0u);
}

TEST(Corpus, CollectionsAndFiltersNarrow) {
  Corpus corpus({});
  ASSERT_TRUE(corpus.add(document("a", "blood", {{"lang", "en"}}, "x")));
  ASSERT_TRUE(corpus.add(document("a", "blood", {{"lang", "de"}}, "y")));
  Query query = ask("blood");
  EXPECT_EQ(corpus.retrieve(query).size(), 2u);
  query.collection = "y";
  EXPECT_EQ(corpus.retrieve(query).at(0).document->collection, "y");
  query.collection = "z";
  EXPECT_TRUE(corpus.retrieve(query).empty());
  query.collection.reset();
  query.filter = Filter::parse({{"lang", "en"}}).value();
  EXPECT_EQ(corpus.retrieve(query).size(), 1u);
}

TEST(Corpus, GroupingKeepsTheBestPassageOfEachDocument) {
  ChunkLimits small{.max_words = 3, .overlap_words = 0};
  Corpus corpus(small);
  ASSERT_TRUE(
      corpus.add(document("a", "Blood one two. Blood three four. Blood blood blood.", {}, "default", small)));
  ASSERT_TRUE(corpus.add(document("b", "Some blood here.", {}, "default", small)));
  Query query = ask("blood");
  EXPECT_EQ(corpus.retrieve(query).size(), 4u);
  query.grouping = Grouping::kDocument;
  std::vector<Hit> hits = corpus.retrieve(query);
  EXPECT_EQ(ids(hits), (Ids{"a", "b"}));
  EXPECT_EQ(hits[0].text(), "Blood blood blood.");
}

TEST(Corpus, DistrustedPassagesAreNotFound) {
  Corpus corpus({});
  ASSERT_TRUE(corpus.add(document("good", "blood", {{"source", "https://who.int/a"}})));
  ASSERT_TRUE(corpus.add(document("bad", "blood", {{"source", "https://else.example/a"}})));
  Query query = ask("blood");
  query.trust = {.allowlist = {"who.int"}, .min_score = 0.5};
  EXPECT_EQ(ids(corpus.retrieve(query)), Ids{"good"});
  query.trust = {.signature_required = true};
  EXPECT_TRUE(corpus.retrieve(query).empty());
}

TEST(Corpus, ReadersOfManyThreadsSeeTheSame) {
  Corpus corpus({});
  for (int i = 0; i < 50; ++i)
    ASSERT_TRUE(corpus.add(document(std::to_string(i), "blood bank " + std::to_string(i))));
  Ids want = ids(corpus.retrieve(ask("blood 7")));
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) EXPECT_EQ(ids(corpus.retrieve(ask("blood 7"))), want);
    });
  }
}

RC_GTEST_PROP(Corpus, TheOrderOfAddingDoesNotShow, ()) {
  auto word = rc::gen::element<std::string>("red", "blue", "green", "the");
  auto texts = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::vector<std::string>>>(
      rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(word))));
  std::vector<PreparedDocument> documents;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::string text;
    for (const std::string& part : texts[i]) text += part + " ";
    documents.push_back(document(std::to_string(i), text, {}, i % 2 == 0 ? "x" : "y"));
  }
  Corpus forward({}), backward({});
  for (const PreparedDocument& one : documents) RC_ASSERT(forward.add(one).has_value());
  std::ranges::reverse(documents);
  for (const PreparedDocument& one : documents) RC_ASSERT(backward.add(one).has_value());
  std::vector<Hit> a = forward.retrieve(ask("red blue")), b = backward.retrieve(ask("red blue"));
  RC_ASSERT(ids(a) == ids(b));
  for (std::size_t i = 0; i < a.size(); ++i) RC_ASSERT(a[i].score == b[i].score);
}

}  // namespace
}  // namespace bailiwick::retrieval
