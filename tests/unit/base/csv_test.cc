// Tables that every reader of CSV takes apart the same way, and no spreadsheet runs.
#include "base/csv.h"

#include <gtest/gtest.h>

namespace bailiwick {
namespace {

std::string cell(std::string_view text) {
  CsvWriter csv;
  csv.text(text).end_row();
  std::string row = std::move(csv).take();
  return row.substr(0, row.size() - 2);
}

TEST(CsvWriter, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(cell("plain text"), "plain text");
  EXPECT_EQ(cell(""), "");
  EXPECT_EQ(cell("a,b"), "\"a,b\"");
  EXPECT_EQ(cell("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(cell("two\r\nlines"), "\"two\r\nlines\"");
}

TEST(CsvWriter, RowsEndInCrLfAndCellsInCommas) {
  CsvWriter csv;
  csv.text("model").text("").number(std::int64_t{-7}).end_row();
  csv.number("0.25").text("x").end_row();
  EXPECT_EQ(std::move(csv).take(), "model,,-7\r\n0.25,x\r\n");
}

// A model or a program may be called anything, and the table is opened by the one who pays.
TEST(CsvWriter, NoTextIsAFormula) {
  EXPECT_EQ(cell("=HYPERLINK(\"http://x\")"), "\"'=HYPERLINK(\"\"http://x\"\")\"");
  for (std::string_view formula : {"=1", "+1", "-1", "@x", "\t=1"})
    EXPECT_EQ(cell(formula), "'" + std::string(formula));
  EXPECT_EQ(cell("\r=1"), "\"'\r=1\"");
  EXPECT_EQ(cell("a=1"), "a=1");
}

}  // namespace
}  // namespace bailiwick
