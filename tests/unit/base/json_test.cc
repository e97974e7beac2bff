// Shows that JSON which two readers could read differently is refused, with its place, and that good JSON is
// read exactly.
#include "base/json.h"

#include <gtest/gtest.h>

namespace bailiwick {
namespace {

using namespace std::string_literals;

/// The machine word of the refusal, and the place of the fault; "good" when there is none.
std::string refusal(std::string_view text) {
  auto parsed = parse_json(text);
  if (parsed) return "good";
  return parsed.error().reason + " " + parsed.error().problems.front().where;
}

TEST(Json, RefusesWhatIsMalformed) {
  for (const std::string& bad :
       {""s, " "s, "{"s, "[1,]"s, "{\"a\":1,}"s, "{}{}"s, "01"s, "+1"s, "NaN"s, "1e400"s, "'a'"s, "\"\\x\""s,
        "\"\xff\""s, "\"\xc0\xaf\""s, "\"\\ud800\""s, "\"a\0b\""s, "{}\0"s, "\"\x01\""s}) {
    EXPECT_EQ(refusal(bad), "json.malformed /") << bad;
  }
}

TEST(Json, RefusesAKeyTwiceAtAnyDepthWithItsPlace) {
  EXPECT_EQ(refusal(R"({"a":1,"a":2})"), "json.duplicate_key /a");
  EXPECT_EQ(refusal(R"({"a":1,"\u0061":2})"), "json.duplicate_key /a");
  EXPECT_EQ(refusal(R"({"x":[{},{"a/b":1,"a/b":2}]})"), "json.duplicate_key /x/1/a~1b");
}

TEST(Json, RefusesNulInStringsAndKeysWithoutRepeatingIt) {
  EXPECT_EQ(refusal(R"({"a":["\u0000"]})"), "json.malformed /a/0");
  EXPECT_EQ(refusal(R"({"a\u0000":1})"), "json.malformed /a?");
}

TEST(Json, RepeatsAnEndlessKeyInPart) {
  std::string key(1 << 20, 'k');
  auto parsed = parse_json("{\"" + key + "\":1,\"" + key + "\":2}");
  ASSERT_FALSE(parsed);
  EXPECT_LT(parsed.error().message.size() + parsed.error().problems.front().where.size(), 400u);
}

TEST(Json, NestsToALimit) {
  EXPECT_EQ(refusal(std::string(60, '[') + std::string(60, ']')), "good");
  EXPECT_EQ(refusal(std::string(100, '[') + std::string(100, ']')), "json.malformed /");
}

TEST(Json, ReadsNumbersExactly) {
  EXPECT_EQ(parse_json("-9223372036854775808").value(), json::value(INT64_MIN));
  EXPECT_EQ(parse_json("18446744073709551615").value(), json::value(UINT64_MAX));
  EXPECT_EQ(parse_json("0.1").value(), json::value(0.1));
}

}  // namespace
}  // namespace bailiwick
