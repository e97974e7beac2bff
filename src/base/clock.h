// Clock: the only source of time. Rooms take a `const Clock&`, so tests drive time by hand.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/short_text.h"

namespace bailiwick {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using MonoTime = std::chrono::steady_clock::time_point;

/// When something happens, on both clocks.
struct Moment {
  MonoTime mono;
  WallTime wall;
};

class Clock {
 public:
  virtual ~Clock() = default;
  /// Calendar time, UTC. May jump; use it for records, windows and expiry, never for durations.
  virtual WallTime wall() const = 0;
  /// Never goes back. Use it for latency, rates and deadlines.
  virtual MonoTime mono() const = 0;
  Moment now() const { return {mono(), wall()}; }
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  WallTime wall() const override;
  MonoTime mono() const override;
};

/// A clock that moves only when told to. Safe to read from any thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(WallTime start) : wall_us_(start.time_since_epoch().count()) {}
  WallTime wall() const override { return WallTime(std::chrono::microseconds(wall_us_.load())); }
  MonoTime mono() const override { return MonoTime(std::chrono::microseconds(mono_us_.load())); }
  /// Both clocks move forward.
  void advance(std::chrono::microseconds by) { wall_us_ += by.count(), mono_us_ += by.count(); }
  /// Only the calendar jumps, either way, as when an operator or NTP sets it.
  void jump_wall(std::chrono::microseconds by) { wall_us_ += by.count(); }

 private:
  std::atomic<std::int64_t> wall_us_;
  std::atomic<std::int64_t> mono_us_{1'000'000'000};
};

/// RFC 3339 in UTC with microseconds: `2026-11-25T13:38:18.000000Z`.
ShortText<40> rfc3339(WallTime time);
inline std::string to_rfc3339(WallTime time) {
  return std::string(rfc3339(time).view());
}
/// Accepts any RFC 3339 timestamp with an offset.
Result<WallTime> parse_rfc3339(std::string_view text);
/// `90d`, `36h`, `15m`, `30s`, `250ms`. Errors name the accepted forms.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace bailiwick
