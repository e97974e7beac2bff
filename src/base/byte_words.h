// Text looked at eight bytes at a time, for the many short values that every request checks.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace bailiwick {

class ByteWord {
 public:
  static constexpr std::size_t kBytes = sizeof(std::uint64_t);

  /// Of the eight bytes from `bytes` on.
  static ByteWord at(const char* bytes) { return ByteWord(load<std::uint64_t>(bytes)); }
  /// Of all bytes of a text that has fewer than eight: some stand in it twice, and letters fill it up.
  static ByteWord of_short(std::string_view text) {
    constexpr std::size_t kHalf = kBytes / 2;
    const std::size_t size = text.size();
    if (size >= kHalf) {
      return ByteWord(load<std::uint32_t>(text.data()) |
                      std::uint64_t{load<std::uint32_t>(text.data() + size - kHalf)} << 32);
    }
    std::uint64_t word = kEach * 'a';
    char* bytes = reinterpret_cast<char*>(&word);
    if (size > 0) bytes[0] = text[0], bytes[1] = text[size / 2], bytes[2] = text[size - 1];
    return ByteWord(word);
  }

  /// Some byte of it is below `limit`, which is 0x80 at most.
  bool has_below(unsigned char limit) const { return ((word_ - kEach * limit) & ~word_ & kHigh) != 0; }
  bool has(char c) const { return ByteWord(word_ ^ (kEach * static_cast<unsigned char>(c))).has_below(1); }
  bool has_high() const { return (word_ & kHigh) != 0; }

 private:
  static constexpr std::uint64_t kEach = 0x0101010101010101, kHigh = kEach * 0x80;

  explicit ByteWord(std::uint64_t word) : word_(word) {}
  template <class Word>
  static Word load(const char* bytes) {
    Word word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }

  std::uint64_t word_;
};

/// Whether `found` is true of a word of the text. It may be asked about a byte twice.
template <class Found>
bool any_word(std::string_view text, Found found) {
  if (text.size() < ByteWord::kBytes) return found(ByteWord::of_short(text));
  const char* last = text.data() + text.size() - ByteWord::kBytes;
  for (const char* at = text.data(); at < last; at += ByteWord::kBytes) {
    if (found(ByteWord::at(at))) return true;
  }
  return found(ByteWord::at(last));
}

}  // namespace bailiwick
