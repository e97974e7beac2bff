#include "policy/cedar/functions.h"

#include "policy/cedar/extension_values.h"

namespace bailiwick::cedar {
namespace {

using F = ExtensionFunction;

ValueKind kind_of(ExtensionType type) {
  switch (type) {
    case ExtensionType::kString:
      return ValueKind::kString;
    case ExtensionType::kBool:
      return ValueKind::kBool;
    case ExtensionType::kLong:
      return ValueKind::kLong;
    case ExtensionType::kDecimal:
      return ValueKind::kDecimal;
    case ExtensionType::kIp:
      return ValueKind::kIp;
    case ExtensionType::kDatetime:
      return ValueKind::kDatetime;
    case ExtensionType::kDuration:
      return ValueKind::kDuration;
  }
  return ValueKind::kError;
}

CallResult fault(CallFault fault) {
  return {Value(), fault};
}
CallResult boolean(bool value) {
  return {Value::boolean(value)};
}
CallResult number(ValueKind kind, std::optional<std::int64_t> value, CallFault otherwise) {
  return value ? CallResult{Value::number(kind, *value)} : fault(otherwise);
}

CallResult make_ip(std::string_view text, Arena& arena) {
  auto ip = IpAddress::parse(text);
  return ip ? CallResult{Value::ip(arena.make(*ip))} : fault(CallFault::kText);
}

CallResult add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return fault(CallFault::kOverflow);
  return {Value::number(ValueKind::kDatetime, sum)};
}
CallResult subtract(std::int64_t a, std::int64_t b) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a, b, &difference)) return fault(CallFault::kOverflow);
  return {Value::number(ValueKind::kDuration, difference)};
}

}  // namespace

CallResult call(ExtensionFunction function, std::span<const Value> arguments, Arena& arena) {
  const ExtensionInfo& info = info_of(function);
  if (arguments.size() != info.arity) return fault(CallFault::kArity);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].is(kind_of(info.takes[i]))) return fault(CallFault::kType);
  }
  const Value& first = arguments[0];
  const Value& second = arguments[arguments.size() - 1];
  std::int64_t a = first.is(ValueKind::kIp) || first.is(ValueKind::kString) ? 0 : first.as_number();
  std::int64_t b = second.is(ValueKind::kIp) || second.is(ValueKind::kString) ? 0 : second.as_number();
  auto whole = [a](std::int64_t unit) { return CallResult{Value::integer(a / unit)}; };
  switch (function) {
    case F::kDecimal:
      return number(ValueKind::kDecimal, parse_decimal(first.as_string()), CallFault::kText);
    case F::kDatetime:
      return number(ValueKind::kDatetime, parse_datetime(first.as_string()), CallFault::kText);
    case F::kDuration:
      return number(ValueKind::kDuration, parse_duration(first.as_string()), CallFault::kText);
    case F::kIp:
      return make_ip(first.as_string(), arena);
    case F::kDecimalLess:
      return boolean(a < b);
    case F::kDecimalLessEqual:
      return boolean(a <= b);
    case F::kDecimalGreater:
      return boolean(a > b);
    case F::kDecimalGreaterEqual:
      return boolean(a >= b);
    case F::kIsIpv4:
      return boolean(first.as_ip().family == IpAddress::Family::kV4);
    case F::kIsIpv6:
      return boolean(first.as_ip().family == IpAddress::Family::kV6);
    case F::kIsLoopback:
      return boolean(first.as_ip().is_loopback());
    case F::kIsMulticast:
      return boolean(first.as_ip().is_multicast());
    case F::kIsInRange:
      return boolean(first.as_ip().is_in(second.as_ip()));
    case F::kOffset:
      return add(a, b);
    case F::kDurationSince:
      return subtract(a, b);
    case F::kToDate:
      return number(ValueKind::kDatetime, datetime_to_date(a), CallFault::kOverflow);
    case F::kToTime:
      return number(ValueKind::kDuration, datetime_to_time(a), CallFault::kOverflow);
    case F::kToMilliseconds:
      return whole(1);
    case F::kToSeconds:
      return whole(1000);
    case F::kToMinutes:
      return whole(60'000);
    case F::kToHours:
      return whole(3'600'000);
    case F::kToDays:
      return whole(86'400'000);
  }
  return fault(CallFault::kType);
}

}  // namespace bailiwick::cedar
