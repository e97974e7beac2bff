// Shows that a body is the same however its bytes are split, and that malformed chunks are refused.
#include "net/framing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace bailiwick::net {
namespace {

using Kind = BodyFraming::Kind;

/// Decodes `pieces` one after the other. `rest` is what was left over.
Result<std::string> decode(BodyDecoder& decoder, const std::vector<std::string>& pieces, std::string& rest) {
  std::string body;
  for (const std::string& piece : pieces) {
    std::string_view input = piece;
    while (!input.empty() && !decoder.finished()) {
      TRY(std::string_view part, decoder.next(input));
      body += part;
    }
    rest += input;
  }
  return body;
}

std::vector<std::string> split(const std::string& bytes, const std::vector<std::uint8_t>& sizes) {
  std::vector<std::string> pieces;
  std::size_t at = 0;
  for (std::uint8_t size : sizes) {
    pieces.push_back(bytes.substr(std::min(at, bytes.size()), size));
    at += size;
  }
  if (at < bytes.size()) pieces.push_back(bytes.substr(at));
  return pieces;
}

RC_GTEST_PROP(BodyDecoder, GivesTheSameBodyForEverySplit,
              (const std::vector<std::string>& chunks, const std::vector<std::uint8_t>& sizes)) {
  std::string body, wire;
  for (const std::string& chunk : chunks) {
    if (chunk.empty()) continue;
    body += chunk;
    wire += fmt::format("{:X};ext=1\r\n{}\r\n", chunk.size(), chunk);
  }
  wire += "000\r\nTrailer: x\r\n\r\nnext";
  BodyDecoder decoder({Kind::kChunked, 0});
  std::string rest;
  auto decoded = decode(decoder, split(wire, sizes), rest);
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == body);
  RC_ASSERT(decoder.finished());
  RC_ASSERT(rest == "next");
}

TEST(BodyDecoder, CountsLengths) {
  BodyDecoder decoder({Kind::kLength, 5});
  std::string rest;
  EXPECT_EQ(decode(decoder, {"he", "llo+"}, rest), "hello");
  EXPECT_EQ(rest, "+");
  EXPECT_TRUE(decoder.finished());
  EXPECT_TRUE(BodyDecoder({Kind::kLength, 0}).finished());
  EXPECT_TRUE(BodyDecoder({Kind::kNone, 0}).finished());
}

TEST(BodyDecoder, ReadsUntilTheClose) {
  BodyDecoder decoder({Kind::kUntilClose, 0});
  std::string rest;
  EXPECT_EQ(decode(decoder, {"all ", "of it"}, rest), "all of it");
  EXPECT_FALSE(decoder.finished());
}

TEST(BodyDecoder, RefusesMalformedChunks) {
  using namespace std::string_literals;
  for (const std::string& wire : {"5\nhello\r\n0\r\n\r\n"s,
                                  "5 \r\nhello\r\n"s,
                                  " 5\r\nhello\r\n"s,
                                  "+5\r\nhello\r\n"s,
                                  "0x5\r\nhello\r\n"s,
                                  "\r\nhello"s,
                                  "g\r\n"s,
                                  ";ext\r\n"s,
                                  "5\rXhello"s,
                                  "5;a\nb\r\n"s,
                                  "5;a\0\r\n"s,
                                  "5;a\rb\r\n"s,
                                  "5\r\nhelloXX0\r\n"s,
                                  "5\r\nhello\n0\r\n\r\n"s,
                                  "5\r\nhello\r\r"s,
                                  "0\r\n\n"s,
                                  "0\r\n a\r\n\r\n"s,
                                  "0\r\nA: b\n\r\n"s,
                                  "0\r\nA: \0\r\n\r\n"s,
                                  "0\r\n\rX"s,
                                  "10000000000000000\r\n"s,
                                  "00000000000000001\r\n"s,
                                  "1;"s + std::string(9000, 'e'),
                                  "0\r\nT: "s + std::string(9000, 't')}) {
    BodyDecoder decoder({Kind::kChunked, 0});
    std::string rest;
    auto decoded = decode(decoder, {wire}, rest);
    ASSERT_FALSE(decoded) << wire.substr(0, 40);
    EXPECT_EQ(decoded.error().reason, "body.framing");
  }
}

TEST(Framing, ReadsTheFields) {
  BodyFraming framing;
  Headers headers{{"content-LENGTH", "18446744073709551615"}};
  EXPECT_EQ(read_framing(headers, framing), "");
  EXPECT_EQ(framing.length, 18446744073709551615U);
  headers = {{"TRANSFER-encoding", "CHUNKED"}};
  EXPECT_EQ(read_framing(headers, framing), "");
  EXPECT_EQ(framing.kind, Kind::kChunked);
  EXPECT_EQ(read_framing({}, framing), "");
  EXPECT_EQ(framing.kind, Kind::kNone);
}

}  // namespace
}  // namespace bailiwick::net
