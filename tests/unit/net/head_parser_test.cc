// Shows that heads are found and that a hopeless one is known before it ends.
#include "net/head_parser.h"

#include <gtest/gtest.h>

namespace bailiwick::net {
namespace {

TEST(HeadParser, FindsTheEndOfAHeadThatComesInPieces) {
  std::string_view bytes = "GET / HTTP/1.1\r\nHost: x\r\n\r\nbody\r\n\r\n";
  std::size_t size = bytes.find("body");
  for (std::size_t have = 0; have < size; ++have) {
    EXPECT_EQ(find_head_end(bytes.substr(0, have), have > 0 ? have - 1 : 0), std::string_view::npos);
    EXPECT_EQ(find_head_end(bytes, have), size) << "after looking at " << have;
  }
}

TEST(HeadParser, KnowsAHopelessHeadEarly) {
  EXPECT_TRUE(partial_head_fault("GET / HTTP/1.1\r\nHost: x\r").empty());
  EXPECT_TRUE(partial_head_fault("").empty());
  EXPECT_FALSE(partial_head_fault("\x16\x03").empty());
  EXPECT_FALSE(partial_head_fault("GET / HTTP/1.1\n").empty());
  EXPECT_FALSE(partial_head_fault("GET / HTTP/1.1\r\nA: b\rc", 20).empty());
  EXPECT_FALSE(partial_head_fault(std::string_view("GET /\0", 6), 6).empty())
      << "the last byte seen is looked at again";
}

TEST(HeadParser, ReadsStatusLines) {
  Headers headers;
  HeadParser parser(HeadParser::Kind::kResponse);
  EXPECT_EQ(parser.parse("HTTP/1.1 204 No Content\r\nA: b\r\n\r\n", headers), "");
  EXPECT_EQ(parser.status(), 204);
  EXPECT_EQ(parser.minor_version(), 1);
  EXPECT_EQ(parser.parse("HTTP/1.0 200\r\n\r\n", headers), "");
  EXPECT_EQ(parser.minor_version(), 0);
  EXPECT_EQ(headers.size(), 0U);
  for (std::string_view bad : {"HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000\r\n\r\n",
                               "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 099 Low\r\n\r\n",
                               "HTTP/1.1 200 a\rb\r\n\r\n", "ICY 200 OK\r\n\r\n"}) {
    EXPECT_NE(parser.parse(bad, headers), "") << bad;
  }
}

}  // namespace
}  // namespace bailiwick::net
