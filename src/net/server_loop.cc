#include "net/server_loop.h"

#include <array>

#include "base/log.h"
#include "base/random.h"
#include "net/spawn.h"
#include "net/timer.h"
#include "net/use_task.h"

namespace bailiwick::net {
namespace {

/// How many connections past the limit are told so; the rest are closed without a word.
constexpr std::size_t kMaxTurningAway = 64;
constexpr std::chrono::milliseconds kTurnAway{1'000};
/// What accepting waits after a failure such as too many open files.
constexpr std::chrono::milliseconds kAcceptPause{50};
constexpr Refusal kFull{503, "server.full", "come while the server has all the connections it may have",
                        "retry shortly"};

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

}  // namespace

ServerLoop::ServerLoop(ServerShared& shared, BlockingPool& blocking)
    : shared_(shared),
      loop_{io_, client_, blocking},
      acceptor_(io_.get_executor()),
      stays_open_(io_.get_executor()) {}

ServerLoop::~ServerLoop() {
  join();
}

SystemError ServerLoop::listen(const tcp::endpoint& endpoint, PortUse use) {
  SystemError error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && use == PortUse::kWithOtherLoops) acceptor_.set_option(ReusePort(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
  return error;
}

std::uint16_t ServerLoop::port() const {
  SystemError error;
  return acceptor_.local_endpoint(error).port();
}

void ServerLoop::start() {
  spawn(io_, accept());
  thread_ = std::thread([this] { io_.run(); });
}

void ServerLoop::join() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void ServerLoop::drain() {
  SystemError ignored;
  acceptor_.close(ignored);
  for (Connection& connection : connections_) connection.drain();
}

void ServerLoop::close_all() {
  for (Connection& connection : connections_) connection.close();
}

Task<void> ServerLoop::accept() {
  Timer pause(io_.get_executor());
  while (acceptor_.is_open()) {
    auto [error, socket] = co_await acceptor_.async_accept(use_task);
    if (!acceptor_.is_open()) co_return;
    if (error) {
      log_warn("net.accept_failed", {{"error", error.message()}});
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(use_task);
    } else if (shared_.connections.load(std::memory_order_relaxed) < shared_.options.max_connections) {
      spawn(io_, serve(std::move(socket)));
    } else {
      shared_.count_refusal(kFull.status, kFull.reason);
      // Over TLS a refusal would cost a handshake.
      if (!shared_.tls && turning_away_ < kMaxTurningAway) {
        spawn(io_, turn_away(std::move(socket)));
      }
    }
  }
}

Task<void> ServerLoop::serve(Socket socket) {
  Connection connection(shared_, loop_, std::move(socket));
  connections_.push_back(connection);
  co_await connection.run();
}

Task<void> ServerLoop::turn_away(Socket socket) {
  ++turning_away_;
  Transport transport(io_, std::move(socket));
  SystemRandom random;
  std::string wire = refusal_to_wire(kFull, new_request_id(random));
  std::array<asio::const_buffer, 1> buffers{asio::buffer(wire)};
  SystemError error = co_await transport.write(buffers, kTurnAway);
  if (!error) co_await transport.linger(kTurnAway);
  --turning_away_;
}

}  // namespace bailiwick::net
