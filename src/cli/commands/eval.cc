// eval retrieval: how well the built-in search ranks a judged collection. Needs no server.
#include <filesystem>
#include <memory>

#include <zlib.h>

#include "base/files.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "retrieval/evaluate.h"

namespace bailiwick::cli {
namespace {

constexpr std::size_t kMaxCollection = std::size_t{1} << 30;

/// A plain or gzipped file, whole.
Result<std::string> read_maybe_gz(const std::filesystem::path& path) {
  std::filesystem::path packed = path.string() + ".gz";
  if (std::filesystem::exists(path)) return read_file(path, kMaxCollection);
  gzFile file = gzopen(packed.c_str(), "rb");
  if (file == nullptr)
    return fail(ErrorCode::kNotFound, "file.not_found", path.string() + " (or .gz): there is no such file");
  std::string text;
  std::vector<char> buffer(1 << 20);
  int got = 0;
  while ((got = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0 &&
         text.size() < kMaxCollection) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  gzclose(file);
  if (got < 0)
    return fail(ErrorCode::kInvalid, "gzip.malformed", packed.string() + ": not a whole gzip file");
  return text;
}

Result<Exit> evaluate(const Context& context, const std::string& folder) {
  std::filesystem::path beir(folder);
  TRY(std::string corpus_text, read_maybe_gz(beir / "corpus.jsonl"));
  TRY(std::string query_text, read_maybe_gz(beir / "queries.jsonl"));
  TRY(std::string qrels_text, read_maybe_gz(beir / "qrels" / "test.tsv"));
  TRY(auto corpus, retrieval::parse_corpus(corpus_text, "corpus.jsonl"));
  TRY(auto queries, retrieval::parse_queries(query_text, "queries.jsonl"));
  TRY(auto qrels, retrieval::parse_qrels(qrels_text, "qrels/test.tsv"));
  TRY(retrieval::EvaluationReport report, retrieval::evaluate_beir(corpus, queries, qrels, {}));
  json::object whole{{"metrics", retrieval::to_json(report)},
                     {"queries", report.queries},
                     {"documents", report.documents},
                     {"chunks", report.chunks}};
  if (context.format == Format::kTable)
    print_object(context, whole["metrics"]);
  else
    print_value(context, whole);
  return Exit::kOk;
}

}  // namespace

void add_eval(CLI::App& app, Context& context) {
  CLI::App* eval = app.add_subcommand("eval", "Measure quality");
  eval->require_subcommand(1);
  auto folder = std::make_shared<std::string>();
  CLI::App* retrieval =
      eval->add_subcommand("retrieval", "nDCG, recall and MRR on a collection in BEIR's layout");
  retrieval->add_option("--beir", *folder, "Folder with corpus.jsonl(.gz), queries.jsonl, qrels/test.tsv")
      ->required();
  retrieval->callback(
      [&context, folder] { context.command = [&context, folder] { return evaluate(context, *folder); }; });
}

}  // namespace bailiwick::cli
