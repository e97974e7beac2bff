// Structured logs: one JSON object a line, on stderr. Every line about a tenant names it.
//
//   log_info("tenant.suspended", {{"tenant", id.view()}, {"reason", reason}});
//
// Values are strings, numbers and booleans; a secret has no conversion to Field. Safe from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace bailiwick {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Field(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
};

/// `event` is a stable dotted word; what varies goes into fields.
void log(LogLevel level, std::string_view event, std::initializer_list<Field> fields);
inline void log_debug(std::string_view event, std::initializer_list<Field> f = {}) {
  log(LogLevel::kDebug, event, f);
}
inline void log_info(std::string_view event, std::initializer_list<Field> f = {}) {
  log(LogLevel::kInfo, event, f);
}
inline void log_warn(std::string_view event, std::initializer_list<Field> f = {}) {
  log(LogLevel::kWarn, event, f);
}
inline void log_error(std::string_view event, std::initializer_list<Field> f = {}) {
  log(LogLevel::kError, event, f);
}

/// Lines below `level` are dropped before they are formatted.
void set_log_level(LogLevel level);
/// Where finished lines go (newline included); null restores stderr. Set once by `app`, or by a test.
void set_log_sink(std::function<void(std::string_view line)> sink);

}  // namespace bailiwick
