#include "net/response_parser.h"

#include "net/head_parser.h"

namespace bailiwick::net {

std::string_view parse_response(std::string_view head, std::string_view method, ParsedResponse& response) {
  HeadParser parser(HeadParser::Kind::kResponse);
  if (auto fault = parser.parse(head, response.headers); !fault.empty()) return fault;
  response.status = parser.status();
  if (auto fault = read_framing(response.headers, response.framing); !fault.empty()) return fault;

  bool bodyless =
      method == "HEAD" || response.status == 204 || response.status == 304 || response.status < 200;
  if (bodyless)
    response.framing = {};
  else if (response.framing.kind == BodyFraming::Kind::kNone)
    response.framing.kind = BodyFraming::Kind::kUntilClose;

  bool close = parser.minor_version() == 0 || has_close_token(response.headers.get("connection")) ||
               response.framing.kind == BodyFraming::Kind::kUntilClose;
  response.after = close ? AfterExchange::kClose : AfterExchange::kKeepAlive;
  return {};
}

}  // namespace bailiwick::net
