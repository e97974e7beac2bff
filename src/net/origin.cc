#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address_v6.hpp>
#include <fmt/format.h>

#include "base/ascii.h"
#include "net/client.h"

namespace bailiwick::net {
namespace {

/// Never repeats the URL: it may hold a password.
std::unexpected<Error> malformed(std::string_view what) {
  return fail(ErrorCode::kInvalid, "url.malformed",
              fmt::format("the URL has {}; write http://host:port/path or https://host/path", what));
}

bool is_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0)
    return malformed("a port that is not 1 to 65535");
  return port;
}

/// `host`, `host:port`, `[v6]` or `[v6]:port` into `origin`.
Status parse_authority(std::string_view authority, Origin& origin) {
  std::string_view port;
  if (authority.starts_with('[')) {
    std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return malformed("an address without its closing bracket");
    origin.host = authority.substr(1, end - 1);
    boost::system::error_code error;
    boost::asio::ip::make_address_v6(origin.host, error);
    if (error) return malformed("brackets around what is not an IPv6 address");
    port = authority.substr(end + 1);
  } else {
    std::size_t colon = authority.find(':');
    origin.host = authority.substr(0, colon);
    if (!is_name(origin.host)) return malformed("no valid host");
    port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
  }
  origin.port = origin.tls ? 443 : 80;
  if (port.empty()) return {};
  if (!port.starts_with(':')) return malformed("text after its host");
  TRY(origin.port, parse_port(port.substr(1)));
  return {};
}

}  // namespace

Result<Origin> Origin::parse(std::string_view url) {
  Origin origin;
  std::size_t scheme_end = url.find("://");
  std::string_view scheme = url.substr(0, scheme_end == std::string_view::npos ? 0 : scheme_end);
  if (!equals_ignoring_case(scheme, "http") && !equals_ignoring_case(scheme, "https"))
    return malformed("no http or https scheme");
  origin.tls = scheme.size() == 5;

  std::string_view rest = url.substr(scheme_end + 3);
  std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  std::string_view path = rest.substr(authority.size());
  if (authority.find('@') != std::string_view::npos) return malformed("user information");
  if (path.find_first_of("?#") != std::string_view::npos) return malformed("a query or a fragment");
  if (!std::ranges::all_of(path, [](char c) { return c > 0x20 && c < 0x7f; })) {
    return malformed("a path with characters that must be percent-encoded");
  }
  CHECK_OK(parse_authority(authority, origin));
  while (path.ends_with('/')) path.remove_suffix(1);
  origin.base_path = path;
  return origin;
}

std::string Origin::authority() const {
  bool v6 = host.find(':') != std::string::npos;
  std::string text = v6 ? "[" + host + "]" : host;
  if (port != (tls ? 443 : 80)) text += fmt::format(":{}", port);
  return text;
}

}  // namespace bailiwick::net
