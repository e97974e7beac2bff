// BEIR: the field's layout of a retrieval test. Parses lines and files that the caller has read.
//
//   corpus.jsonl   {"_id", "title"?, "text", "metadata"?} a line
//   queries.jsonl  {"_id", "text"} a line
//   qrels/*.tsv    query-id <tab> corpus-id <tab> score, after a header line
#pragma once

#include <map>

#include "base/json.h"
#include "retrieval/metrics.h"

namespace bailiwick::retrieval {

struct CorpusRow {
  std::string id;
  std::string title;
  std::string text;
  json::object metadata;
};

struct QueryRow {
  std::string id;
  std::string text;
};

/// Query id → its judgements.
using Qrels = std::map<std::string, Judgements, std::less<>>;

/// One line of corpus.jsonl. `where` (`corpus.jsonl:17`) is what errors name: kInvalid `beir.malformed`.
Result<CorpusRow> parse_corpus_row(std::string_view line, std::string_view where);
/// A whole corpus.jsonl; blank lines are skipped.
Result<std::vector<CorpusRow>> parse_corpus(std::string_view text, std::string_view file);
Result<std::vector<QueryRow>> parse_queries(std::string_view text, std::string_view file);
Result<Qrels> parse_qrels(std::string_view text, std::string_view file);

}  // namespace bailiwick::retrieval
