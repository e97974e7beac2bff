#include "base/log.h"

#include <atomic>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mutex.h"

namespace bailiwick {
namespace {

constexpr std::string_view kLevelNames[] = {"debug", "info", "warn", "error"};
std::atomic<LogLevel> least_level{LogLevel::kInfo};

struct Sink {
  Mutex mutex;
  std::function<void(std::string_view)> write BW_GUARDED_BY(mutex);
};

Sink& sink() {
  static auto* instance = new Sink;  // outlives every thread that may still log at exit
  return *instance;
}

void append_value(std::string& line, const decltype(Field::value)& value) {
  if (auto* text = std::get_if<std::string_view>(&value))
    append_json_string(line, *text);
  else if (auto* whole = std::get_if<std::int64_t>(&value))
    line += fmt::format("{}", *whole);
  else if (auto* real = std::get_if<double>(&value))
    line += fmt::format("{:.6g}", *real);
  else
    line += std::get<bool>(value) ? "true" : "false";
}

}  // namespace

void log(LogLevel level, std::string_view event, std::initializer_list<Field> fields) {
  if (level < least_level.load(std::memory_order_relaxed)) return;
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","event":)", to_rfc3339(SystemClock().wall()),
                                 kLevelNames[static_cast<int>(level)]);
  append_json_string(line, event);
  for (const Field& field : fields) {
    line += ',';
    append_json_string(line, field.key);
    line += ':';
    append_value(line, field.value);
  }
  line += "}\n";
  MutexLock lock(sink().mutex);
  if (sink().write) {
    sink().write(line);
  } else {
    // A full or closed stderr must not stop the work; the line is lost and that is all.
    [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  }
}

void set_log_level(LogLevel level) {
  least_level = level;
}

void set_log_sink(std::function<void(std::string_view)> write) {
  MutexLock lock(sink().mutex);
  sink().write = std::move(write);
}

}  // namespace bailiwick
