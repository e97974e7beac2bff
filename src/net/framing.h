// BodyFraming and BodyDecoder: where a body ends, and its bytes without the framing. Pure; never copies.
//
// The chunk decoder is our own and strict: llhttp 8.1 takes any two bytes for the line end after a chunk's
// data and for that of its size, so that two readers of one stream could see two different messages.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace bailiwick::net {

struct BodyFraming {
  enum class Kind { kNone, kLength, kChunked, kUntilClose };
  Kind kind = Kind::kNone;
  std::uint64_t length = 0;  ///< bytes, for kLength
};

/// Reads Content-Length and Transfer-Encoding. Returns what is wrong with them, or an empty view. Without
/// either, `framing.kind` is kNone. Refused: both at once, more than one of each, any coding but `chunked`,
/// lists, signs.
std::string_view read_framing(const Headers& headers, BodyFraming& framing);

class BodyDecoder {
 public:
  BodyDecoder() = default;
  explicit BodyDecoder(BodyFraming framing);

  /// Cuts the next piece of the body off the front of `input`; the piece views into it. An empty piece while
  /// `!finished()` means that `input` is used up. Errors: kInvalid `body.framing`.
  Result<std::string_view> next(std::string_view& input);
  bool finished() const { return state_ == State::kDone; }
  /// The bytes that are still to come, when that is known; for kLength only.
  std::uint64_t remaining() const { return remaining_; }
  BodyFraming::Kind kind() const { return kind_; }

 private:
  enum class State {
    kData,
    kSizeFirst,
    kSize,
    kExtension,
    kSizeLf,
    kDataCr,
    kDataLf,
    kTrailerFirst,
    kTrailer,
    kTrailerLf,
    kLastLf,
    kDone
  };
  Status step(char c);
  Status size_digit(char c);
  std::string_view take(std::string_view& input);

  BodyFraming::Kind kind_ = BodyFraming::Kind::kNone;
  State state_ = State::kDone;
  std::uint64_t remaining_ = 0;
  unsigned digits_ = 0;
  std::size_t overhead_ = 0;  ///< bytes of extensions since the last chunk, or of trailers
};

}  // namespace bailiwick::net
