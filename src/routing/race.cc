#include "routing/race.h"

#include "base/log.h"
#include "net/spawn.h"
#include "net/use_task.h"

namespace bailiwick::routing {

void Race::start(Lane& lane, net::Task<Result<MeteredCall::Verdict>> attempt) {
  net::spawn(loop_.io, std::move(attempt),
             [race = shared_from_this(), &lane](net::Outcome<Result<MeteredCall::Verdict>> outcome) {
               if (outcome) {
                 lane.ended.emplace(std::move(*outcome));
               } else {
                 note_thrown(lane, outcome.error());
                 lane.ended.emplace(fail(ErrorCode::kInternal, "server.invariant", "an attempt threw"));
               }
               race->changed_.cancel();
             });
}

void Race::note_thrown(Lane& lane, std::exception_ptr thrown) {
  lane.thrown = std::move(thrown);
  try {
    std::rethrow_exception(lane.thrown);
  } catch (const std::exception& error) {
    log_error("routing.attempt_threw", {{"what", error.what()}});
  } catch (...) {
    log_error("routing.attempt_threw", {{"what", "an exception of an unknown type"}});
  }
}

net::Task<void> Race::wait(std::optional<std::chrono::microseconds> longest) {
  try {
    if (longest)
      changed_.expires_after(*longest);
    else
      changed_.expires_at(MonoTime::max());
    co_await changed_.async_wait(net::use_task);
  } catch (...) {
    // Out of memory. What runs refers to whoever waits here, and could not be waited for.
    std::terminate();
  }
}

void Race::rethrow() const {
  if (first.answered() || second.answered()) return;
  for (const Lane* lane : {&first, &second})
    if (lane->thrown) std::rethrow_exception(lane->thrown);
}

net::Task<void> Race::stop(Lane& lane) {
  lane.abort->now();
  while (!lane.ended) co_await wait();
}

}  // namespace bailiwick::routing
