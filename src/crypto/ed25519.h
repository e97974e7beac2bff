// Ed25519 (RFC 8032) keys and signatures over OpenSSL, and their PEM files: PKCS#8 for private keys, SPKI for
// public ones, as `openssl genpkey -algorithm ed25519` writes them. Safe from any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "crypto/secret_text.h"

namespace bailiwick::crypto {

inline constexpr std::size_t kEd25519Bytes = 32;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

class PublicKey {
 public:
  using Bytes = std::array<std::uint8_t, kEd25519Bytes>;

  PublicKey() = default;
  explicit PublicKey(const Bytes& bytes) : bytes_(bytes) {}
  /// Errors: kInvalid `key.malformed`; also for a point of small order, under which anyone can sign.
  static Result<PublicKey> from_pem(std::string_view pem);
  std::string to_pem() const;
  /// Names the key: the first 32 hex digits of the SHA-256 of its 32 bytes.
  std::string id() const;
  const Bytes& bytes() const { return bytes_; }
  /// False for anything but a signature of this key over exactly this message.
  bool verify(std::string_view message, std::string_view signature) const;
  auto operator<=>(const PublicKey&) const = default;

 private:
  Bytes bytes_{};
};

/// Keys one after the other in one text, as `cat a.pem b.pem` makes it; lines that begin with `#` are passed
/// over. Errors: kInvalid `key.malformed`; also for a text without a key.
Result<std::vector<PublicKey>> public_keys_of(std::string_view text);

/// Wiped from memory when it goes. Nothing prints it but to_pem().
class PrivateKey {
 public:
  static PrivateKey generate(Random& random);
  /// Errors: kInvalid `key.malformed`, which never quotes the text; also for an encrypted key.
  static Result<PrivateKey> from_pem(std::string_view pem);
  ~PrivateKey();
  PrivateKey(PrivateKey&& other) noexcept;
  PrivateKey(const PrivateKey&) = delete;
  PrivateKey& operator=(const PrivateKey&) = delete;
  PrivateKey& operator=(PrivateKey&&) = delete;

  SecretText to_pem() const;
  PublicKey public_key() const;
  /// 64 bytes.
  std::string sign(std::string_view message) const;

 private:
  PrivateKey() = default;
  std::array<std::uint8_t, kEd25519Bytes> seed_{};
};

}  // namespace bailiwick::crypto
