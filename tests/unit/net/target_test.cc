// Shows that a target is decoded once, and that whatever is not plain and normal is refused.
#include "net/target.h"

#include <gtest/gtest.h>

namespace bailiwick::net {
namespace {

RequestHead decoded(std::string_view target, std::string_view method = "GET") {
  RequestHead head;
  head.method = method;
  EXPECT_EQ(decode_target(target, "host:80", head), "") << target;
  return head;
}

TEST(Target, DecodesPathsOnce) {
  EXPECT_EQ(decoded("/").path, "/");
  EXPECT_EQ(decoded("/a/b/").path, "/a/b/");
  EXPECT_EQ(decoded("/a%20b+c").path, "/a b+c");
  EXPECT_EQ(decoded("/%C3%A9").path, "/\xc3\xa9");
  EXPECT_EQ(decoded("/%252e%252e").path, "/%2e%2e");
  EXPECT_EQ(decoded("/...").path, "/...");
  EXPECT_EQ(decoded("/.hidden/..x").path, "/.hidden/..x");
  EXPECT_EQ(decoded("http://HOST:80/a?b").path, "/a");
  EXPECT_EQ(decoded("https://host:80").path, "/");
  EXPECT_EQ(decoded("*", "OPTIONS").path, "*");
}

TEST(Target, DecodesQueriesInOrder) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(decoded("/?").query, Pairs());
  EXPECT_EQ(decoded("/?a=1&&b&a=%32&c=x%3Dy=z&+%2B=%0A").query,
            (Pairs{{"a", "1"}, {"b", ""}, {"a", "2"}, {"c", "x=y=z"}, {" +", "\n"}}));
  EXPECT_EQ(decoded("/?p=/../%2F").query, (Pairs{{"p", "/..//"}}));
}

TEST(Target, RefusesWhatIsNotPlain) {
  for (std::string_view target : {"",
                                  "a",
                                  "?a",
                                  "*",
                                  "//",
                                  "/a//b",
                                  "/.",
                                  "/..",
                                  "/a/./b",
                                  "/a/..",
                                  "/%2e",
                                  "/a/%2E%2e/b",
                                  "/.%2e/",
                                  "/a%2Fb",
                                  "/a%5cb",
                                  "/%00",
                                  "/%0A",
                                  "/%7f",
                                  "/%",
                                  "/%4",
                                  "/%g0",
                                  "/%0g",
                                  "/%ff",
                                  "/%c3",
                                  "/%c0%ae",
                                  "/%ed%a0%80",
                                  "/?%",
                                  "/?a=%0",
                                  "/?a=%00",
                                  "/?%00=a",
                                  "/?a=%ff",
                                  "/?%c3=a",
                                  "http://other/",
                                  "http://",
                                  "ftp://host:80/",
                                  "HTTP://host:80/"}) {
    RequestHead head;
    head.method = "GET";
    EXPECT_NE(decode_target(target, "host:80", head), "") << target;
  }
}

}  // namespace
}  // namespace bailiwick::net
