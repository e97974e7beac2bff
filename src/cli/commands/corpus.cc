// corpus add|list|get|delete
#include <filesystem>
#include <memory>
#include <ostream>
#include <set>

#include <fmt/format.h>
#include <zlib.h>

#include "base/files.h"
#include "cli/api_client.h"
#include "cli/commands/commands.h"
#include "cli/output.h"
#include "retrieval/document.h"
#include "retrieval/readers.h"

namespace bailiwick::cli {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxDocument = std::size_t{1} << 30;
constexpr std::size_t kBatchBytes = 4 << 20;
constexpr std::size_t kBatchDocuments = 200;

struct CorpusFields {
  std::string collection = "default";
  std::vector<std::string> paths;
  std::string id;
};

/// Unpacks a .gz, at most kMaxDocument bytes.
Result<std::string> gunzip(const std::string& packed, const std::string& name) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK)
    return fail(ErrorCode::kInternal, "gzip.init", "zlib could not start");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  std::vector<char> buffer(256 << 10);
  int state = Z_OK;
  while (state == Z_OK && out.size() <= kMaxDocument) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (state == Z_STREAM_END) return out;
  return fail(ErrorCode::kInvalid, "gzip.malformed",
              name + ": not a whole gzip file, or larger than 1 GiB unpacked");
}

/// Files below each path, in order; hidden ones and kinds that are no documents are passed over in folders.
Result<std::vector<fs::path>> files_of(const std::vector<std::string>& paths) {
  std::set<fs::path> found;
  for (const std::string& path : paths) {
    std::error_code error;
    if (fs::is_regular_file(path, error)) {
      found.insert(path);
      continue;
    }
    if (!fs::is_directory(path, error))
      return fail(ErrorCode::kNotFound, "file.not_found", path + ": there is no such file");
    for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
      if (entry.is_regular_file() && retrieval::format_of(entry.path().string())) found.insert(entry.path());
    }
    if (error) return fail(ErrorCode::kUnavailable, "file.unreadable", path + ": " + error.message());
  }
  return std::vector<fs::path>(found.begin(), found.end());
}

Result<std::vector<retrieval::CorpusRow>> rows_of(const fs::path& file) {
  std::string name = file.string();
  auto format = retrieval::format_of(name);
  if (!format)
    return fail(ErrorCode::kInvalid, "usage.format",
                name + ": expected .md, .txt, .html, .jsonl or .jsonl.gz");
  TRY(std::string content, read_file(file, kMaxDocument));
  if (name.ends_with(".gz")) {
    TRY(content, gunzip(content, name));
  }
  return retrieval::read_documents(*format, name, content);
}

struct Row {
  std::string id;
  std::string sha256;
  std::string line;
};

Result<std::vector<Row>> prepare(const CorpusFields& fields) {
  TRY(std::vector<fs::path> files, files_of(fields.paths));
  std::vector<Row> rows;
  for (const fs::path& file : files) {
    TRY(std::vector<retrieval::CorpusRow> read, rows_of(file));
    for (retrieval::CorpusRow& row : read) {
      TRY(retrieval::DocumentPtr document,
          retrieval::make_document(fields.collection, row.id, row.title, row.text, row.metadata, WallTime{}));
      json::object line{{"_id", json::string(row.id)},
                        {"title", json::string(row.title)},
                        {"text", json::string(row.text)},
                        {"metadata", std::move(row.metadata)}};
      rows.push_back({std::move(row.id), document->sha256, json::serialize(line)});
    }
  }
  if (rows.empty())
    return fail(ErrorCode::kInvalid, "usage.empty",
                "no documents found: .md, .txt, .html, .jsonl, .jsonl.gz");
  return rows;
}

/// Asks the server which it still needs, so an interrupted upload goes on where it stopped.
Result<std::set<std::string>> missing_of(const ApiClient& client, const net::Headers& headers,
                                         const CorpusFields& fields, std::span<const Row> rows) {
  json::array documents;
  for (const Row& row : rows) {
    documents.push_back(
        json::object{{"document_id", json::string(row.id)}, {"sha256", json::string(row.sha256)}});
  }
  json::object body{{"collection", json::string(fields.collection)}, {"documents", std::move(documents)}};
  TRY(ApiAnswer answer, client.call({.method = "POST",
                                     .path = "/v1/corpus/missing",
                                     .body = json::serialize(body),
                                     .headers = headers}));
  TRY(json::value value, answer.json());
  std::set<std::string> missing;
  for (const json::value& id : value.at("missing").as_array()) missing.emplace(id.as_string());
  return missing;
}

struct Counts {
  std::map<std::string, std::int64_t> by_outcome;
  json::array quarantined;
};

Status send(const ApiClient& client, const net::Headers& headers, const CorpusFields& fields,
            const std::string& body, Counts& counts) {
  TRY(ApiAnswer answer,
      client.call({.method = "POST",
                   .path = with_query("/v1/corpus/documents", {{"collection", fields.collection}}),
                   .body = body,
                   .content_type = "application/x-ndjson",
                   .headers = headers}));
  TRY(json::value value, answer.json());
  for (const json::value& document : value.at("documents").as_array()) {
    std::string outcome(document.at("outcome").as_string());
    ++counts.by_outcome[outcome];
    if (outcome == "quarantined") counts.quarantined.push_back(document);
  }
  return {};
}

Result<Exit> add(const Context& context, const CorpusFields& fields) {
  TRY(std::string tenant, required_tenant(context));
  TRY(std::vector<Row> rows, prepare(fields));
  ApiClient client(context);
  net::Headers headers{{"X-Bailiwick-Tenant", tenant}};
  Counts counts;
  {
    Progress progress(context, "corpus add", rows.size());
    constexpr std::size_t kWindow = 2000;
    for (std::size_t at = 0; at < rows.size(); at += kWindow) {
      auto window = std::span<const Row>(rows).subspan(at, std::min(kWindow, rows.size() - at));
      TRY(std::set<std::string> missing, missing_of(client, headers, fields, window));
      std::string batch;
      std::size_t held = 0, skipped = 0;
      auto flush = [&]() -> Status {
        if (held == 0) return {};
        CHECK_OK(send(client, headers, fields, batch, counts));
        progress.advance(held);
        batch.clear(), held = 0;
        return {};
      };
      for (const Row& row : window) {
        if (!missing.contains(row.id)) {
          ++skipped;
          continue;
        }
        batch += row.line + "\n";
        if (++held >= kBatchDocuments || batch.size() >= kBatchBytes) CHECK_OK(flush());
      }
      CHECK_OK(flush());
      counts.by_outcome["unchanged"] += static_cast<std::int64_t>(skipped);
      progress.advance(skipped);
    }
  }
  json::object whole;
  for (const char* outcome : {"added", "updated", "unchanged", "quarantined"})
    whole[outcome] = counts.by_outcome[outcome];
  if (!counts.quarantined.empty()) whole["quarantined_documents"] = counts.quarantined;
  print_object(context, whole);
  return Exit::kOk;
}

Result<Exit> list(const Context& context, const CorpusFields& fields) {
  TRY(std::string tenant, required_tenant(context));
  json::object whole{{"documents", json::array{}}};
  json::array& rows = whole["documents"].get_array();
  std::string token;
  do {
    TRY(ApiAnswer answer, ApiClient(context).call(
                              {.path = with_query("/v1/corpus/documents", {{"collection", fields.collection},
                                                                           {"page_size", "500"},
                                                                           {"page_token", token}}),
                               .headers = {{"X-Bailiwick-Tenant", tenant}}}));
    TRY(json::value page, answer.json());
    for (const json::value& row : page.at("documents").as_array()) rows.push_back(row);
    token = page.at("next_page_token").as_string();
  } while (!token.empty());
  print_rows(context, whole, rows,
             {{"COLLECTION", "collection"}, {"DOCUMENT", "document_id"}, {"TITLE", "title"}});
  return Exit::kOk;
}

Result<Exit> one(const Context& context, const CorpusFields& fields, const std::string& method) {
  TRY(std::string tenant, required_tenant(context));
  TRY(ApiAnswer answer,
      ApiClient(context).call(
          {.method = method,
           .path = with_query("/v1/corpus/document", {{"id", fields.id}, {"collection", fields.collection}}),
           .headers = {{"X-Bailiwick-Tenant", tenant}}}));
  if (answer.body.empty()) return Exit::kOk;
  TRY(json::value value, answer.json());
  print_value(context, value);
  return Exit::kOk;
}

}  // namespace

void add_corpus(CLI::App& app, Context& context) {
  CLI::App* corpus = app.add_subcommand("corpus", "A tenant's documents");
  corpus->require_subcommand(1);
  auto fields = std::make_shared<CorpusFields>();

  CLI::App* put =
      corpus->add_subcommand("add", "Upload files or folders; run it again to go on where it stopped");
  put->add_option("paths", fields->paths, ".md, .txt, .html, .jsonl or .jsonl.gz; folders are walked")
      ->required();
  put->add_option("--collection", fields->collection, "Where to")->capture_default_str();
  put->callback(
      [&context, fields] { context.command = [&context, fields] { return add(context, *fields); }; });

  CLI::App* all = corpus->add_subcommand("list", "List documents");
  all->add_option("--collection", fields->collection, "Which collection")->capture_default_str();
  all->callback(
      [&context, fields] { context.command = [&context, fields] { return list(context, *fields); }; });

  for (auto [name, help, method] :
       {std::tuple{"get", "Show a document", "GET"}, {"delete", "Delete a document", "DELETE"}}) {
    CLI::App* command = corpus->add_subcommand(name, help);
    command->add_option("id", fields->id, "Its id")->required();
    command->add_option("--collection", fields->collection, "Which collection")->capture_default_str();
    command->callback([&context, fields, verb = std::string(method)] {
      context.command = [&context, fields, verb] { return one(context, *fields, verb); };
    });
  }
}

}  // namespace bailiwick::cli
