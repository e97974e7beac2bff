// Transport: the bytes of one connection, plain or TLS, each wait under a deadline. Knows no HTTP.
//
// What every request waits for, bytes and its turn, is an operation of Asio's that lies in the frame of the
// task: no memory of its own, no handler that is moved about. That takes the reactor and the scheduler of
// `boost::asio::detail`, which only this file and transport.cc know (docs/decisions/0024).
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <tuple>

#include <boost/asio/detail/reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/deadlines.h"
#include "net/read_buffer.h"
#include "net/suspension.h"

namespace bailiwick::net {

using tcp = asio::ip::tcp;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using SystemError = boost::system::error_code;

class Transport final : private Deadlines::Entry {
 public:
  explicit Transport(asio::io_context& io);
  Transport(asio::io_context& io, Socket socket);

  /// Ends the wait in progress, and every later one, at `at`. `timed_out()` then tells it from other ends.
  void set_deadline(MonoTime at) { expiry_ = Expiry::kEndsWait, timed_out_ = false, arm(at); }
  void set_deadline_in(std::chrono::milliseconds wait) { set_deadline(last_tick() + wait); }
  void clear_deadline() { disarm(); }
  bool timed_out() const { return timed_out_; }
  /// Closes the connection at `at`; for one that nobody waits on.
  void close_at(MonoTime at) { expiry_ = Expiry::kCloses, arm(at); }

  /// Errors are those of the system; `asio::error::eof` when the peer ended its side.
  Task<SystemError> connect(tcp::endpoint endpoint);
  Task<SystemError> accept_tls(asio::ssl::context& context);
  /// Verifies that the peer's certificate is for `host`, a name or an address.
  Task<SystemError> connect_tls(asio::ssl::context& context, const std::string& host);

  class Reading;
  class Receiving;
  class Yielding;
  class Turns;
  /// What the next bytes are.
  enum class Expect {
    kMore,     ///< of something that has begun: the kernel is asked at once
    kMessage,  ///< the beginning of a message that may take its time: unless the last read left something
               ///< behind, the kernel is asked when it says that there is something
  };
  /// Receives once into the buffer's room. Gives the error, if nothing was received.
  Receiving receive(ReadBuffer& into, Expect expect = Expect::kMore);
  /// Gives the error and the bytes read.
  Reading read_some(asio::mutable_buffer into);

  /// Comes back after everything else that is ready on this loop. What is sent then goes out back to back
  /// with the answers of the others, so that one wake-up of the peer serves many of them.
  Yielding after_the_others();
  /// Sends what fits without waiting, and drops it from `buffers`. True when nothing is left or `error` is
  /// set. Over TLS nothing can be sent without waiting.
  bool write_now(std::span<asio::const_buffer>& buffers, SystemError& error);
  /// Sends all of `buffers` and uses the span up. A peer that takes nothing for `idle` ends it with
  /// `timed_out`.
  Task<SystemError> write(std::span<asio::const_buffer> buffers, std::chrono::milliseconds idle);

  /// Ends our side in order, then reads until the peer ends too, so that the last answer is not lost to a
  /// reset.
  Task<void> linger(std::chrono::milliseconds at_most);
  /// Closes at once. Waits in progress end with an error.
  void close();

  bool is_open() const { return socket_.is_open(); }
  bool secure() const { return tls_.has_value(); }
  /// The peer has closed its side, or the connection broke. Asks the kernel; reads nothing.
  bool peer_gone() const;
  /// Something is there to be read, or the peer is gone: an idle connection of which this is true is of no
  /// more use.
  bool has_input() const;
  /// Address of the peer, without the port; empty when it is gone already.
  std::string peer_address() const;

 private:
  enum class Expiry { kEndsWait, kCloses };
  void on_deadline() override;
  void prepare();
  Task<std::tuple<SystemError, std::size_t>> write_some(std::span<const asio::const_buffer> buffers);
  Task<void> discard_input();

  asio::detail::reactor& reactor_;
  Turns& turns_;
  Socket socket_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
  Expiry expiry_ = Expiry::kEndsWait;
  bool timed_out_ = false;
};

class [[nodiscard]] Transport::Reading : public Suspension, private asio::detail::reactor_op {
 public:
  Reading(Transport& transport, asio::mutable_buffer into, Expect expect = Expect::kMore)
      : reactor_op(SystemError(), perform, complete), transport_(transport), into_(into), expect_(expect) {}
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) {
    suspend(caller, [&] { start(caller.promise().loop()); });
  }
  std::tuple<SystemError, std::size_t> await_resume() const { return {error(), size()}; }
  void accept(SystemError error, std::size_t size) {
    ec_ = error;
    bytes_transferred_ = size;
  }

 protected:
  SystemError error() const { return ec_; }
  std::size_t size() const { return bytes_transferred_; }

 private:
  static status perform(reactor_op* operation);
  static void complete(void* owner, asio::detail::operation* operation, const SystemError&, std::size_t);
  void start(asio::io_context& io);
  status receive_now();

  Transport& transport_;
  const asio::mutable_buffer into_;
  const Expect expect_;
  bool just_asked_ = false;
};

class [[nodiscard]] Transport::Receiving : public Transport::Reading {
 public:
  Receiving(Transport& transport, ReadBuffer& into, Expect expect)
      : Reading(transport, into.room(), expect), buffer_(into) {}
  SystemError await_resume() {
    buffer_.received(size());
    return size() > 0 ? SystemError() : error();
  }

 private:
  ReadBuffer& buffer_;
};

class [[nodiscard]] Transport::Yielding : public Suspension, private asio::detail::operation {
 public:
  explicit Yielding(Turns& turns) : asio::detail::operation(complete), turns_(turns) {}
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) {
    suspend(caller, [&] { start(); });
  }
  void await_resume() const noexcept {}

 private:
  friend Turns;
  static void complete(void* owner, asio::detail::operation* operation, const SystemError&, std::size_t);
  void start();

  Turns& turns_;
};

inline Transport::Reading Transport::read_some(asio::mutable_buffer into) {
  return Reading(*this, into);
}
inline Transport::Receiving Transport::receive(ReadBuffer& into, Expect expect) {
  return Receiving(*this, into, expect);
}
inline Transport::Yielding Transport::after_the_others() {
  return Yielding(turns_);
}

}  // namespace bailiwick::net
