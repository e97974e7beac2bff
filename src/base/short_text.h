// ShortText: text whose largest size is known, put together where it stands. For the lines that every request
// writes, where a format string or a growing string would cost more than what is written.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string_view>

#include "base/result.h"

namespace bailiwick {

template <std::size_t Size>
class ShortText {
 public:
  /// Each appends; more than fits is a broken invariant.
  ShortText& text(std::string_view piece) {
    BW_CHECK(piece.size() <= Size - size_);
    std::memcpy(bytes_ + size_, piece.data(), piece.size());
    size_ += piece.size();
    return *this;
  }
  ShortText& number(std::int64_t value) {
    auto [end, error] = std::to_chars(bytes_ + size_, std::end(bytes_), value);
    BW_CHECK(error == std::errc());
    size_ = static_cast<std::size_t>(end - bytes_);
    return *this;
  }
  /// The last `width` digits, zeros in front.
  ShortText& digits(std::uint64_t value, std::size_t width) {
    BW_CHECK(width <= Size - size_);
    for (std::size_t left = width; left > 0; value /= 10)
      bytes_[size_ + --left] = static_cast<char>('0' + value % 10);
    size_ += width;
    return *this;
  }
  /// Takes zeros off the end.
  ShortText& without_zeros() {
    while (size_ > 0 && bytes_[size_ - 1] == '0') --size_;
    return *this;
  }

  std::string_view view() const { return {bytes_, size_}; }

 private:
  char bytes_[Size];
  std::size_t size_ = 0;
};

}  // namespace bailiwick
