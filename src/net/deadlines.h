// Deadlines: the waits of one loop that must end. One timer serves them all.
//
// Setting a deadline is one store; the timer is touched only when a deadline comes before all that it knows
// of. When it fires, the list is walked once. So a busy connection that moves its deadline with every request
// pays nothing, and a deadline is met within `kGrain` of its time.
#pragma once

#include <chrono>

#include <boost/intrusive/list.hpp>

#include "base/clock.h"
#include "net/timer.h"

namespace bailiwick::net {

/// Sockets wait in the machine's time, whatever clock the rest of the program is given.
inline MonoTime mono_now() {
  return SystemClock().mono();
}
/// The same as of the kernel's last tick, a few milliseconds ago, for a tenth of the price: for deadlines.
MonoTime last_tick();

class Deadlines final : public asio::execution_context::service {
 public:
  static constexpr std::chrono::milliseconds kGrain{10};
  static asio::execution_context::id id;

  /// Base of what can expire. Lives on the loop's thread.
  class Entry
      : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
   public:
    explicit Entry(asio::io_context& io);
    virtual ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

    void arm(MonoTime at);
    void disarm() { at_ = MonoTime::max(); }
    bool armed() const { return at_ != MonoTime::max(); }

   private:
    friend class Deadlines;
    /// Called once, on the loop, after the entry was disarmed. Must not destroy any entry.
    virtual void on_deadline() = 0;

    Deadlines& deadlines_;
    MonoTime at_ = MonoTime::max();
  };

  /// Made by Asio, once for each loop: `asio::use_service<Deadlines>(io)`.
  explicit Deadlines(asio::io_context& io);

 private:
  void shutdown() override;
  void wake_at(MonoTime at);
  void expire(MonoTime now);

  boost::intrusive::list<Entry, boost::intrusive::constant_time_size<false>> entries_;
  Timer timer_;
  MonoTime wake_ = MonoTime::max();
};

}  // namespace bailiwick::net
