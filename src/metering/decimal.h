// Decimal: an exact number with so many decimal places, in 128 bits: what sums of money and invoices are made
// of.
//
// PicoDollars is the money of one request and saturates at 9 million USD; a sum over many requests, or a
// count times a price, is larger or finer than that.
#pragma once

#include "base/binding.h"
#include "base/printing.h"

namespace bailiwick::metering {

using Wide = __int128;

/// `units` / 10^`places`.
class Decimal {
 public:
  static constexpr int kMoneyPlaces = 12;  ///< of an amount in USD: whole picodollars

  constexpr Decimal() = default;
  constexpr Decimal(Wide units, int places) : units_(units), places_(places) {}
  static constexpr Decimal of(PicoDollars amount) { return {amount.pico(), kMoneyPlaces}; }
  /// `12`, `0.0034`, `6e-08`; 0 to 9,000,000 with at most 12 decimals, never rounded. Errors: kInvalid
  /// `decimal.malformed`.
  static Result<Decimal> parse(std::string_view text);

  constexpr Wide units() const { return units_; }
  constexpr int places() const { return places_; }
  /// Shortest exact text: `0.00034`, `12`.
  std::string str() const;
  /// With every place: `12.50`.
  std::string fixed() const;
  /// At no more places than this one has; a half goes to the even neighbour.
  Decimal rounded(int places) const;

  /// Both have the same places. Sums of what one request can cost do not overflow in any lifetime.
  Decimal& operator+=(Decimal other) {
    BW_CHECK(places_ == other.places_);
    units_ += other.units_;
    return *this;
  }
  friend constexpr bool operator==(const Decimal&, const Decimal&) = default;

 private:
  Wide units_ = 0;
  int places_ = 0;
};

/// Errors of both: kTooLarge `amount.too_large`, past 128 bits.
Result<Decimal> sum_of(Decimal a, Decimal b);
/// The places add up.
Result<Decimal> product_of(Decimal a, Decimal b);

}  // namespace bailiwick::metering

namespace bailiwick {

/// A number or a decimal string; strings print.
template <>
struct Binding<metering::Decimal> {
  static bool read(BindContext& context, const Node& node, metering::Decimal& out, const Rule&) {
    if (node.kind != Node::Kind::kScalar) return context.problem(node, "expected a decimal number"), false;
    auto parsed = metering::Decimal::parse(node.text);
    if (!parsed) return context.problem(node, parsed.error().message), false;
    out = *parsed;
    return true;
  }
  static json::object schema(const Rule& rule) { return Binding<PicoDollars>::schema(rule); }
};
template <>
struct Printing<metering::Decimal> {
  static json::value print(metering::Decimal value) { return json::string(value.str()); }
};

}  // namespace bailiwick
