// ServerLoop: one thread of a server, the connections that live on it, and what they share with the other
// loops.
#pragma once

#include <atomic>
#include <optional>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/intrusive/list.hpp>

#include "net/blocking.h"
#include "net/client.h"
#include "net/connection.h"
#include "net/server.h"

namespace bailiwick::net {

class ServerLoop {
 public:
  ServerLoop(ServerShared& shared, BlockingPool& blocking);
  ~ServerLoop();

  enum class PortUse { kAlone, kWithOtherLoops };
  /// Binds and listens. Returns the system's error, or none.
  SystemError listen(const tcp::endpoint& endpoint, PortUse use);
  std::uint16_t port() const;
  void start();

  Loop& loop() { return loop_; }
  /// On the loop's thread: stops accepting; connections close as soon as they have nothing in flight.
  void drain();
  /// On the loop's thread: closes every connection, whatever it is doing.
  void close_all();
  void join();

 private:
  Task<void> accept();
  Task<void> serve(Socket socket);
  Task<void> turn_away(Socket socket);

  ServerShared& shared_;
  ConnectionList connections_;
  asio::io_context io_{1};
  Client client_{io_};
  Loop loop_;
  asio::basic_socket_acceptor<tcp, Executor> acceptor_;
  asio::executor_work_guard<Executor> stays_open_;
  std::size_t turning_away_ = 0;
  std::thread thread_;
};

}  // namespace bailiwick::net
