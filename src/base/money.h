// PicoDollars: exact money. One US dollar is 10^12; prices per token such as 6e-08 USD are whole numbers of
// it.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/short_text.h"

namespace bailiwick {

class PicoDollars {
 public:
  static constexpr std::int64_t kPerDollar = 1'000'000'000'000;

  constexpr PicoDollars() = default;
  constexpr explicit PicoDollars(std::int64_t pico) : pico_(pico) {}
  static constexpr PicoDollars dollars(std::int64_t whole) { return PicoDollars(whole * kPerDollar); }
  static constexpr PicoDollars largest() { return PicoDollars(std::numeric_limits<std::int64_t>::max()); }
  /// `12`, `0.0034`, `6e-08`, `1.5E3`; exact to 10^-12, rounded up beyond. Largest value 9,000,000 USD.
  static Result<PicoDollars> parse(std::string_view decimal);

  constexpr std::int64_t pico() const { return pico_; }
  /// Shortest exact decimal, e.g. `0.00034` or `12`.
  std::string to_decimal() const { return std::string(decimal().view()); }
  ShortText<40> decimal() const;

  friend constexpr auto operator<=>(PicoDollars, PicoDollars) = default;
  friend constexpr bool operator==(PicoDollars, PicoDollars) = default;
  /// Addition and multiplication saturate at `largest()`: an absurd price never wraps to a cheap one.
  friend constexpr PicoDollars operator+(PicoDollars a, PicoDollars b) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(a.pico_, b.pico_, &sum) ? largest() : PicoDollars(sum);
  }
  friend constexpr PicoDollars operator-(PicoDollars a, PicoDollars b) {
    return PicoDollars(a.pico_ - b.pico_);
  }
  friend constexpr PicoDollars operator*(PicoDollars a, std::int64_t count) {
    std::int64_t product = 0;
    return __builtin_mul_overflow(a.pico_, count, &product) ? largest() : PicoDollars(product);
  }
  constexpr PicoDollars& operator+=(PicoDollars other) { return *this = *this + other; }

 private:
  std::int64_t pico_ = 0;
};

}  // namespace bailiwick
