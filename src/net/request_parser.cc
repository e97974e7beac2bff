#include "net/request_parser.h"

#include <algorithm>

#include "net/head_parser.h"
#include "net/target.h"

namespace bailiwick::net {
namespace {

bool is_host(std::string_view host) {
  return std::ranges::all_of(host, [](char c) {
    bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return alphanumeric || std::string_view("-._~:[]%!$&'()*+;=").find(c) != std::string_view::npos;
  });
}

/// Host, Connection and Expect, found in one pass.
struct Controls {
  std::optional<std::string_view> host;
  std::size_t hosts = 0;
  std::optional<std::string_view> expect;
  bool close = false;
};

Controls find_controls(const Headers& headers) {
  Controls found;
  for (const auto& [name, value] : headers) {
    if (name.size() == 4 && equals_ignoring_case(name, "host")) {
      ++found.hosts;
      found.host = value;
    } else if (name.size() == 6 && equals_ignoring_case(name, "expect")) {
      found.expect = value;
    } else if (name.size() == 10 && equals_ignoring_case(name, "connection")) {
      found.close = found.close || has_close_token(value);
    }
  }
  return found;
}

}  // namespace

bool has_close_token(std::string_view value) {
  while (!value.empty()) {
    std::string_view token = value.substr(0, value.find(','));
    value.remove_prefix(std::min(value.size(), token.size() + 1));
    while (token.starts_with(' ') || token.starts_with('\t')) token.remove_prefix(1);
    while (token.ends_with(' ') || token.ends_with('\t')) token.remove_suffix(1);
    if (equals_ignoring_case(token, "close")) return true;
  }
  return false;
}

bool parse_request(std::string_view head, ParsedRequest& request, Refusal& refusal) {
  auto refuse = [&refusal](std::string_view fault, int status = 400,
                           std::string_view reason = "request.malformed") {
    refusal = {.status = status, .reason = reason, .fault = fault};
    return false;
  };
  HeadParser parser(HeadParser::Kind::kRequest);
  if (auto fault = parser.parse(head, request.head.headers); !fault.empty()) return refuse(fault);
  request.head.method = parser.method();
  request.head.target = parser.target();
  request.minor_version = parser.minor_version();

  Controls controls = find_controls(request.head.headers);
  bool old = request.minor_version == 0;
  if (controls.hosts > 1) return refuse("more than one Host");
  if (controls.hosts == 0 && !old) return refuse("no Host");
  if (controls.host && !is_host(*controls.host)) return refuse("a malformed Host");
  if (auto fault = read_framing(request.head.headers, request.framing); !fault.empty()) return refuse(fault);
  if (old && request.framing.kind == BodyFraming::Kind::kChunked)
    return refuse("a Transfer-Encoding in HTTP/1.0");
  if (request.head.method == "CONNECT") return refuse("a method that this server does not serve");
  std::string_view host = controls.host.value_or(std::string_view());
  if (auto fault = decode_target(request.head.target, host, request.head); !fault.empty())
    return refuse(fault);

  request.expects_continue = controls.expect && !old;
  if (request.expects_continue && !equals_ignoring_case(*controls.expect, "100-continue")) {
    return refuse("an Expect other than 100-continue", 417, "request.expectation");
  }
  request.after = old || controls.close ? AfterExchange::kClose : AfterExchange::kKeepAlive;
  return true;
}

}  // namespace bailiwick::net
