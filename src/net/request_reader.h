// RequestReader: the heads of one connection's requests, one after the other.
//
// Who keeps a connection mostly sends the same head again, with another length of the body at most. What was
// read and accepted once is not read again then. Pure.
#pragma once

#include <string>
#include <string_view>

#include "net/request_parser.h"

namespace bailiwick::net {

class RequestReader {
 public:
  /// A head that is longer is always read.
  static constexpr std::size_t kMostKept = 2048;

  /// As `parse_request`, into request().
  bool read(std::string_view head, Refusal& refusal);

  const ParsedRequest& request() const { return request_; }
  enum class Channel { kPlain, kTls };
  /// What the connection itself knows of the peer: the same for all requests.
  void set_peer(std::string address, Channel channel);

 private:
  /// `head` is the one that was read last, or is so but for its length, which is put in place.
  bool repeats(std::string_view head);
  bool take_length(std::string_view digits);
  void keep(std::string_view head);

  ParsedRequest request_;
  std::string kept_;  ///< what `request_` was read from; empty = must be read
  std::string_view::size_type length_at_ = 0,
                              length_size_ = 0;  ///< its Content-Length's digits; no size = none
};

}  // namespace bailiwick::net
