// Shows what the request parser takes in, what it makes of it, and that it refuses what is ambiguous.
#include "net/request_parser.h"

#include <gtest/gtest.h>

#include "unit/net/bad_heads.h"

namespace bailiwick::net {
namespace {

struct Parsed {
  ParsedRequest request;
  Refusal refusal;
  bool accepted;
  explicit Parsed(std::string_view head) : accepted(parse_request(head, request, refusal)) {}
};

TEST(RequestParser, TakesAHeadApart) {
  Parsed parsed(
      "POST /v1/a%20b?q=x+y&z HTTP/1.1\r\nHost: example.org:8080\r\nAccept:  a, b "
      "\t\r\nempty:\r\nContent-Length: 12\r\n\r\n");
  ASSERT_TRUE(parsed.accepted) << parsed.refusal.fault;
  const RequestHead& head = parsed.request.head;
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.target, "/v1/a%20b?q=x+y&z");
  EXPECT_EQ(head.path, "/v1/a b");
  ASSERT_NE(head.query_value("q"), nullptr);
  EXPECT_EQ(*head.query_value("q"), "x y");
  EXPECT_EQ(*head.query_value("z"), "");
  EXPECT_EQ(head.query_value("none"), nullptr);
  EXPECT_EQ(head.headers.size(), 4U);
  EXPECT_EQ(head.headers.get("ACCEPT"), "a, b");
  EXPECT_EQ(head.headers.find("Empty"), "");
  EXPECT_EQ(parsed.request.framing.kind, BodyFraming::Kind::kLength);
  EXPECT_EQ(parsed.request.framing.length, 12U);
  EXPECT_EQ(parsed.request.after, AfterExchange::kKeepAlive);
}

TEST(RequestParser, ForgetsTheRequestBefore) {
  ParsedRequest request;
  Refusal refusal;
  ASSERT_TRUE(
      parse_request("POST /a?b=c HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: "
                    "1\r\nConnection: close\r\nSecret: s\r\n\r\n",
                    request, refusal));
  EXPECT_TRUE(request.expects_continue);
  EXPECT_EQ(request.after, AfterExchange::kClose);
  ASSERT_TRUE(parse_request("GET /d HTTP/1.1\r\nHost: y\r\n\r\n", request, refusal));
  EXPECT_EQ(request.head.method, "GET");
  EXPECT_TRUE(request.head.query.empty());
  EXPECT_EQ(request.head.headers.size(), 1U);
  EXPECT_EQ(request.head.headers.find("Secret"), std::nullopt);
  EXPECT_EQ(request.framing.kind, BodyFraming::Kind::kNone);
  EXPECT_FALSE(request.expects_continue);
  EXPECT_EQ(request.after, AfterExchange::kKeepAlive);
}

TEST(RequestParser, KnowsWhenTheConnectionEnds) {
  auto after = [](std::string_view first, std::string_view fields) {
    Parsed parsed(std::string(first) + "\r\nHost: x\r\n" + std::string(fields) + "\r\n");
    EXPECT_TRUE(parsed.accepted) << parsed.refusal.fault;
    return parsed.request.after;
  };
  EXPECT_EQ(after("GET / HTTP/1.1", ""), AfterExchange::kKeepAlive);
  EXPECT_EQ(after("GET / HTTP/1.1", "Connection: keep-alive\r\n"), AfterExchange::kKeepAlive);
  EXPECT_EQ(after("GET / HTTP/1.1", "Connection: enclose\r\n"), AfterExchange::kKeepAlive);
  EXPECT_EQ(after("GET / HTTP/1.1", "Connection: te , Close\r\n"), AfterExchange::kClose);
  EXPECT_EQ(after("GET / HTTP/1.1", "Connection: te\r\nConnection: close\r\n"), AfterExchange::kClose);
  EXPECT_EQ(after("GET / HTTP/1.0", ""), AfterExchange::kClose);
}

TEST(RequestParser, RefusesEveryBadHead) {
  for (const test::BadHead& bad : test::bad_heads()) {
    Parsed parsed(bad.bytes);
    EXPECT_FALSE(parsed.accepted) << bad.what;
    EXPECT_EQ(parsed.refusal.status, 400) << bad.what;
    EXPECT_FALSE(parsed.refusal.fault.empty()) << bad.what;
  }
}

TEST(RequestParser, RefusesExpectationsItCannotMeet) {
  Parsed parsed("GET / HTTP/1.1\r\nHost: x\r\nExpect: a miracle\r\n\r\n");
  EXPECT_FALSE(parsed.accepted);
  EXPECT_EQ(parsed.refusal.status, 417);
}

TEST(RequestParser, RefusesTooManyFields) {
  std::string head = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 99; ++i) head += "A: b\r\n";
  EXPECT_TRUE(Parsed(head + "\r\n").accepted);
  EXPECT_FALSE(Parsed(head + "A: b\r\n\r\n").accepted);
}

}  // namespace
}  // namespace bailiwick::net
