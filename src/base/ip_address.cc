#include "base/ip_address.h"

#include <algorithm>
#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace bailiwick {
namespace {

using Family = IpAddress::Family;

std::uint8_t full_prefix(Family family) {
  return family == Family::kV4 ? 32 : 128;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint8_t> parse_prefix(std::string_view text, Family family) {
  if (!is_digits(text) || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  if (value > full_prefix(family)) return std::nullopt;
  return static_cast<std::uint8_t>(value);
}

bool same_bits(const IpAddress& a, const IpAddress& b, unsigned bits) {
  unsigned whole = bits / 8, rest = bits % 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + whole, b.bytes.begin())) return false;
  if (rest == 0) return true;
  unsigned mask = 0xFFU << (8 - rest);
  return ((a.bytes[whole] ^ b.bytes[whole]) & mask) == 0;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  // The longest is eight groups of four digits, their colons, and `/128`.
  if (text.size() > 43) return std::nullopt;
  std::size_t slash = text.find('/');
  std::string address(text.substr(0, slash));
  bool v6 = address.contains(':');
  // An IPv4 address inside an IPv6 one would compare with neither as a reader expects.
  if (v6 && address.contains('.')) return std::nullopt;
  IpAddress parsed;
  parsed.family = v6 ? Family::kV6 : Family::kV4;
  parsed.prefix = full_prefix(parsed.family);
  // inet_pton refuses leading zeros in IPv4 and anything behind the address.
  if (address.find('\0') != std::string::npos) return std::nullopt;
  if (inet_pton(v6 ? AF_INET6 : AF_INET, address.c_str(), parsed.bytes.data()) != 1) return std::nullopt;
  if (slash == std::string_view::npos) return parsed;
  auto prefix = parse_prefix(text.substr(slash + 1), parsed.family);
  if (!prefix) return std::nullopt;
  parsed.prefix = *prefix;
  return parsed;
}

bool IpAddress::is_in(const IpAddress& range) const {
  return family == range.family && prefix >= range.prefix && same_bits(*this, range, range.prefix);
}

bool IpAddress::is_loopback() const {
  static const IpAddress kV4 = *parse("127.0.0.0/8");
  static const IpAddress kV6 = *parse("::1");
  return is_in(family == Family::kV4 ? kV4 : kV6);
}

bool IpAddress::is_multicast() const {
  static const IpAddress kV4 = *parse("224.0.0.0/4");
  static const IpAddress kV6 = *parse("ff00::/8");
  return is_in(family == Family::kV4 ? kV4 : kV6);
}

std::string to_string(const IpAddress& ip) {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  inet_ntop(ip.family == Family::kV4 ? AF_INET : AF_INET6, ip.bytes.data(), text.data(), text.size());
  if (ip.prefix == full_prefix(ip.family)) return text.data();
  return fmt::format("{}/{}", text.data(), ip.prefix);
}

}  // namespace bailiwick
