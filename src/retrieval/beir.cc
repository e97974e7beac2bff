#include "retrieval/beir.h"

#include <charconv>

namespace bailiwick::retrieval {
namespace {

std::unexpected<Error> malformed(std::string_view where, std::string_view what) {
  return fail(ErrorCode::kInvalid, "beir.malformed", std::string(where) + ": " + std::string(what));
}

/// Calls `visit(line, "file:number")` for each line that is not blank.
template <class Visit>
Status each_line(std::string_view text, std::string_view file, Visit visit) {
  std::size_t number = 0;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    CHECK_OK(visit(line, std::string(file) + ":" + std::to_string(number)));
  }
  return {};
}

Result<json::object> object_of(std::string_view line, std::string_view where) {
  auto object = parse_json_object(line);
  if (!object) return malformed(where, object.error().message);
  return object;
}

/// A string, or a number written as one. Absent: empty.
Result<std::string> text_at(const json::object& row, std::string_view key, std::string_view where) {
  const json::value* value = row.if_contains(key);
  if (value == nullptr || value->is_null()) return std::string();
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_int64() || value->is_uint64()) return json::serialize(*value);
  return malformed(where, "'" + std::string(key) + "' must be a string");
}

Result<std::string> required_at(const json::object& row, std::string_view key, std::string_view where) {
  TRY(std::string text, text_at(row, key, where));
  if (text.empty()) return malformed(where, "'" + std::string(key) + "' is missing or empty");
  return text;
}

}  // namespace

Result<CorpusRow> parse_corpus_row(std::string_view line, std::string_view where) {
  TRY(json::object object, object_of(line, where));
  CorpusRow row;
  TRY(row.id, required_at(object, "_id", where));
  TRY(row.title, text_at(object, "title", where));
  TRY(row.text, text_at(object, "text", where));
  if (json::value* metadata = object.if_contains("metadata"); metadata != nullptr && !metadata->is_null()) {
    if (!metadata->is_object()) return malformed(where, "'metadata' must be an object");
    row.metadata = std::move(metadata->get_object());
  }
  return row;
}

Result<std::vector<CorpusRow>> parse_corpus(std::string_view text, std::string_view file) {
  std::vector<CorpusRow> rows;
  CHECK_OK(each_line(text, file, [&](std::string_view line, const std::string& where) -> Status {
    TRY(CorpusRow row, parse_corpus_row(line, where));
    rows.push_back(std::move(row));
    return {};
  }));
  return rows;
}

Result<std::vector<QueryRow>> parse_queries(std::string_view text, std::string_view file) {
  std::vector<QueryRow> rows;
  CHECK_OK(each_line(text, file, [&](std::string_view line, const std::string& where) -> Status {
    TRY(json::object object, object_of(line, where));
    QueryRow row;
    TRY(row.id, required_at(object, "_id", where));
    TRY(row.text, required_at(object, "text", where));
    rows.push_back(std::move(row));
    return {};
  }));
  return rows;
}

Result<Qrels> parse_qrels(std::string_view text, std::string_view file) {
  Qrels qrels;
  bool header = true;
  CHECK_OK(each_line(text, file, [&](std::string_view line, const std::string& where) -> Status {
    if (std::exchange(header, false) && line.starts_with("query-id")) return {};
    std::size_t first = line.find('\t'), second = line.find('\t', first + 1);
    int grade = 0;
    const char* end = line.data() + line.size();
    bool numeric =
        second != std::string_view::npos &&
        std::from_chars(line.data() + second + 1, end, grade) == std::from_chars_result{end, std::errc()};
    if (!numeric)
      return malformed(where, "expected query-id, corpus-id and a whole score, with tabs between");
    qrels[std::string(line.substr(0, first))][std::string(line.substr(first + 1, second - first - 1))] =
        grade;
    return {};
  }));
  return qrels;
}

}  // namespace bailiwick::retrieval
