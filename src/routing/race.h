// Race: two calls of which the first answer is taken, on one loop.
#pragma once

#include <memory>
#include <optional>

#include "net/abort.h"
#include "net/loop.h"
#include "net/timer.h"
#include "routing/metered_call.h"

namespace bailiwick::routing {

/// What a call asked of one target came to; live until the race is.
struct Lane {
  std::shared_ptr<net::Abort> abort = std::make_shared<net::Abort>();
  std::optional<Result<MeteredCall::Verdict>> ended;
  std::exception_ptr thrown;  ///< instead of an end of any kind that is expected

  bool answered() const { return ended && *ended && **ended == MeteredCall::Verdict::kAnswered; }
};

/// Kept alive by its lanes, so that a loop that goes in the middle of it takes all of it along.
class Race : public std::enable_shared_from_this<Race> {
 public:
  explicit Race(net::Loop& loop) : loop_(loop), changed_(loop.io.get_executor()) {}
  Race(const Race&) = delete;
  Race& operator=(const Race&) = delete;

  Lane first, second;

  /// Keeps, and logs, what an attempt threw.
  static void note_thrown(Lane& lane, std::exception_ptr thrown);
  /// What an attempt threw, when none answered. Not while the other runs.
  void rethrow() const;

  void start(Lane& lane, net::Task<Result<MeteredCall::Verdict>> attempt);
  /// Comes back when a lane ends, or after `longest`.
  net::Task<void> wait(std::optional<std::chrono::microseconds> longest = std::nullopt);
  /// Aborts the lane and waits until it has ended.
  net::Task<void> stop(Lane& lane);

 private:
  net::Loop& loop_;
  net::Timer changed_;
};

}  // namespace bailiwick::routing
