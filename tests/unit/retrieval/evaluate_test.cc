// Our search ranks the field's test collections at least as well as the field's own BM25.
#include "retrieval/evaluate.h"

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>
#include <zlib.h>

#include "base/files.h"

namespace bailiwick::retrieval {
namespace {

constexpr std::size_t kMostBytes = 64 << 20;

std::filesystem::path shared_data() {
  const char* given = std::getenv("BAILIWICK_SHARED");
  return std::filesystem::path(given != nullptr ? given : BAILIWICK_SOURCE_DIR "/../shared") / "data";
}

std::string unzipped(const std::filesystem::path& path) {
  std::string out(kMostBytes, '\0');
  gzFile file = gzopen(path.c_str(), "rb");
  int bytes = gzread(file, out.data(), static_cast<unsigned>(out.size()));
  gzclose(file);
  out.resize(static_cast<std::size_t>(std::max(bytes, 0)));
  return out;
}

TEST(Evaluate, ASmallCollectionByHand) {
  std::vector<CorpusRow> corpus{
      {"a", "", "red blue", {}}, {"b", "", "red", {}}, {"q1", "", "green", {}}, {"e", "", "", {}}};
  std::vector<QueryRow> queries{{"q1", "blue green"}, {"q2", "red"}, {"unjudged", "red"}};
  Qrels qrels{{"q1", {{"a", 1}, {"q1", 1}}}, {"q2", {{"a", 1}}}};
  EvaluationReport report = evaluate_beir(corpus, queries, qrels, {}).value();
  EXPECT_EQ(report.queries, 2u);
  EXPECT_EQ(report.documents, 3u);
  EXPECT_DOUBLE_EQ(report.recall_at_10, (0.5 + 1) / 2) << "a document named like the query is left out";
  EXPECT_DOUBLE_EQ(report.mrr_at_10, (1 + 0.5) / 2);
  EXPECT_EQ(evaluate_beir(corpus, queries, {}, {}).error().reason, "beir.unjudged");
}

TEST(Evaluate, SciFactIsRankedAsThePublishedBm25OrBetter) {
  std::filesystem::path folder = shared_data() / "beir/scifact";
  if (!std::filesystem::exists(folder)) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << folder << " is absent; set BAILIWICK_SHARED";
    GTEST_SKIP() << folder << " is absent; set BAILIWICK_SHARED";
  }
  auto corpus = parse_corpus(unzipped(folder / "corpus.jsonl.gz"), "corpus.jsonl").value();
  auto queries =
      parse_queries(read_file(folder / "queries.jsonl", kMostBytes).value(), "queries.jsonl").value();
  auto qrels = parse_qrels(read_file(folder / "qrels/test.tsv", kMostBytes).value(), "test.tsv").value();
  EvaluationReport report = evaluate_beir(corpus, queries, qrels, {}).value();
  EXPECT_EQ(report.documents, 5183u);
  EXPECT_EQ(report.queries, 300u);
  EXPECT_GE(report.ndcg_at_10, 0.68);
  EXPECT_GE(report.recall_at_100, 0.91);
}

TEST(Evaluate, XquadFindsTheParagraphOfAQuestion) {
  std::filesystem::path file = shared_data() / "xquad/xquad.en.json";
  if (!std::filesystem::exists(file)) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << file << " is absent; set BAILIWICK_SHARED";
    GTEST_SKIP() << file << " is absent; set BAILIWICK_SHARED";
  }
  json::value data = parse_json(read_file(file, kMostBytes).value()).value();
  std::vector<CorpusRow> corpus;
  std::vector<QueryRow> queries;
  Qrels qrels;
  for (const json::value& article : data.at("data").as_array()) {
    for (const json::value& paragraph : article.at("paragraphs").as_array()) {
      std::string id = std::to_string(corpus.size());
      corpus.push_back({id, "", std::string(paragraph.at("context").as_string()), {}});
      for (const json::value& question : paragraph.at("qas").as_array()) {
        std::string name(question.at("id").as_string());
        queries.push_back({name, std::string(question.at("question").as_string())});
        qrels[name][id] = 1;
      }
    }
  }
  EvaluationReport report = evaluate_beir(corpus, queries, qrels, {}).value();
  EXPECT_EQ(report.queries, 1190u);
  EXPECT_GE(report.ndcg_at_10, 0.96);
}

}  // namespace
}  // namespace bailiwick::retrieval
