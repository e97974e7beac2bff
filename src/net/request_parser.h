// RequestParser: the head of one request, from bytes to a RequestHead and what the connection must know.
// Pure.
#pragma once

#include <string_view>

#include "net/framing.h"
#include "net/http.h"

namespace bailiwick::net {

/// A request that the transport itself answers, before any handler sees it.
struct Refusal {
  int status = 400;
  std::string_view reason = "request.malformed";  ///< stable word
  std::string_view fault;                         ///< ends the sentence "the request has …"; static text
  std::string_view remedy = "send a plain HTTP/1.1 request";
};

enum class AfterExchange { kKeepAlive, kClose };

struct ParsedRequest {
  RequestHead head;  ///< `peer` and `secure` are the connection's to fill
  BodyFraming framing;
  AfterExchange after = AfterExchange::kKeepAlive;
  int minor_version = 1;
  bool expects_continue = false;
};

/// Reads a whole head, its empty line included. True when `request` is filled; false when `refusal` is.
///
/// Refused with 400: all that HeadParser, `read_framing` and `decode_target` refuse, a Host that is absent,
/// doubled or malformed, any Transfer-Encoding in HTTP/1.0, and CONNECT. Refused with 417: an Expect other
/// than 100-continue.
bool parse_request(std::string_view head, ParsedRequest& request, Refusal& refusal);

/// Whether `close` is among the comma-separated words of a Connection field.
bool has_close_token(std::string_view connection);

}  // namespace bailiwick::net
