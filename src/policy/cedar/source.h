// Where something stands in a text of policies or of a schema.
//
// Offsets are bytes. Problems name places as `file:line:column`, columns counting bytes from 1.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailiwick::cedar {

/// Half-open range of bytes.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

/// A text, its name for messages, and the faults found in it so far.
class Source {
 public:
  /// What says `file:line:column` of a byte.
  using Places = std::function<std::string(std::uint32_t)>;

  Source(std::string_view name, std::string_view text);
  /// A text that stands somewhere in a file of another language; `places` says where.
  Source(std::string_view name, std::string_view text, Places places);

  std::string_view text() const { return text_; }
  std::string_view name() const { return name_; }
  std::string_view slice(Span span) const { return text_.substr(span.begin, span.end - span.begin); }
  /// `name:line:column` of a byte.
  std::string place(std::uint32_t offset) const;

  /// Notes a fault. Past `kMaxProblems` they are dropped.
  void report(Span span, std::string message);
  bool failed() const { return !problems_.empty(); }
  const std::vector<Problem>& problems() const { return problems_; }
  /// The faults as one error with this reason; there must be some.
  std::unexpected<Error> failure(std::string_view reason, std::string message) const;

  static constexpr std::size_t kMaxProblems = 100;

 private:
  std::string_view name_;
  std::string_view text_;
  Places places_;  // empty: the text is the file
  std::vector<std::uint32_t> line_starts_;
  std::vector<Problem> problems_;
};

}  // namespace bailiwick::cedar
