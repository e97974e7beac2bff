// Answers that are also had as CSV: with `format=csv`, or with `Accept: text/csv`.
#pragma once

#include "edge/call.h"

namespace bailiwick::api {

enum class AnswerFormat { kJson, kCsv };
constexpr std::array<std::pair<std::string_view, AnswerFormat>, 2> enum_table(AnswerFormat) {
  return {{{"json", AnswerFormat::kJson}, {"csv", AnswerFormat::kCsv}}};
}

/// Errors: kInvalid `query.format`.
Result<AnswerFormat> format_of(const edge::CallBase& call);
/// `name` is what a browser saves it as.
edge::Reply csv_reply(std::string table, std::string_view name);

inline constexpr std::string_view kCsvMediaType = "text/csv";
inline constexpr std::pair<std::string_view, std::string_view> kFormatQuery{
    "format", "json or csv; without it, as Accept says."};

}  // namespace bailiwick::api
