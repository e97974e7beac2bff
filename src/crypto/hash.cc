#include "crypto/hash.h"

// EVP frees its state and makes it anew for every message, which costs as much as hashing a record: see
// docs/decisions/0015. These functions are older, and their state is a value.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/ascii.h"

namespace bailiwick::crypto {
namespace {

SHA256_CTX* context_of(std::span<std::byte, sizeof(SHA256_CTX)> state) {
  return reinterpret_cast<SHA256_CTX*>(state.data());
}

constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

Sha256::Sha256() {
  BW_CHECK(SHA256_Init(context_of(state_)) == 1);
}
Sha256::~Sha256() {
  OPENSSL_cleanse(state_.data(), state_.size());
}

Sha256& Sha256::update(std::string_view bytes) {
  BW_CHECK(SHA256_Update(context_of(state_), bytes.data(), bytes.size()) == 1);
  return *this;
}
Sha256& Sha256::update(std::span<const std::uint8_t> bytes) {
  BW_CHECK(SHA256_Update(context_of(state_), bytes.data(), bytes.size()) == 1);
  return *this;
}
Digest Sha256::finish() {
  Digest digest;
  BW_CHECK(SHA256_Final(digest.data(), context_of(state_)) == 1);
  BW_CHECK(SHA256_Init(context_of(state_)) == 1);
  return digest;
}

Digest sha256(std::string_view bytes) {
  return Sha256().update(bytes).finish();
}

HmacKey::HmacKey(std::span<const std::uint8_t> key) {
  // RFC 2104: both hashes begin with the key, padded to a block.
  constexpr std::size_t kBlock = 64;
  Digest shortened;
  if (key.size() > kBlock) {
    shortened = sha256({reinterpret_cast<const char*>(key.data()), key.size()});
    key = shortened;
  }
  std::array<std::uint8_t, kBlock> pad{};
  auto begin_with = [&](std::uint8_t mask, Sha256& hash) {
    for (std::size_t i = 0; i < kBlock; ++i) pad[i] = (i < key.size() ? key[i] : 0) ^ mask;
    hash.update(std::span<const std::uint8_t>(pad));
  };
  begin_with(0x36, inner_);
  begin_with(0x5c, outer_);
  OPENSSL_cleanse(pad.data(), pad.size());
}

Digest HmacKey::hash(std::string_view bytes) const {
  Sha256 inner = inner_, outer = outer_;
  return outer.update(std::span<const std::uint8_t>(inner.update(bytes).finish())).finish();
}

Digest hmac_sha256(std::span<const std::uint8_t> key, std::string_view bytes) {
  return HmacKey(key).hash(bytes);
}

bool constant_time_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex(bytes.size() * 2, '\0');
  char* at = hex.data();
  for (std::uint8_t byte : bytes) {
    *at++ = kDigits[byte >> 4];
    *at++ = kDigits[byte & 15];
  }
  return hex;
}

Result<std::string> from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    int high = hex_value(hex[i]), low = hex_value(hex[i + 1]);
    if (high < 0 || low < 0) return fail(ErrorCode::kInvalid, "hex.malformed", "not hexadecimal");
    bytes += static_cast<char>(high << 4 | low);
  }
  if (hex.size() % 2 != 0)
    return fail(ErrorCode::kInvalid, "hex.malformed", "odd number of hexadecimal digits");
  return bytes;
}

Result<Digest> digest_from_hex(std::string_view hex) {
  TRY(std::string bytes, from_hex(hex));
  Digest digest;
  if (bytes.size() != digest.size())
    return fail(ErrorCode::kInvalid, "hex.malformed", "expected 64 hexadecimal digits");
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

std::string to_base64url(std::span<const std::uint8_t> bytes) {
  std::string text;
  std::uint32_t buffer = 0;
  int bits = 0;
  for (std::uint8_t byte : bytes) {
    buffer = buffer << 8 | byte;
    for (bits += 8; bits >= 6; bits -= 6) text += kBase64Url[buffer >> (bits - 6) & 63];
  }
  if (bits > 0) text += kBase64Url[buffer << (6 - bits) & 63];
  return text;
}

Result<std::string> from_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t buffer = 0;
  int bits = 0;
  for (char c : text) {
    std::size_t value = kBase64Url.find(c);
    if (value == std::string_view::npos)
      return fail(ErrorCode::kInvalid, "base64.malformed", "not base64url");
    buffer = buffer << 6 | static_cast<std::uint32_t>(value);
    if ((bits += 6) >= 8) bytes += static_cast<char>(buffer >> (bits -= 8) & 255);
  }
  if (text.size() % 4 == 1 || (buffer & ((1u << bits) - 1)) != 0) {
    return fail(ErrorCode::kInvalid, "base64.malformed", "not base64url: stray bits at the end");
  }
  return bytes;
}

}  // namespace bailiwick::crypto
