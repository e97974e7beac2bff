// What people see of an answer: a table or lines that can be read, and never an escape sequence.
#include "cli/output.h"

#include <sstream>

#include <gtest/gtest.h>

namespace bailiwick::cli {
namespace {

class Output : public testing::Test {
 protected:
  Output() { context_.out = &out_; }
  std::string object(std::string_view text) {
    print_object(context_, parse_json(text).value());
    return std::exchange(out_, std::ostringstream()).str();
  }
  std::ostringstream out_;
  Context context_;
};

TEST_F(Output, NestedObjectsAreLinesOfTheirOwn) {
  EXPECT_EQ(object(R"({"id": "acme", "owner": "", "quotas": {"a": 1, "b": null}, "labels": {},
                       "deep": {"er": {"x": ["y", "z"], "w": []}}})"),
            "id         acme\n"
            "owner      -\n"
            "quotas.a   1\n"
            "labels     -\n"
            "deep.er.x  y, z\n");
}

TEST_F(Output, NumbersAndListsAreForPeople) {
  EXPECT_EQ(object(R"({"score": 0.25, "words": [], "mixed": [1, "a"]})"),
            "score  0.25\nwords  -\nmixed  [1,\"a\"]\n");
}

TEST_F(Output, AnAnswerCannotMoveTheCursor) {
  EXPECT_EQ(object("{\"name\": \"\\u001b[2Jred\\u0007\"}"), "name   [2Jred \n");
}

TEST_F(Output, RowsStandInColumns) {
  json::array rows{json::object{{"id", "a"}, {"at", json::object{{"n", 1}}}},
                   json::object{{"id", "\u00e9\u00e9\u00e9"}}};
  print_rows(context_, rows, rows, {{"ID", "id"}, {"N", "at.n"}});
  EXPECT_EQ(out_.str(), "ID   N\na    1\n\u00e9\u00e9\u00e9  -\n");
}

}  // namespace
}  // namespace bailiwick::cli
