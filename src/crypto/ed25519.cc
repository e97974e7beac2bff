#include "crypto/ed25519.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "crypto/base64.h"
#include "crypto/hash.h"

namespace bailiwick::crypto {
namespace {

using KeyHandle = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using ContextHandle = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// RFC 8410: what stands before the 32 bytes in SubjectPublicKeyInfo and in PrivateKeyInfo.
constexpr std::string_view kPublicPrefix("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12);
constexpr std::string_view kPrivatePrefix("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20",
                                          16);
constexpr std::string_view kPublicLabel = "PUBLIC KEY", kPrivateLabel = "PRIVATE KEY";
constexpr std::string_view kBlanks = " \t\r\n";

std::unexpected<Error> malformed(std::string message) {
  return fail(ErrorCode::kInvalid, "key.malformed", std::move(message));
}

std::string_view trimmed(std::string_view text) {
  std::size_t first = text.find_first_not_of(kBlanks), last = text.find_last_not_of(kBlanks);
  return first == std::string_view::npos ? std::string_view() : text.substr(first, last - first + 1);
}

/// The bytes between `-----BEGIN label-----` and `-----END label-----`, with nothing around them.
Result<SecretText> read_pem(std::string_view pem, std::string_view label) {
  std::string begin = fmt::format("-----BEGIN {}-----", label), end = fmt::format("-----END {}-----", label);
  pem = trimmed(pem);
  if (pem.starts_with("-----BEGIN ENCRYPTED"))
    return malformed("the key is encrypted; decrypt it first: openssl pkey -in KEY -out PLAIN");
  if (!pem.starts_with(begin) || !pem.ends_with(end) || pem.size() < begin.size() + end.size())
    return malformed(fmt::format("not a PEM file of one key that begins with {}", begin));
  pem = pem.substr(begin.size(), pem.size() - begin.size() - end.size());
  std::string body;
  body.reserve(pem.size());
  std::ranges::copy_if(pem, std::back_inserter(body), [](char c) { return !kBlanks.contains(c); });
  auto bytes = from_base64(body);
  wipe(body);
  if (!bytes) return malformed("not a PEM file: its body is not base64");
  return SecretText(std::move(*bytes));
}

/// The 32 bytes behind `prefix`.
Result<std::array<std::uint8_t, kEd25519Bytes>> key_bytes(std::string_view der, std::string_view prefix) {
  std::array<std::uint8_t, kEd25519Bytes> bytes;
  if (der.size() != prefix.size() + bytes.size() || !der.starts_with(prefix))
    return malformed("not an Ed25519 key; make one with `bailiwick bundle keygen FILE`");
  std::ranges::copy(as_bytes(der.substr(prefix.size())), bytes.begin());
  return bytes;
}

/// With the usual lines of 64 characters, of which our keys fill one.
std::string write_pem(std::string_view der, std::string_view label) {
  std::string body = to_base64(as_bytes(der));
  std::string pem;
  pem.reserve(body.size() + 128);
  pem.append("-----BEGIN ").append(label).append("-----\n");
  for (std::size_t at = 0; at < body.size(); at += 64) pem.append(body, at, 64).append("\n");
  pem.append("-----END ").append(label).append("-----\n");
  wipe(body);
  return pem;
}

/// Whether eight times the point is the neutral one. The y of such a point is one of these, its sign aside.
bool is_of_small_order(PublicKey::Bytes bytes) {
  constexpr std::string_view kOrdinates[] = {
      "0000000000000000000000000000000000000000000000000000000000000000",
      "0100000000000000000000000000000000000000000000000000000000000000",
      "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
      "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
  bytes.back() &= 0x7f;
  return std::ranges::find(kOrdinates, to_hex(bytes)) != std::end(kOrdinates);
}

}  // namespace

void wipe(std::string& text) {
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  if (pem.find("PRIVATE KEY") != std::string_view::npos)
    return malformed("this is a private key; give the public one, and keep this file to yourself");
  TRY(SecretText der, read_pem(pem, kPublicLabel));
  TRY(Bytes bytes, key_bytes(der.reveal(), kPublicPrefix));
  if (is_of_small_order(bytes)) return malformed("a key of small order, under which anyone can sign");
  return PublicKey(bytes);
}

std::string PublicKey::to_pem() const {
  std::string der(kPublicPrefix);
  der.append(bytes_.begin(), bytes_.end());
  return write_pem(der, kPublicLabel);
}

std::string PublicKey::id() const {
  return to_hex(sha256({reinterpret_cast<const char*>(bytes_.data()), bytes_.size()})).substr(0, 32);
}

bool PublicKey::verify(std::string_view message, std::string_view signature) const {
  if (signature.size() != kEd25519SignatureBytes) return false;
  KeyHandle key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_.data(), bytes_.size()),
                EVP_PKEY_free);
  ContextHandle context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), as_bytes(signature).data(), signature.size(),
                          as_bytes(message).data(), message.size()) == 1;
}

Result<std::vector<PublicKey>> public_keys_of(std::string_view text) {
  std::string block;
  std::vector<PublicKey> keys;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    block.append(line).append("\n");
    if (!line.starts_with("-----END")) continue;
    TRY(PublicKey key, PublicKey::from_pem(std::exchange(block, {})));
    keys.push_back(key);
  }
  if (!block.empty() || keys.empty()) return malformed("not a file of public keys as PEM");
  return keys;
}

PrivateKey PrivateKey::generate(Random& random) {
  PrivateKey key;
  random.fill(key.seed_);
  return key;
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem) {
  TRY(SecretText der, read_pem(pem, kPrivateLabel));
  TRY(auto bytes, key_bytes(der.reveal(), kPrivatePrefix));
  PrivateKey key;
  key.seed_ = bytes;
  OPENSSL_cleanse(bytes.data(), bytes.size());
  return key;
}

PrivateKey::~PrivateKey() {
  OPENSSL_cleanse(seed_.data(), seed_.size());
}
PrivateKey::PrivateKey(PrivateKey&& other) noexcept : seed_(other.seed_) {
  OPENSSL_cleanse(other.seed_.data(), other.seed_.size());
}

SecretText PrivateKey::to_pem() const {
  std::string der;
  der.reserve(kPrivatePrefix.size() + seed_.size());
  der.append(kPrivatePrefix).append(seed_.begin(), seed_.end());
  std::string pem = write_pem(der, kPrivateLabel);
  wipe(der);
  return SecretText(std::move(pem));
}

PublicKey PrivateKey::public_key() const {
  KeyHandle key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed_.data(), seed_.size()),
                EVP_PKEY_free);
  PublicKey::Bytes bytes;
  std::size_t size = bytes.size();
  BW_CHECK(key && EVP_PKEY_get_raw_public_key(key.get(), bytes.data(), &size) == 1 && size == bytes.size());
  return PublicKey(bytes);
}

std::string PrivateKey::sign(std::string_view message) const {
  KeyHandle key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed_.data(), seed_.size()),
                EVP_PKEY_free);
  ContextHandle context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  BW_CHECK(key && context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestSign(context.get(), reinterpret_cast<std::uint8_t*>(signature.data()), &size,
                          as_bytes(message).data(), message.size()) == 1 &&
           size == signature.size());
  return signature;
}

}  // namespace bailiwick::crypto
