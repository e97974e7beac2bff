// CsvWriter: tables as RFC 4180 has them, safe to open in a spreadsheet.
//
// A text that a spreadsheet would run as a formula, because it begins with = + - @, a tab or a line end, gets
// an apostrophe in front; numbers never do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bailiwick {

class CsvWriter {
 public:
  CsvWriter& text(std::string_view cell);
  CsvWriter& number(std::int64_t cell);
  /// The text of a number, as it is.
  CsvWriter& number(std::string_view cell);
  void end_row();
  /// Rows end in CRLF.
  std::string take() && { return std::move(out_); }

 private:
  void put(std::string_view cell);

  std::string out_;
  bool row_begins_ = true;
};

}  // namespace bailiwick
