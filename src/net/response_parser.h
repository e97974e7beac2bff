// parse_response: the head of one answer of an upstream, from bytes. Pure.
#pragma once

#include <string_view>

#include "net/framing.h"
#include "net/http.h"
#include "net/request_parser.h"

namespace bailiwick::net {

struct ParsedResponse {
  int status = 0;
  Headers headers;
  BodyFraming framing;
  AfterExchange after = AfterExchange::kKeepAlive;
};

/// Reads a whole head, its empty line included. `method` is the request's: an answer to HEAD has no body.
/// Returns what is wrong with the head, or an empty view.
std::string_view parse_response(std::string_view head, std::string_view method, ParsedResponse& response);

}  // namespace bailiwick::net
