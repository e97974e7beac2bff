// Shows how the length of an answer is told, and that an ambiguous answer is refused.
#include "net/response_parser.h"

#include <gtest/gtest.h>

namespace bailiwick::net {
namespace {

using Kind = BodyFraming::Kind;

ParsedResponse parsed(std::string_view head, std::string_view method = "GET") {
  ParsedResponse response;
  EXPECT_EQ(parse_response(head, method, response), "") << head;
  return response;
}

TEST(ResponseParser, TellsWhereTheBodyEnds) {
  EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").framing.kind, Kind::kLength);
  EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").framing.kind, Kind::kChunked);
  EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\n\r\n").framing.kind, Kind::kUntilClose);
  EXPECT_EQ(parsed("HTTP/1.1 204 No Content\r\n\r\n").framing.kind, Kind::kNone);
  EXPECT_EQ(parsed("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n").framing.kind, Kind::kNone);
  EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD").framing.kind, Kind::kNone);
}

TEST(ResponseParser, TellsWhetherTheConnectionStays) {
  EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").after, AfterExchange::kKeepAlive);
  EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").after,
            AfterExchange::kClose);
  EXPECT_EQ(parsed("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").after, AfterExchange::kClose);
  EXPECT_EQ(parsed("HTTP/1.1 200 OK\r\n\r\n").after, AfterExchange::kClose);
}

TEST(ResponseParser, RefusesAmbiguousAnswers) {
  ParsedResponse response;
  EXPECT_NE(
      parse_response("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "GET", response),
      "");
  EXPECT_NE(parse_response("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                           "GET", response),
            "");
  EXPECT_NE(parse_response("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "GET", response), "");
}

}  // namespace
}  // namespace bailiwick::net
