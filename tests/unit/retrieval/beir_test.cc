// BEIR's files are read as they are published, and a fault names its line.
#include "retrieval/beir.h"

#include <gtest/gtest.h>

namespace bailiwick::retrieval {
namespace {

TEST(Beir, ReadsQueriesAndJudgements) {
  auto queries =
      parse_queries("{\"_id\": \"1\", \"text\": \"q\", \"metadata\": {}}\n", "queries.jsonl").value();
  EXPECT_EQ(queries.at(0).text, "q");
  Qrels qrels = parse_qrels("query-id\tcorpus-id\tscore\n1\td 1\t2\r\n1\td2\t0\n", "test.tsv").value();
  EXPECT_EQ(qrels.at("1").at("d 1"), 2);
  EXPECT_EQ(qrels.at("1").at("d2"), 0);
}

TEST(Beir, AFaultNamesItsLine) {
  for (const char* bad : {"1\td\n", "1\td\tx\n", "1 d 1\n", "1\td\t\n"}) {
    Error error = parse_qrels(std::string("query-id\tcorpus-id\tscore\n") + bad, "test.tsv").error();
    EXPECT_EQ(error.reason, "beir.malformed");
    EXPECT_TRUE(error.message.starts_with("test.tsv:2: ")) << error.message;
  }
  EXPECT_TRUE(parse_queries("\n{}", "q").error().message.starts_with("q:2: "));
}

}  // namespace
}  // namespace bailiwick::retrieval
