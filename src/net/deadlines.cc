#include "net/deadlines.h"

#include <algorithm>
#include <ctime>

namespace bailiwick::net {

MonoTime last_tick() {
  timespec tick{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &tick);
  return MonoTime(std::chrono::seconds(tick.tv_sec) + std::chrono::nanoseconds(tick.tv_nsec));
}

asio::execution_context::id Deadlines::id;

Deadlines::Entry::Entry(asio::io_context& io) : deadlines_(asio::use_service<Deadlines>(io)) {
  deadlines_.entries_.push_back(*this);
}

Deadlines::Entry::~Entry() {
  unlink();
  // A loop with nothing left to watch may end its run.
  if (deadlines_.entries_.empty() && deadlines_.wake_ != MonoTime::max()) {
    deadlines_.wake_ = MonoTime::max();
    deadlines_.timer_.cancel();
  }
}

void Deadlines::Entry::arm(MonoTime at) {
  at_ = at;
  if (at < deadlines_.wake_) deadlines_.wake_at(at);
}

Deadlines::Deadlines(asio::io_context& io)
    : asio::execution_context::service(io), timer_(io.get_executor()) {}

void Deadlines::shutdown() {
  wake_ = MonoTime::min();
}

void Deadlines::wake_at(MonoTime at) {
  wake_ = at;
  timer_.expires_at(at);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) expire(mono_now());
  });
}

void Deadlines::expire(MonoTime now) {
  // Entries that are armed while the list is walked set the timer themselves when they come first.
  wake_ = MonoTime::min();
  MonoTime earliest = MonoTime::max();
  for (Entry& entry : entries_) {
    if (entry.at_ <= now) {
      entry.disarm();
      entry.on_deadline();
    }
    earliest = std::min(earliest, entry.at_);
  }
  wake_ = MonoTime::max();
  if (earliest != MonoTime::max()) wake_at(std::max(earliest, now + kGrain));
}

}  // namespace bailiwick::net
