#include "net/server.h"

#include <latch>
#include <thread>
#include <vector>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "net/server_loop.h"
#include "net/tls.h"

namespace bailiwick::net {
namespace {

/// `host` is an address of this machine or a name for one, such as `localhost`. IPv4 is preferred.
tcp::endpoint find_endpoint(const ServerOptions& options, SystemError& error) {
  asio::ip::address address = asio::ip::make_address(options.host, error);
  if (!error) return {address, options.port};
  asio::io_context io;
  tcp::resolver resolver(io);
  auto found = resolver.resolve(options.host, std::to_string(options.port), error);
  for (const auto& entry : found) {
    if (entry.endpoint().address().is_v4()) return entry.endpoint();
  }
  return found.empty() ? tcp::endpoint() : found.begin()->endpoint();
}

/// Fails when someone else listens on the port already. With SO_REUSEPORT the kernel would let both of us.
SystemError probe(const tcp::endpoint& endpoint) {
  asio::io_context io;
  tcp::acceptor acceptor(io);
  SystemError error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  return error;
}

}  // namespace

struct Server::Impl {
  ServerShared shared;
  BlockingPool blocking;
  std::vector<std::unique_ptr<ServerLoop>> loops;
  std::uint16_t port = 0;

  Impl(ServerOptions options, Handler handler)
      : shared{std::move(options), std::move(handler), std::nullopt},
        blocking(shared.options.blocking_threads) {}

  Status bind() {
    const ServerOptions& options = shared.options;
    SystemError error;
    tcp::endpoint endpoint = find_endpoint(options, error);
    std::size_t threads = std::max<std::size_t>(options.threads, 1);
    auto use = threads > 1 ? ServerLoop::PortUse::kWithOtherLoops : ServerLoop::PortUse::kAlone;
    if (!error && threads > 1) error = probe(endpoint);
    for (std::size_t i = 0; i < threads && !error; ++i) {
      loops.push_back(std::make_unique<ServerLoop>(shared, blocking));
      error = loops.back()->listen(endpoint, use);
      if (!error) endpoint.port(port = loops.front()->port());
    }
    if (!error) return {};
    loops.clear();
    return fail(ErrorCode::kUnavailable, "server.bind",
                fmt::format("cannot listen on {}:{}: {}; choose an address of this machine and a free port",
                            options.host, options.port, error.message()));
  }

  /// Runs `work` on every loop and waits until all have.
  void on_every_loop(void (ServerLoop::*work)()) {
    std::latch done(static_cast<std::ptrdiff_t>(loops.size()));
    for (auto& loop : loops) {
      asio::post(loop->loop().io, [&done, work, target = loop.get()] {
        (target->*work)();
        done.count_down();
      });
    }
    done.wait();
  }

  void wait_until_empty(std::chrono::milliseconds at_most) {
    auto until = mono_now() + at_most;
    while (shared.connections > 0 && mono_now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
};

Server::Server(ServerOptions options, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}

Server::~Server() {
  drain(std::chrono::milliseconds(0));
  // The pool ends first: its last jobs still resume coroutines on the loops.
  impl_->blocking.stop();
  for (auto& loop : impl_->loops) loop->join();
}

Status Server::start() {
  BW_CHECK(impl_->loops.empty());
  if (impl_->shared.options.tls) {
    TRY(impl_->shared.tls, make_server_tls(*impl_->shared.options.tls));
  }
  CHECK_OK(impl_->bind());
  for (auto& loop : impl_->loops) loop->start();
  return {};
}

std::uint16_t Server::port() const {
  return impl_->port;
}

Loop& Server::loop(std::size_t index) {
  return impl_->loops.at(index)->loop();
}

std::size_t Server::connections() const {
  return impl_->shared.connections;
}

void Server::drain(std::chrono::milliseconds grace) {
  constexpr std::chrono::milliseconds kUnwind{300};
  impl_->shared.draining = true;
  impl_->on_every_loop(&ServerLoop::drain);
  impl_->wait_until_empty(grace);
  impl_->on_every_loop(&ServerLoop::close_all);
  impl_->wait_until_empty(kUnwind);
}

}  // namespace bailiwick::net
