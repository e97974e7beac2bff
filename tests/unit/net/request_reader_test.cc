// A head is read as if it were the first of its connection, whatever came before it.
#include "net/request_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "unit/net/bad_heads.h"

namespace bailiwick::net {
namespace {

std::string post(std::string_view length, std::string_view more = "") {
  return fmt::format("POST /v1/chat HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n{}X-Last: 7\r\n\r\n", length,
                     more);
}

std::string described(const ParsedRequest& request) {
  const RequestHead& head = request.head;
  std::string text =
      fmt::format("{} {} {} {} {} {} {} {}\n", head.method, head.target, head.path, head.query.size(),
                  static_cast<int>(request.framing.kind), request.framing.length,
                  static_cast<int>(request.after), request.expects_continue);
  for (const auto& [name, value] : head.headers) text += fmt::format("{}={}\n", name, value);
  return text;
}

/// What is made of a head by somebody who saw nothing before it.
std::string read_first(std::string_view head) {
  ParsedRequest request;
  Refusal refusal;
  return parse_request(head, request, refusal) ? described(request) : std::string(refusal.fault);
}

std::string read_next(RequestReader& reader, std::string_view head) {
  Refusal refusal;
  return reader.read(head, refusal) ? described(reader.request()) : std::string(refusal.fault);
}

TEST(RequestReader, ReadsEveryHeadAsIfItCameFirst) {
  std::vector<std::string> heads;
  for (std::string_view length : {"12", "13", "99", "00", "1x", "+1", " 1", "1 ", "-1", "1", "123", "0"})
    heads.push_back(post(length));
  heads.push_back(post("12", "Content-Length: 12\r\n"));
  heads.push_back(post("12", "content-length: 13\r\n"));
  heads.push_back(post("12", "Transfer-Encoding: chunked\r\n"));
  heads.push_back(post("12", "Connection: close\r\n"));
  heads.push_back(post("12", "Expect: 100-continue\r\n"));
  heads.push_back("POST /v1/chat HTTP/1.1\r\nHost: x\r\ncontent-lengTH:\t 12 \r\nX-Last: 7\r\n\r\n");
  heads.push_back("POST /v1/chat HTTP/1.1\r\nHost: x\r\ncontent-lengTH:\t 31 \r\nX-Last: 7\r\n\r\n");
  heads.push_back("POST /v1/chat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX: 7\r\n\r\n");
  heads.push_back("POST /v1/chat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX: 8\r\n\r\n");
  heads.push_back("GET /a?Content-Length:1 HTTP/1.1\r\nHost: x\r\n\r\n");
  heads.push_back("GET /a?Content-Length:2 HTTP/1.1\r\nHost: x\r\n\r\n");
  for (const auto& bad : test::bad_heads()) heads.push_back(bad.bytes);
  for (const std::string& before : heads) {
    for (const std::string& head : heads) {
      RequestReader reader;
      (void)read_next(reader, before);
      ASSERT_EQ(read_next(reader, head), read_first(head)) << before << head;
      ASSERT_EQ(read_next(reader, head), read_first(head)) << before << head << head;
    }
  }
}

RC_GTEST_PROP(RequestReader, LengthsThatFollowEachOther, (std::vector<std::uint32_t> lengths)) {
  RequestReader reader;
  for (std::uint32_t length : lengths) {
    for (const std::string& digits : {fmt::format("{}", length), fmt::format("{:010}", length)})
      RC_ASSERT(read_next(reader, post(digits)) == read_first(post(digits)));
  }
}

TEST(RequestReader, PastTheLargestLengthItIsRefusedStill) {
  RequestReader reader;
  EXPECT_EQ(read_next(reader, post("18446744073709551615")), read_first(post("18446744073709551615")));
  EXPECT_EQ(read_next(reader, post("18446744073709551616")), read_first(post("18446744073709551616")));
  EXPECT_EQ(read_next(reader, post("18446744073709551615")), read_first(post("18446744073709551615")));
}

TEST(RequestReader, KeepsWhatTheConnectionKnowsOfThePeer) {
  RequestReader reader;
  reader.set_peer("192.0.2.7", RequestReader::Channel::kTls);
  for (std::string_view length : {"1", "2", "2", "10"}) {
    (void)read_next(reader, post(length));
    EXPECT_EQ(reader.request().head.peer, "192.0.2.7");
    EXPECT_TRUE(reader.request().head.secure);
  }
}

}  // namespace
}  // namespace bailiwick::net
