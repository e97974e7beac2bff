// Both ends of real loopback connections: a client that sends raw bytes, an upstream that answers them from a
// script, and a way to run a coroutine to its end.
#pragma once

#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "net/server.h"
#include "net/spawn.h"

namespace bailiwick::net::test {

inline sockaddr_in loopback_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/// One end of a blocking TCP connection. Reads give up after five seconds.
class RawSocket {
 public:
  explicit RawSocket(int descriptor) : descriptor_(descriptor) {
    timeval limit{5, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  static RawSocket to(std::uint16_t port) {
    int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback_address(port);
    EXPECT_EQ(::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return RawSocket(descriptor);
  }
  ~RawSocket() { close(); }
  RawSocket(RawSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  bool send(std::string_view bytes) {
    return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(bytes.size());
  }
  /// What is there, waiting for the first byte; empty at the end of the stream, at an error, and after five
  /// seconds.
  std::string receive() {
    std::string bytes(64 * 1024, '\0');
    ssize_t size = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }
  std::string receive_until(std::string_view marker) {
    std::string all;
    while (all.find(marker) == std::string::npos) {
      std::string more = receive();
      if (more.empty()) break;
      all += more;
    }
    return all;
  }
  std::string receive_all() {
    std::string all;
    for (std::string more = receive(); !more.empty(); more = receive()) all += more;
    return all;
  }
  void end_sending() { ::shutdown(descriptor_, SHUT_WR); }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }
  /// Closes with a reset instead of an orderly end.
  void reset() {
    linger at_once{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

 private:
  int descriptor_;
};

/// Sends `bytes` on a connection of its own and returns all that comes back.
inline std::string ask(std::uint16_t port, std::string_view bytes) {
  RawSocket socket = RawSocket::to(port);
  socket.send(bytes);
  return socket.receive_all();
}

/// An upstream for client tests: each connection that is accepted is handed to the script with its number,
/// from 0.
class ScriptedUpstream {
 public:
  using Script = std::function<void(RawSocket&, int connection)>;
  explicit ScriptedUpstream(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback_address(0);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    ::listen(listener_, 16);
    thread_ = std::thread([this] { accept(); });
  }
  ~ScriptedUpstream() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (std::thread& worker : workers_) worker.join();
    ::close(listener_);
  }
  ScriptedUpstream(const ScriptedUpstream&) = delete;
  ScriptedUpstream& operator=(const ScriptedUpstream&) = delete;
  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void accept() {
    for (int number = 0;; ++number) {
      int accepted = ::accept(listener_, nullptr, nullptr);
      if (accepted < 0) return;
      workers_.emplace_back([this, accepted, number] {
        RawSocket socket(accepted);
        script_(socket, number);
      });
    }
  }

  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
  std::vector<std::thread> workers_;
};

/// Runs `task` on `io` until it has its result; what else lives on the loop is left as it is.
template <class T>
T run(asio::io_context& io, Task<T> task) {
  std::optional<Outcome<T>> ended;
  spawn(io, std::move(task), [&](Outcome<T> outcome) {
    ended.emplace(std::move(outcome));
    io.stop();
  });
  io.restart();
  io.run();
  if (!*ended) std::rethrow_exception(ended->error());
  return std::move(**ended);
}

}  // namespace bailiwick::net::test
