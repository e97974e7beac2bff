// HeadParser: the first line and the header fields of one HTTP/1.1 message. Pure; the whole head is given at
// once.
//
// The reading is strict. Refused is what parsers are known to read differently: bare CR or LF, NUL and other
// controls, obs-fold, names that are not tokens (a space before the colon among them), and first lines of any
// other shape than `METHOD SP target SP HTTP/1.x` or `HTTP/1.x SP status`. A request must be acceptable to
// llhttp too: alone it would let bare CR and obs-fold through, and together they are stricter than either.
#pragma once

#include <string_view>

#include "net/http.h"

namespace bailiwick::net {

inline constexpr std::size_t kMaxHeaderFields = 100;

/// The size of the head at the front of `bytes`, its empty line included; npos when the end is not there yet.
/// `searched` is how many bytes an earlier call has looked at already.
std::size_t find_head_end(std::string_view bytes, std::size_t searched = 0);

/// What is wrong with a head that has not ended yet, so that it need not be waited for; empty when nothing
/// is.
std::string_view partial_head_fault(std::string_view bytes, std::size_t searched = 0);

class HeadParser {
 public:
  enum class Kind { kRequest, kResponse };

  explicit HeadParser(Kind kind) : kind_(kind) {}

  /// Reads `head`, which must end with its empty line, and fills `headers`. Returns what is wrong with it, as
  /// the rest of a sentence that begins with "the head has", or an empty view. The parts below view into
  /// `head`.
  std::string_view parse(std::string_view head, Headers& headers);

  std::string_view method() const { return method_; }
  std::string_view target() const { return target_; }
  int minor_version() const { return minor_version_; }
  int status() const { return status_; }

 private:
  std::string_view scan(std::string_view head, Headers& headers);
  std::string_view scan_request_line(std::string_view line);
  std::string_view scan_status_line(std::string_view line);

  Kind kind_;
  std::string_view method_;
  std::string_view target_;
  int minor_version_ = 1;
  int status_ = 0;
};

}  // namespace bailiwick::net
