// Numbers and text in the journal's files: little-endian, without padding.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "crypto/hash.h"

namespace bailiwick::ledger {

static_assert(std::endian::native == std::endian::little, "the journal's files are little-endian");

template <std::integral T>
void put(std::string& out, T number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}
inline void put(std::string& out, const crypto::Digest& digest) {
  out.append(reinterpret_cast<const char*>(digest.data()), digest.size());
}
/// Two bytes of size, then the text, which is shorter than 64 KiB.
inline void put(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint16_t>(text.size()));
  out.append(text);
}
template <std::integral T>
void put_at(std::string& out, std::size_t at, T number) {
  std::memcpy(out.data() + at, &number, sizeof number);
}

/// Takes values off the front. Past the end everything fails, and stays failed.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <std::integral T>
  bool get(T& number) {
    return copy(&number, sizeof number);
  }
  bool get(crypto::Digest& digest) { return copy(digest.data(), digest.size()); }
  bool get(std::string_view& text) {
    std::uint16_t size = 0;
    return get(size) && get(text, size);
  }
  bool get(std::string_view& text, std::size_t size) {
    if (!ok_ || size > bytes_.size()) return ok_ = false;
    text = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return true;
  }
  bool ok() const { return ok_; }
  std::size_t left() const { return bytes_.size(); }

 private:
  bool copy(void* to, std::size_t size) {
    std::string_view text;
    if (!get(text, size)) return false;
    std::memcpy(to, text.data(), size);
    return true;
  }

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace bailiwick::ledger
