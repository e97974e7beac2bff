#include "crypto/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/ascii.h"

namespace bailiwick::crypto {
namespace {

/// Fetched once: looking the algorithm up costs more than hashing a short message.
const EVP_MD* sha256_method() {
  static const EVP_MD* method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return method;
}

EVP_MD_CTX* context_of(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  BW_CHECK(context_ != nullptr && EVP_DigestInit_ex2(context_of(context_), sha256_method(), nullptr) == 1);
}
Sha256::~Sha256() {
  EVP_MD_CTX_free(context_of(context_));
}

Sha256& Sha256::update(std::string_view bytes) {
  BW_CHECK(EVP_DigestUpdate(context_of(context_), bytes.data(), bytes.size()) == 1);
  return *this;
}
Sha256& Sha256::update(std::span<const std::uint8_t> bytes) {
  BW_CHECK(EVP_DigestUpdate(context_of(context_), bytes.data(), bytes.size()) == 1);
  return *this;
}
Digest Sha256::finish() {
  Digest digest;
  BW_CHECK(EVP_DigestFinal_ex(context_of(context_), digest.data(), nullptr) == 1);
  BW_CHECK(EVP_DigestInit_ex2(context_of(context_), sha256_method(), nullptr) == 1);
  return digest;
}

Digest sha256(std::string_view bytes) {
  thread_local Sha256 hasher;
  return hasher.update(bytes).finish();
}

// Over the hasher above: OpenSSL's own HMAC objects fetch and allocate on every call.
HmacKey::HmacKey(std::span<const std::uint8_t> key) {
  Digest shortened;
  if (key.size() > inner_.size()) {
    shortened = sha256({reinterpret_cast<const char*>(key.data()), key.size()});
    key = shortened;
  }
  for (std::size_t i = 0; i < inner_.size(); ++i) {
    std::uint8_t byte = i < key.size() ? key[i] : 0;
    inner_[i] = byte ^ 0x36;
    outer_[i] = byte ^ 0x5c;
  }
}

HmacKey::~HmacKey() {
  OPENSSL_cleanse(inner_.data(), inner_.size());
  OPENSSL_cleanse(outer_.data(), outer_.size());
}

Digest HmacKey::hash(std::string_view bytes) const {
  thread_local Sha256 hasher;
  Digest first = hasher.update(std::span(inner_)).update(bytes).finish();
  return hasher.update(std::span(outer_)).update(std::span<const std::uint8_t>(first)).finish();
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
