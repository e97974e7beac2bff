#include "api/csv_answer.h"

#include <fmt/format.h>

#include "base/binding.h"

namespace bailiwick::api {

Result<AnswerFormat> format_of(const edge::CallBase& call) {
  if (std::string_view word = call.query("format"); !word.empty()) {
    if (auto format = enum_from<AnswerFormat>(word)) return *format;
    return fail(ErrorCode::kInvalid, "query.format", one_of(enum_words<AnswerFormat>(), word));
  }
  std::string_view accepted = call.exchange.head().headers.find("accept").value_or("");
  std::size_t csv = accepted.find(kCsvMediaType), json = accepted.find("application/json");
  return csv < json ? AnswerFormat::kCsv : AnswerFormat::kJson;
}

edge::Reply csv_reply(std::string table, std::string_view name) {
  edge::Reply reply;
  reply.response.headers.add("Content-Type", "text/csv; charset=utf-8; header=present");
  reply.response.headers.add("Content-Disposition", fmt::format("attachment; filename=\"{}\"", name));
  reply.response.body = std::move(table);
  return reply;
}

}  // namespace bailiwick::api
