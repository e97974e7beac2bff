// SHA-256, HMAC-SHA256, constant-time comparison and text encodings, over OpenSSL. Safe from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailiwick::crypto {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);
Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view bytes);

/// Several pieces hashed as one message. A copy goes on from where the original was.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = default;
  Sha256& operator=(const Sha256&) = default;
  Sha256& update(std::string_view bytes);
  Sha256& update(std::span<const std::uint8_t> bytes);
  /// Ends this message and begins the next.
  Digest finish();

 private:
  alignas(8) std::array<std::byte, 112> state_;  // OpenSSL's SHA256_CTX
};

/// A key that many messages are hashed with.
class HmacKey {
 public:
  explicit HmacKey(std::span<const std::uint8_t> key);
  Digest hash(std::string_view bytes) const;

 private:
  Sha256 inner_, outer_;
};

/// Time depends on the lengths only.
bool constant_time_equal(std::string_view a, std::string_view b);

std::string to_hex(std::span<const std::uint8_t> bytes);
/// Lower or upper case. Errors: kInvalid `hex.malformed`.
Result<std::string> from_hex(std::string_view hex);
Result<Digest> digest_from_hex(std::string_view hex);
/// RFC 4648 §5, without padding.
std::string to_base64url(std::span<const std::uint8_t> bytes);
Result<std::string> from_base64url(std::string_view text);

inline std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace bailiwick::crypto
