// The functions of Cedar's extension types, as data: how each is called, with what, and what it gives.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace bailiwick::cedar {

/// The types that an extension function takes or gives.
enum class ExtensionType : std::uint8_t { kString, kBool, kLong, kDecimal, kIp, kDatetime, kDuration };

enum class ExtensionFunction : std::uint8_t {
  kDecimal,
  kDecimalLess,
  kDecimalLessEqual,
  kDecimalGreater,
  kDecimalGreaterEqual,
  kIp,
  kIsIpv4,
  kIsIpv6,
  kIsLoopback,
  kIsMulticast,
  kIsInRange,
  kDatetime,
  kDuration,
  kOffset,
  kDurationSince,
  kToDate,
  kToTime,
  kToMilliseconds,
  kToSeconds,
  kToMinutes,
  kToHours,
  kToDays,
};

enum class CallStyle : std::uint8_t { kFunction, kMethod };

struct ExtensionInfo {
  ExtensionFunction function;
  std::string_view name;
  CallStyle style;
  std::array<ExtensionType, 2> takes;
  std::uint8_t arity;
  ExtensionType gives;

  std::span<const ExtensionType> arguments() const { return std::span(takes).first(arity); }
  /// It makes a value from text, which the validator wants to be a literal.
  bool is_constructor() const { return style == CallStyle::kFunction; }
};

/// Null when there is no such function.
const ExtensionInfo* extension_function(std::string_view name);
const ExtensionInfo& info_of(ExtensionFunction function);

/// `decimal`, `ipaddr`, `datetime`, `duration`: as a schema names the type.
std::string_view type_name(ExtensionType type);

}  // namespace bailiwick::cedar
