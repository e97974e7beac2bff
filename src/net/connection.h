// Connection: one client's connection, from its first byte to its last. Reads heads, runs the handler on
// each, in order.
#pragma once

#include <atomic>
#include <optional>

#include <boost/asio/ssl/context.hpp>
#include <boost/intrusive/list.hpp>

#include "net/request_reader.h"
#include "net/server.h"
#include "net/server_exchange.h"
#include "net/transport.h"

namespace bailiwick::net {

/// What all connections of one server share.
struct ServerShared {
  ServerOptions options;
  Handler handler;
  std::optional<asio::ssl::context> tls;
  std::atomic<std::size_t> connections{0};
  std::atomic<bool> draining{false};

  void count_refusal(int status, std::string_view reason) const {
    if (options.on_refused) options.on_refused(status, reason);
  }
};

class Connection
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Connection(ServerShared& shared, Loop& loop, Socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Serves until either side has had enough. Never throws.
  Task<void> run();
  /// Closes now when nothing is in flight. Otherwise the answer that is in flight is the last.
  void drain();
  void close() { wire_.transport.close(); }

 private:
  enum class Phase { kIdle, kBusy };

  Task<bool> handshake();
  /// True when `reader_` holds a request. False when the connection has ended or its peer was refused.
  Task<bool> read_head();
  Task<bool> parse_head(std::size_t size);
  /// Runs the handler. True when another request may follow.
  Task<bool> answer();
  Task<void> run_handler(ServerExchange& exchange);
  Task<void> refuse(Refusal refusal);

  ServerShared& shared_;
  Loop& loop_;
  Wire wire_;
  RequestReader reader_;
  Phase phase_ = Phase::kIdle;
};

using ConnectionList = boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>>;

/// The whole answer of a refusal: a head and a small application/problem+json body, closing.
std::string refusal_to_wire(const Refusal& refusal, std::string_view request_id);

}  // namespace bailiwick::net
