#include "net/framing.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/ascii.h"

namespace bailiwick::net {
namespace {

constexpr std::size_t kMaxOverhead = 8 * 1024;
constexpr unsigned kMaxSizeDigits = 16;

std::unexpected<Error> bad_framing(std::string_view what) {
  return fail(ErrorCode::kInvalid, "body.framing",
              "the body's chunks are malformed: " + std::string(what) + "; send `size CRLF data CRLF`");
}

}  // namespace

std::string_view read_framing(const Headers& headers, BodyFraming& framing) {
  std::optional<std::string_view> length, coding;
  for (const HeaderField& field : headers) {
    if (field.name.size() == 14 && equals_ignoring_case(field.name, "content-length")) {
      if (length) return "more than one Content-Length";
      length = field.value;
    } else if (field.name.size() == 17 && equals_ignoring_case(field.name, "transfer-encoding")) {
      if (coding) return "more than one Transfer-Encoding";
      coding = field.value;
    }
  }
  framing = {};
  if (length && coding) return "both Content-Length and Transfer-Encoding";
  if (coding) {
    if (!equals_ignoring_case(*coding, "chunked")) return "a Transfer-Encoding other than chunked";
    framing.kind = BodyFraming::Kind::kChunked;
  } else if (length) {
    const char* end = length->data() + length->size();
    auto [parsed, error] = std::from_chars(length->data(), end, framing.length);
    if (error != std::errc() || parsed != end) return "a Content-Length that is not a number";
    framing.kind = BodyFraming::Kind::kLength;
  }
  return {};
}

BodyDecoder::BodyDecoder(BodyFraming framing) : kind_(framing.kind), remaining_(framing.length) {
  switch (kind_) {
    case BodyFraming::Kind::kNone:
      break;
    case BodyFraming::Kind::kLength:
      state_ = remaining_ == 0 ? State::kDone : State::kData;
      break;
    case BodyFraming::Kind::kChunked:
      state_ = State::kSizeFirst;
      break;
    case BodyFraming::Kind::kUntilClose:
      state_ = State::kData;
      break;
  }
}

Result<std::string_view> BodyDecoder::next(std::string_view& input) {
  while (!input.empty() && state_ != State::kDone) {
    if (state_ == State::kData) return take(input);
    char c = input.front();
    input.remove_prefix(1);
    CHECK_OK(step(c));
  }
  return std::string_view();
}

std::string_view BodyDecoder::take(std::string_view& input) {
  if (kind_ == BodyFraming::Kind::kUntilClose) return std::exchange(input, {});
  auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size()));
  std::string_view piece = input.substr(0, size);
  input.remove_prefix(size);
  remaining_ -= size;
  if (remaining_ == 0) state_ = kind_ == BodyFraming::Kind::kChunked ? State::kDataCr : State::kDone;
  return piece;
}

Status BodyDecoder::size_digit(char c) {
  int value = hex_value(c);
  if (value < 0) return bad_framing("a size that is not hexadecimal");
  if (++digits_ > kMaxSizeDigits) return bad_framing("a size of more than 16 digits");
  remaining_ = remaining_ * 16 + static_cast<unsigned>(value);
  state_ = State::kSize;
  return {};
}

Status BodyDecoder::step(char c) {
  bool in_text = state_ == State::kExtension || state_ == State::kTrailer;
  if (in_text && (c == '\n' || c == '\0')) return bad_framing("a bare line feed or a NUL");
  if (in_text && ++overhead_ > kMaxOverhead) return bad_framing("extensions or trailers past 8 KiB");
  auto expect = [&](char wanted, State next) -> Status {
    if (c != wanted) return bad_framing("a line end that is not CRLF");
    state_ = next;
    return {};
  };
  switch (state_) {
    case State::kSizeFirst:
      remaining_ = digits_ = 0;
      return size_digit(c);
    case State::kSize:
      if (c != '\r' && c != ';') return size_digit(c);
      state_ = c == '\r' ? State::kSizeLf : State::kExtension;
      return {};
    case State::kExtension:
      if (c == '\r') state_ = State::kSizeLf;
      return {};
    case State::kSizeLf:
      return expect('\n', remaining_ == 0 ? State::kTrailerFirst : State::kData);
    case State::kDataCr:
      overhead_ = 0;
      return expect('\r', State::kDataLf);
    case State::kDataLf:
      return expect('\n', State::kSizeFirst);
    case State::kTrailerFirst:
      if (c == '\n' || c == '\0' || c == ' ' || c == '\t') return bad_framing("a malformed trailer");
      state_ = c == '\r' ? State::kLastLf : State::kTrailer;
      return {};
    case State::kTrailer:
      if (c == '\r') state_ = State::kTrailerLf;
      return {};
    case State::kTrailerLf:
      return expect('\n', State::kTrailerFirst);
    case State::kLastLf:
      return expect('\n', State::kDone);
    case State::kData:
    case State::kDone:
      break;
  }
  BW_CHECK(false);
  return {};
}

}  // namespace bailiwick::net
