// Shows that heads are written whole, that framing is left to the connection, and that nothing can break a
// head apart.
#include "net/head_writer.h"

#include <gtest/gtest.h>

namespace bailiwick::net {
namespace {

TEST(HeadWriter, WritesHeads) {
  std::string wire;
  ASSERT_TRUE(append_response_head(wire, 404, {{"A", "b"}, {"Empty", ""}, {"Content-Type", "x\ty"}}));
  EXPECT_EQ(wire, "HTTP/1.1 404 Not Found\r\nA: b\r\nEmpty: \r\nContent-Type: x\ty\r\n");
  wire.clear();
  ASSERT_TRUE(append_request_head(wire, "POST", "/a?b", {{"A", "b"}}));
  append_field(wire, "Content-Length", std::uint64_t{18446744073709551615U});
  EXPECT_EQ(wire, "POST /a?b HTTP/1.1\r\nA: b\r\nContent-Length: 18446744073709551615\r\n");
}

TEST(HeadWriter, LeavesFramingToTheConnection) {
  Headers headers{{"content-length", "9"},
                  {"Transfer-Encoding", "gzip"},
                  {"CONNECTION", "upgrade"},
                  {"Keep-Alive", "1"},
                  {"Date", "never"},
                  {"host", "elsewhere"},
                  {"Kept", "yes"}};
  std::string wire;
  ASSERT_TRUE(append_response_head(wire, 200, headers));
  EXPECT_EQ(wire, "HTTP/1.1 200 OK\r\nKept: yes\r\n");
}

TEST(HeadWriter, RefusesWhatWouldBreakAHead) {
  using namespace std::string_view_literals;
  for (const HeaderField& bad : {HeaderField{"A", "b\r\nC: d"},
                                 {"A", "b\rc"},
                                 {"A", "b\nc"},
                                 {"A", "b\0c"sv},
                                 {"A\r\nB", "c"},
                                 {"A: b", "c"},
                                 {"A b", "c"},
                                 {"", "c"}}) {
    std::string wire;
    Headers headers{bad};
    Status written = append_response_head(wire, 200, headers);
    ASSERT_FALSE(written) << bad.name << ": " << bad.value;
    EXPECT_EQ(written.error().reason, "http.header_malformed");
  }
  std::string wire;
  for (std::string_view target : {"", "/a b", "/a\r\nX: y", "/\xc3\xa9"})
    EXPECT_FALSE(append_request_head(wire, "GET", target, {})) << target;
  EXPECT_FALSE(append_request_head(wire, "GET /x", "/", {}));
}

TEST(HeadWriter, GivesTheDateInItsOneForm) {
  std::string_view date = date_field();
  EXPECT_TRUE(date.starts_with("Date: ") && date.ends_with(" GMT\r\n")) << date;
  EXPECT_EQ(date.size(), std::string_view("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n").size());
}

}  // namespace
}  // namespace bailiwick::net
