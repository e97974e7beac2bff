// IpAddress: an IPv4 or IPv6 address, or a range of them in CIDR notation.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bailiwick {

struct IpAddress {
  enum class Family : std::uint8_t { kV4, kV6 };
  std::array<std::uint8_t, 16> bytes = {};  ///< big-endian; of kV4 the first four
  Family family = Family::kV4;
  std::uint8_t prefix = 32;  ///< bits

  /// `10.0.0.1`, `10.0.0.0/8`, `fe80::1`, `fe80::/10`; no IPv4 inside IPv6, no leading zeros.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_loopback() const;
  bool is_multicast() const;
  /// Every address of this range lies in the other.
  bool is_in(const IpAddress& range) const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
};
std::string to_string(const IpAddress& ip);

}  // namespace bailiwick
