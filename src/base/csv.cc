#include "base/csv.h"

namespace bailiwick {

CsvWriter& CsvWriter::text(std::string_view cell) {
  constexpr std::string_view kBeginFormula = "=+-@\t\r\n";
  bool guarded = !cell.empty() && kBeginFormula.contains(cell.front());
  put(guarded ? "'" + std::string(cell) : std::string(cell));
  return *this;
}

CsvWriter& CsvWriter::number(std::int64_t cell) {
  put(std::to_string(cell));
  return *this;
}

CsvWriter& CsvWriter::number(std::string_view cell) {
  put(cell);
  return *this;
}

void CsvWriter::end_row() {
  out_ += "\r\n";
  row_begins_ = true;
}

void CsvWriter::put(std::string_view cell) {
  if (!row_begins_) out_ += ',';
  row_begins_ = false;
  if (cell.find_first_of(",\"\r\n") == std::string_view::npos) {
    out_ += cell;
    return;
  }
  out_ += '"';
  for (char c : cell) {
    if (c == '"') out_ += '"';
    out_ += c;
  }
  out_ += '"';
}

}  // namespace bailiwick
