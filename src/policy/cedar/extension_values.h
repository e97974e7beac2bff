// The values of Cedar's extension types: reading them from text, and arithmetic that notices overflow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bailiwick::cedar {

/// Four digits behind the point, in 64 bits: `1.5` is 15000.
std::optional<std::int64_t> parse_decimal(std::string_view text);
std::string decimal_to_string(std::int64_t value);

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds apart. `YYYY-MM-DD`, and behind it
/// `Thh:mm:ss[.sss](Z|±hhmm)`.
std::optional<std::int64_t> parse_datetime(std::string_view text);
/// Milliseconds. `[-][Nd][Nh][Nm][Ns][Nms]`, at least one.
std::optional<std::int64_t> parse_duration(std::string_view text);

/// The start of the day; nullopt when that does not fit.
std::optional<std::int64_t> datetime_to_date(std::int64_t value);
/// Milliseconds since the start of the day.
std::int64_t datetime_to_time(std::int64_t value);

}  // namespace bailiwick::cedar
