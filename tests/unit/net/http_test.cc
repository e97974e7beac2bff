// Shows that header fields keep their order, compare without case, and forget what was cleared.
#include "net/http.h"

#include <gtest/gtest.h>

namespace bailiwick::net {
namespace {

TEST(Headers, FindWithoutCase) {
  Headers headers{{"Content-Type", "a"}, {"X", "1"}, {"x", "2"}};
  EXPECT_EQ(headers.get("content-type"), "a");
  EXPECT_EQ(headers.get("X"), "1");
  EXPECT_EQ(headers.count("x"), 2U);
  EXPECT_EQ(headers.get("none"), "");
  headers.set("X", "3");
  EXPECT_EQ(headers.size(), 2U);
  EXPECT_EQ(headers.get("x"), "3");
  headers.remove("CONTENT-TYPE");
  EXPECT_EQ((*headers.begin()).name, "X");
}

TEST(Headers, OwnFieldsStandAsTheyAreGiven) {
  Headers headers{{"a", "1"}};
  headers.add_own("RateLimit", ShortText<40>().text(R"("requests";r=)").number(299).text(";t=1"));
  headers.add_own("Age", ShortText<1>());
  EXPECT_EQ(headers.lines(), "a: 1\r\nRateLimit: \"requests\";r=299;t=1\r\nAge: \r\n");
  EXPECT_EQ(headers.get("ratelimit"), R"("requests";r=299;t=1)");
  EXPECT_TRUE(headers.sound());
  headers.add("bad", "a\nb");
  headers.add_own("Age", ShortText<1>().number(1));
  EXPECT_FALSE(headers.sound());
}

TEST(Headers, ForgetWhatWasCleared) {
  Headers headers{{"Authorization", "Bearer secret"}, {"A", "b"}};
  headers.clear();
  EXPECT_EQ(headers.find("Authorization"), std::nullopt);
  EXPECT_EQ(headers.begin(), headers.end());
  headers.add("B", "c");
  EXPECT_EQ(headers.size(), 1U);
  Headers copy = headers;
  EXPECT_EQ(copy.size(), 1U);
  Headers moved = std::move(headers);
  EXPECT_EQ(moved.get("b"), "c");
  headers = copy;
  EXPECT_EQ(headers.get("B"), "c");
}

// Every byte at every place of values of every length that words, and parts of words, make.
TEST(Http, AFieldsValueHasNoControlButTheTab) {
  for (std::size_t size = 0; size <= 25; ++size) {
    std::string value(size, 'v');
    EXPECT_TRUE(is_field_value(value));
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        value[at] = static_cast<char>(byte);
        bool good = (byte >= 0x20 && byte != 0x7f) || byte == '\t';
        ASSERT_EQ(is_field_value(value), good) << "byte " << byte << " at " << at << " of " << size;
        if (at + 1 == size) continue;
        value.back() = '\n';
        ASSERT_FALSE(is_field_value(value)) << "byte " << byte << " at " << at << " of " << size;
        value.back() = 'v';
      }
      value[at] = 'v';
    }
  }
}

TEST(Http, ComparesLettersAlone) {
  EXPECT_TRUE(equals_ignoring_case("Host-9", "hOST-9"));
  EXPECT_FALSE(equals_ignoring_case("a@", "a`"))
      << "these differ by the same bit as a letter and its capital";
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
}

}  // namespace
}  // namespace bailiwick::net
