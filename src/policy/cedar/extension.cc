#include "policy/cedar/extension.h"

#include <algorithm>

namespace bailiwick::cedar {
namespace {

using F = ExtensionFunction;
using T = ExtensionType;

constexpr ExtensionInfo constructor(F function, std::string_view name, T gives) {
  return {function, name, CallStyle::kFunction, {T::kString, T::kString}, 1, gives};
}
constexpr ExtensionInfo unary(F function, std::string_view name, T takes, T gives) {
  return {function, name, CallStyle::kMethod, {takes, takes}, 1, gives};
}
constexpr ExtensionInfo binary(F function, std::string_view name, T left, T right, T gives) {
  return {function, name, CallStyle::kMethod, {left, right}, 2, gives};
}

// In the order of the enumeration.
constexpr std::array kFunctions = {
    constructor(F::kDecimal, "decimal", T::kDecimal),
    binary(F::kDecimalLess, "lessThan", T::kDecimal, T::kDecimal, T::kBool),
    binary(F::kDecimalLessEqual, "lessThanOrEqual", T::kDecimal, T::kDecimal, T::kBool),
    binary(F::kDecimalGreater, "greaterThan", T::kDecimal, T::kDecimal, T::kBool),
    binary(F::kDecimalGreaterEqual, "greaterThanOrEqual", T::kDecimal, T::kDecimal, T::kBool),
    constructor(F::kIp, "ip", T::kIp),
    unary(F::kIsIpv4, "isIpv4", T::kIp, T::kBool),
    unary(F::kIsIpv6, "isIpv6", T::kIp, T::kBool),
    unary(F::kIsLoopback, "isLoopback", T::kIp, T::kBool),
    unary(F::kIsMulticast, "isMulticast", T::kIp, T::kBool),
    binary(F::kIsInRange, "isInRange", T::kIp, T::kIp, T::kBool),
    constructor(F::kDatetime, "datetime", T::kDatetime),
    constructor(F::kDuration, "duration", T::kDuration),
    binary(F::kOffset, "offset", T::kDatetime, T::kDuration, T::kDatetime),
    binary(F::kDurationSince, "durationSince", T::kDatetime, T::kDatetime, T::kDuration),
    unary(F::kToDate, "toDate", T::kDatetime, T::kDatetime),
    unary(F::kToTime, "toTime", T::kDatetime, T::kDuration),
    unary(F::kToMilliseconds, "toMilliseconds", T::kDuration, T::kLong),
    unary(F::kToSeconds, "toSeconds", T::kDuration, T::kLong),
    unary(F::kToMinutes, "toMinutes", T::kDuration, T::kLong),
    unary(F::kToHours, "toHours", T::kDuration, T::kLong),
    unary(F::kToDays, "toDays", T::kDuration, T::kLong),
};

}  // namespace

const ExtensionInfo* extension_function(std::string_view name) {
  const auto* found = std::ranges::find(kFunctions, name, &ExtensionInfo::name);
  return found == kFunctions.end() ? nullptr : found;
}

const ExtensionInfo& info_of(ExtensionFunction function) {
  return kFunctions[static_cast<std::size_t>(function)];
}

std::string_view type_name(ExtensionType type) {
  switch (type) {
    case T::kString:
      return "String";
    case T::kBool:
      return "Bool";
    case T::kLong:
      return "Long";
    case T::kDecimal:
      return "decimal";
    case T::kIp:
      return "ipaddr";
    case T::kDatetime:
      return "datetime";
    case T::kDuration:
      return "duration";
  }
  return {};
}

}  // namespace bailiwick::cedar
